#!/bin/sh
# Tests everything, from a bare Debian 12 on: installs what is missing, builds, runs every test, the unit tests
# again under the address sanitizer and those with threads under the thread sanitizer. Needs root or sudo only
# to install. The last line is `N passed, N failed`.
#   CONNEX_QUICK=1  leaves the sanitizers out
set -eu
cd "$(dirname "$0")/.."
. tests/support/debian.sh

passed=0
failed=0
finish() {
  code=$?
  # A stage that broke before anything could be counted is a failure too.
  if [ "$failed" -eq 0 ] && { [ "$code" -ne 0 ] || [ "$passed" -eq 0 ]; }; then failed=1; fi
  echo "$passed passed, $failed failed"
  [ "$failed" -eq 0 ] || exit 1
}
trap finish EXIT

stage() {
  name=$1
  shift
  echo "== $name"
  began=$(date +%s)
  "$@"
  echo "   $name: $(($(date +%s) - began)) s"
}

# Runs what ctest knows of in a build directory and adds it to the count.
run_tests() {
  log=$1/Testing/output.txt
  mkdir -p "$1/Testing"
  # The thread sanitizer of g++ 12 does not start under all the address randomisation of newer kernels.
  fixed=
  if [ "$1" = build-tsan ] && setarch -R true 2>/dev/null; then fixed="setarch -R"; fi
  $fixed ctest --test-dir "$1" --timeout 1800 -j "$(nproc)" -V >"$log" 2>&1 </dev/null || true
  counts=$(awk -f tests/support/tally.awk "$log")
  [ "$counts" != "0 0" ] || cat "$log"
  passed=$((passed + ${counts% *}))
  failed=$((failed + ${counts#* }))
}

# shellcheck disable=SC2086
stage "install" install_packages $build_packages $test_packages

suites=release
[ -n "${CONNEX_QUICK:-}" ] || suites="release asan tsan"
for suite in $suites; do
  directory=build
  [ "$suite" = release ] || directory=build-$suite
  stage "configure $suite" cmake --preset "$suite" -DCONNEX_EVERY_TEST=ON --log-level=WARNING
  stage "build $suite" cmake --build "$directory" -- --quiet
  stage "test $suite" run_tests "$directory"
done
