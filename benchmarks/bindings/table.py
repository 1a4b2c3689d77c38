"""The same works through C++, C, Python and Node, and other engines on the same gate: all in one run, as Markdown.
Times are those of the processor, which other work on the machine disturbs least.

    cmake --preset release -DCONNEX_BENCHMARKS=ON && cmake --build build
    python3 benchmarks/bindings/table.py build
"""

import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent


def run(*args, **environment):
    return subprocess.run([str(arg) for arg in args], cwd=HERE, env={**os.environ, **environment}, check=True,
                          stdout=subprocess.PIPE, text=True).stdout


def figures(said):
    return {name: float(figure.removesuffix(" ns")) for name, _, figure in
            (line.rpartition(": ") for line in said.splitlines()) if figure.endswith(" ns")}


def shown(nanoseconds):
    if nanoseconds is None:
        return ""
    return f"{nanoseconds / 1000:.1f} us" if nanoseconds >= 10_000 else f"{nanoseconds:.3g} ns" if nanoseconds < 100 else f"{nanoseconds:.0f} ns"


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    doors = {
        "C++": figures(run(build / "benchmarks/bindings_cpp_bench")),
        "C": figures(run(build / "benchmarks/bindings_c_bench")),
        "Python": figures(run(sys.executable, "bench.py", PYTHONPATH=str(build / "bindings/python"))),
        "Node": figures(run("node", "bench.mjs", build / "bindings/node")),
    }
    print("| work | " + " | ".join(doors) + " |\n|---" + "|---" * len(doors) + "|")
    works = list(dict.fromkeys(work for said in doors.values() for work in said))
    for work in works:
        print(f"| {work} | " + " | ".join(shown(said.get(work)) for said in doors.values()) + " |")

    run("npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--silent")
    peers = build / "bindings/node"
    answers = {}
    for line in run("node", "peers.mjs", peers, "hostile").splitlines():
        what, said = line.split(": ", 1)
        answers[what] = dict(cell.strip().split(" ", 1) for cell in said.split(","))
    engines = list(answers["absent"])
    times = {engine: figures(run("node", "peers.mjs", peers, engine)) for engine in engines}
    print("\n| | " + " | ".join(engines) + " |\n|---" + "|---" * len(engines) + "|")
    for facts in times["connex"]:
        print(f"| a decision, {facts} | " + " | ".join(shown(times[engine][facts]) for engine in engines) + " |")
    for what, row in answers.items():
        print(f"| {what} | " + " | ".join(row[engine] for engine in engines) + " |")


if __name__ == "__main__":
    main()
