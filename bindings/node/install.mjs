// Builds the addon in a checkout; a package that brings it along is ready as it is.
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const source = fileURLToPath(new URL("../..", import.meta.url));

function run(...args) {
  const { status } = spawnSync("cmake", args, { stdio: "inherit" });
  if (status !== 0) throw new Error("the addon could not be built: see what CMake says, and README.md for what it needs");
}

if (!existsSync(`${here}connex.node`)) {
  const build = `${here}build`;
  const off = ["TESTS", "CLI", "EXAMPLES", "INSTALL", "PYTHON"].map((option) => `-DCONNEX_${option}=OFF`);
  run("-S", source, "-B", build, "-DCMAKE_BUILD_TYPE=Release", "-DCONNEX_NODE=ON", ...off);
  run("--build", build, "--parallel", "--target", "connex_node_package");
  for (const file of ["connex.node", "commands.d.ts", "facts.js"]) copyFileSync(`${build}/bindings/node/${file}`, `${here}${file}`);
}
