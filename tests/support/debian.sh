# Sourced by the scripts that start from a bare Debian 12: what Connex needs of it, and how to get that.

build_packages="g++ cmake ninja-build ccache libboost1.81-dev libfmt-dev libsqlite3-dev libssl-dev
  libcrypt-dev libvalijson-dev libcli11-dev"
test_packages="doctest-dev libre2-dev pkgconf python3 python3-dev python3-pip python3-pytest mypy nodejs node-typescript
  abigail-tools chromium valgrind"
# Debian's Node keeps its headers apart; others bring them along.
[ -e /usr/include/node/node_api.h ] || test_packages="$test_packages libnode-dev"

# Node from elsewhere brings npm along, and does not go together with Debian's.
command -v npm >/dev/null || test_packages="$test_packages npm"

# Installs those of the packages that are missing; says nothing when none is.
install_packages() {
  missing=
  for package in "$@"; do
    case $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) in
      installed*) ;;
      *) missing="$missing $package" ;;
    esac
  done
  [ -n "$missing" ] || return 0

  as_root=
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "run this as root, or install sudo; missing:$missing" >&2; return 1; }
    as_root=sudo
  fi
  echo "Installing$missing"
  log=$(mktemp)
  # shellcheck disable=SC2086
  if ! { $as_root apt-get update -q &&
         $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing; } \
       >"$log" 2>&1 </dev/null; then
    cat "$log" >&2
    rm -f "$log"
    return 1
  fi
  rm -f "$log"
}
