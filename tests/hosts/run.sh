#!/bin/sh
# The tests of the hosts, in a directory of its own, where npm puts fastify and playwright-core. Playwright drives the
# system's Chromium and downloads none.
#   run.sh DIRECTORY, with CHROMIUM, NPM, NODE and what the hosts need in the environment
set -eu
here=$(cd "$(dirname "$0")" && pwd)
EXAMPLES=$(cd "$here/../../examples" && pwd)
export EXAMPLES PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1
mkdir -p "$1"
cd "$1"
cp "$here/package.json" "$here"/*.mjs "$EXAMPLES/node/host.mjs" .
"$NPM" install --no-audit --no-fund --silent --prefer-offline
exec "$NODE" --test --test-reporter=tap browser_test.mjs host_test.mjs
