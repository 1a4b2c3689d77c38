"""Two builds of the redactor in turns, so that other work on the machine disturbs both alike: for every input the
medians of MB/s of processor time, and of the ratios turn by turn.

    python3 benchmarks/redaction_turns.py BEFORE/redaction_bench AFTER/redaction_bench [TURNS [INPUTS]]

TURNS is 7 unless given; INPUTS is an expression that names of inputs hold, "lattice" for one.
"""

import json
import re
import statistics
import subprocess
import sys


def measured(bench, inputs):
    words = [bench, f"--benchmark_filter=.*({inputs}).*/connex", "--benchmark_min_time=0.05", "--benchmark_format=json"]
    said = subprocess.run(words, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
    runs = json.loads(re.sub(r": NaN", ": null", said))["benchmarks"]
    return {run["name"].split("/")[0]: run["bytes_per_second"] / 1e6 for run in runs}


def main():
    before, after = sys.argv[1:3]
    turns = int(sys.argv[3]) if len(sys.argv) > 3 else 7
    inputs = sys.argv[4] if len(sys.argv) > 4 else ""
    rates = {}  # of an input, one pair a turn
    for turn in range(turns):
        order = (before, after) if turn % 2 == 0 else (after, before)
        said = {bench: measured(bench, inputs) for bench in order}
        for name, rate in said[after].items():
            if name in said[before]:
                rates.setdefault(name, []).append((said[before][name], rate))
    print("| MB/s | before | after | ratio |\n|---|---|---|---|")
    for name, pairs in rates.items():
        old, new = (statistics.median(side) for side in zip(*pairs))
        ratio = statistics.median(b / a for a, b in pairs)
        print(f"| {name} | {old:.1f} | {new:.1f} | {ratio:.2f} |")


if __name__ == "__main__":
    main()
