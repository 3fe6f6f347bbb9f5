#!/usr/bin/env bash
# run_transcript.sh EVENTCORE MAKE_BANK_LOG TRANSCRIPT [--update]
# The manual's transcripts are run: each line `$ COMMAND` in a new folder with the bank's log in bank.db, one after the
# other in one shell. What is printed must be what stands below it; --update writes it there. Lines `# begin:` and
# `# end:` are kept.
set -u
export LC_ALL=C.UTF-8
tool=$(realpath -- "$1") maker=$(realpath -- "$2") transcript=$(realpath -- "$3") update=${4:-}

folder=$(mktemp -d)
trap 'rm -rf -- "$folder"' EXIT
mkdir "$folder/bin" "$folder/bank"
ln -s "$tool" "$folder/bin/eventcore"
PATH=$folder/bin:$PATH
cd -- "$folder/bank" || exit 1
unset EVENTCORE_STORE
"$maker" sqlite:bank.db || exit 1

while IFS= read -r line; do
  case $line in
    '# begin: '* | '# end: '*) printf '%s\n' "$line" ;;
    '$ '*)
      printf '%s\n' "$line"
      eval "${line#'$ '}" 2>&1 </dev/null
      ;;
  esac
done <"$transcript" >"$folder/printed"

if [ "$update" = --update ]; then
  cp -- "$folder/printed" "$transcript"
else
  diff -u -- "$transcript" "$folder/printed"
fi
