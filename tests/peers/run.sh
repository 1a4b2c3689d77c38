#!/bin/sh
# The comparison with libphonenumber-js, in a directory of its own, where npm puts it.
#   run.sh DIRECTORY, with NPM, NODE and CONNEX in the environment
set -eu
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
cd "$1"
cp "$here/package.json" "$here/phones_test.mjs" .
"$NPM" install --no-audit --no-fund --silent --prefer-offline
exec "$NODE" --test-reporter=tap phones_test.mjs
