// The hosts in examples, and how the tests start them.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

// While there is a file LATER, the host's clock is an hour ahead of the engine's.
const kPython = `import os, runpy, time
now = time.time
time.time = lambda: now() + 3600 * os.path.exists(os.environ["LATER"])
runpy.run_path("python/host.py", run_name="__main__")`;
const kNode = `import { existsSync } from "node:fs";
const now = Date.now;
Date.now = () => now() + 3_600_000 * existsSync(process.env.LATER);`;

export const kHosts = {};
if (process.env.CONNEX_PYTHON)
  kHosts.Python = {
    program: process.env.PYTHON, args: ["python/host.py"], clocked: ["-c", kPython], environment: { PYTHONPATH: process.env.CONNEX_PYTHON },
  };
// run.sh puts the host in Node beside this file, where fastify is installed.
const host = fileURLToPath(new URL("host.mjs", import.meta.url));
if (process.env.CONNEX_NODE)
  kHosts.Node = {
    program: process.execPath, args: [host], clocked: ["--import", `data:text/javascript,${encodeURIComponent(kNode)}`, host],
    environment: { CONNEX: process.env.CONNEX_NODE },
  };

export async function start({ program, args, clocked, environment }, { db = "memory:", later } = {}) {
  const process_ = spawn(program, [...(later ? clocked : args), "--port", "0", "--people", "people.jsonl", "--db", db], {
    cwd: process.env.EXAMPLES, env: { ...process.env, ...environment, LATER: later }, stdio: ["ignore", "pipe", "inherit"],
  });
  const gone = once(process_, "exit");
  const line = await Promise.race([
    once(createInterface({ input: process_.stdout }), "line", { signal: AbortSignal.timeout(20_000) }).then(([text]) => text),
    gone.then(() => Promise.reject(new Error("the host did not start"))),
  ]);
  return { url: line.replace("listening on ", ""), stop: () => process_.kill() && gone };
}
