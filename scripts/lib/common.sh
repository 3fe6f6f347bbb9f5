# What the programs in scripts/ share. They source it first; it leaves them in the repository's top folder, in `root`.

set -euo pipefail
export LC_ALL=C
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)
cd -- "$root"

# What has to be installed, by Debian 12's names; each step says which lists it needs.
build_packages=(
  g++ cmake make ninja-build ccache
  libboost1.81-dev libfmt-dev libxxhash-dev zlib1g-dev libzstd-dev
  libsoci-dev libsqlite3-dev libpq-dev postgresql
  libcaf-dev libspdlog-dev prometheus-cpp-dev
  libcli11-dev libjemalloc-dev
  libboost-test1.81-dev librapidcheck-dev libbenchmark-dev
)
check_packages=(clang-format-19 clang-tidy-19)

# say TEXT...: one line about what happens next.
say() { printf '\n==> %s\n' "$*"; }

die() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

# as_root COMMAND...: runs it as root.
as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  else
    sudo -- "$@"
  fi
}

is_installed() {
  [ "$(dpkg-query -W -f '${db:Status-Status}' -- "$1" 2>/dev/null)" = installed ]
}

# forbid_clusters PACKAGE..., allow_clusters PACKAGE...: a PostgreSQL server's package makes a database and starts it.
# The tests make their own, and nobody else asked for one.
no_clusters=/etc/postgresql-common/createcluster.d/eventcore.conf
forbid_clusters() {
  [[ " $* " == *' postgresql '* ]] || return 0
  as_root mkdir -p "${no_clusters%/*}"
  echo 'create_main_cluster = false' | as_root tee "$no_clusters" >/dev/null
}
allow_clusters() {
  [[ " $* " == *' postgresql '* ]] || return 0
  as_root rm -f "$no_clusters"
}

# apt_install PACKAGE...: never removes another package to make room. Only what goes wrong is printed.
apt_install() {
  local status=0
  forbid_clusters "$@"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install --quiet --quiet --yes --no-install-recommends \
    --no-remove -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 -- "$@" </dev/null >/dev/null || status=$?
  allow_clusters "$@"
  return $status
}

# need_packages PACKAGE...: installs those that are missing.
need_packages() {
  local package missing=()
  for package in "$@"; do
    is_installed "$package" || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  command -v apt-get >/dev/null ||
    die "this is no Debian; install what corresponds to: ${missing[*]}"
  [ "$(id -u)" -eq 0 ] || command -v sudo >/dev/null ||
    die "installing packages needs root, and there is no sudo; as root, run:
  apt-get install --no-install-recommends ${missing[*]}"
  say "Installing ${missing[*]}"
  # The package lists may be absent (a fresh image) or out of date (the download fails): only then are they fetched.
  if apt-cache show -- "${missing[@]}" >/dev/null 2>&1 && apt_install "${missing[@]}"; then
    return 0
  fi
  say "Fetching the package lists"
  as_root apt-get update --quiet --quiet -o DPkg::Lock::Timeout=300 </dev/null
  apt_install "${missing[@]}" || die "could not install ${missing[*]} (made for Debian 12; see above)"
}

# job_count: one for each core, but no more than one for each 1.5 GB of free memory, which a compiler may take.
job_count() {
  local cores memory_kb jobs
  cores=$(nproc)
  memory_kb=$(awk '/^MemAvailable:/ { print $2 }' /proc/meminfo)
  jobs=$((memory_kb / 1500000))
  [ "$jobs" -ge 1 ] || jobs=1
  [ "$jobs" -le "$cores" ] || jobs=$cores
  echo "$jobs"
}

# configure PRESET: with all parts, whatever the build folder was configured for before.
configure() {
  # Without a writable home the compiler cache has no place of its own.
  if [ -z "${CCACHE_DIR:-}" ] && ! [ -w "${HOME:-/nonexistent}" ]; then
    export CCACHE_DIR=$root/.cache/ccache
  fi
  cmake --preset "$1" -D EVENTCORE_BUILD_TESTS=ON -D EVENTCORE_BUILD_EXAMPLES=ON \
    -D EVENTCORE_BUILD_BENCH=ON >/dev/null
}

# build PRESET [TARGET...]: configures and builds the preset, all targets if none is named.
build() {
  local preset=$1
  shift
  say "Building the $preset preset in build/$preset${1:+: $*}"
  configure "$preset"
  cmake --build --preset "$preset" --parallel "$(job_count)" ${1:+--target "$@"}
}
