// Builds the addon in a checkout, and again what has changed since; a package that brings it along is ready as it is.
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const source = fileURLToPath(new URL("../..", import.meta.url));
const build = `${here}build`;
const kNeeds = "a C++20 compiler, cmake 3.25, ninja or make, and the libraries that README.md names";

function run(...args) {
  const { status, error } = spawnSync("cmake", args, { stdio: "inherit" });
  if (status === 0) return;
  console.error(`connex: the addon could not be built${error ? `: ${error.message}` : ""}. It needs ${kNeeds}.`);
  process.exit(1);
}

if (existsSync(`${here}addon.c`)) {
  const off = ["TESTS", "CLI", "EXAMPLES", "INSTALL", "PYTHON"].map((option) => `-DCONNEX_${option}=OFF`);
  const ninja = !existsSync(`${build}/CMakeCache.txt`) && spawnSync("ninja", ["--version"]).status === 0 ? ["-G", "Ninja"] : [];
  run("-S", source, "-B", build, ...ninja, "-DCMAKE_BUILD_TYPE=Release", "-DCONNEX_NODE=ON", ...off);
  run("--build", build, "--parallel", "--target", "connex_node_package");
  for (const file of ["LICENSE", "commands.d.ts", "connex.node", "facts.js"]) {
    rmSync(`${here}${file}`, { force: true }); // one that is in use stays as it is
    copyFileSync(`${build}/bindings/node/${file}`, `${here}${file}`);
  }
}
