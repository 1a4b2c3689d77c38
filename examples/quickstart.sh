#!/bin/sh
# Connex in one go, from a bare Debian 12 on: installs what the build needs, builds the library and the
# command line tool, replays a fortnight of commands into an SQLite file, and goes on for eight years in fast-forward.
# Needs root or sudo only to install.
set -eu
cd "$(dirname "$0")/.."
. tests/support/debian.sh

# shellcheck disable=SC2086
install_packages $build_packages python3
cmake -S . -B build -G Ninja -DCONNEX_TESTS=OFF -DCONNEX_EXAMPLES=OFF -DCONNEX_PYTHON=OFF -DCONNEX_NODE=OFF --log-level=WARNING
cmake --build build -- --quiet

store=$(mktemp -d)
trap 'rm -rf "$store"' EXIT
build/connex run --db "$store/connex.db" < examples/data/commands.jsonl > "$store/answers.jsonl" || {
  echo "the replay failed:" >&2
  grep -m 5 '^{"ok":false' "$store/answers.jsonl" >&2
  exit 1
}
build/connex report summary --db "$store/connex.db"
build/connex audit verify --db "$store/connex.db"
python3 examples/data/eight_years.py build/connex --db "$store/connex.db"
