"""The same works through C++, C, Python and Node, and other engines on the same gate: all in one run, as Markdown.

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

    run("npm", "install", "--no-audit", "--no-fund", "--silent")
    peers = run("node", "peers.mjs", build / "bindings/node")
    times = figures(peers)
    answers = dict(line.split(": ", 1) for line in peers.splitlines() if not line.endswith(" ns"))
    print("\n| | " + " | ".join(times) + " |\n|---" + "|---" * len(times) + "|")
    print("| a decision | " + " | ".join(shown(time) for time in times.values()) + " |")
    for what, row in answers.items():
        print(f"| {what} | " + " | ".join(cell.strip().split(" ", 1)[1] for cell in row.split(",")) + " |")


if __name__ == "__main__":
    main()
