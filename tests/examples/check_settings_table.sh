#!/bin/sh
# The table in the manual has the settings and defaults of the configuration file, and no others:
#   check_settings_table.sh CONFIGURATION PAGE
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

awk '/^\[eventcore/ { gsub(/[][]/, ""); group = $0 }
     /^[a-z-]+ = / { name = $1; sub(/^[a-z-]+ = /, ""); print group "." name " " $0 }' "$1" >"$work/configuration"
# | `eventcore.readers` | `2` | ... |
sed -n 's/^| `\(eventcore\.[a-z.-]*\)` | `\([^`]*\)` |.*/\1 \2/p' "$2" >"$work/page"

[ -s "$work/configuration" ] || { echo "no settings in $1"; exit 1; }
diff -u "$work/configuration" "$work/page"
