"""The binary interface that connex.h promises, held against the one on file.

    python3 tests/architecture/abi.py           tells what differs; 1 when something does
    python3 tests/architecture/abi.py --write   the same, and puts what connex.h promises now on file: connex_c.abi,
                                                connex_c.symbols

The header is compiled into a library of empty functions, whose description is small and the same however Connex
itself was built. That the real library exports just these functions is in architecture_test.py.
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
INCLUDE = HERE.parents[1] / "include"
BASELINE = HERE / "connex_c.abi"
SYMBOLS = HERE / "connex_c.symbols"

ABIDIFF_FAILED = 1 | 2  # bits of its exit code


def functions(header):
    """Declarations of the exported functions, by name."""
    declared = re.findall(r"^CONNEX_API ([^;]*?\b(connex_\w+)\([^;]*\));", header, re.M)
    return {name: " ".join(declaration.split()) for declaration, name in declared}


def describe(header, output):
    """Writes the description of the interface of a header's text."""
    with tempfile.TemporaryDirectory() as directory:
        directory = pathlib.Path(directory)
        (directory / "connex").mkdir()
        (directory / "connex" / "connex.h").write_text(header)
        bodies = (f"__attribute__((visibility(\"default\"))) {declaration} {{ __builtin_trap(); }}\n"
                  for declaration in functions(header).values())
        (directory / "interface.c").write_text('#include "connex/connex.h"\n' + "".join(bodies))
        library = directory / "libconnex_c.so"
        subprocess.run([os.environ.get("CC", "cc"), "-std=c99", "-g", "-O0", "-w", "-fPIC", "-shared",
                        "-fno-eliminate-unused-debug-types", "-I.", "interface.c", "-o", library],
                       cwd=directory, check=True)
        subprocess.run(["abidw", "--no-show-locs", "--no-corpus-path", "--no-comp-dir-path", "--out-file", output,
                        library], check=True)


def differences(header):
    """What abidiff finds between the interface on file and that of a header's text; empty when nothing."""
    with tempfile.TemporaryDirectory() as directory:
        current = pathlib.Path(directory) / "current.abi"
        describe(header, current)
        done = subprocess.run(["abidiff", BASELINE, current], capture_output=True, text=True)
    if done.returncode & ABIDIFF_FAILED:
        raise RuntimeError(done.stdout + done.stderr)
    return done.stdout if done.returncode else ""


def main():
    header = (INCLUDE / "connex" / "connex.h").read_text(encoding="utf-8")
    found = differences(header)
    print(found, end="")
    if sys.argv[1:] != ["--write"]:
        return bool(found)
    describe(header, BASELINE)
    SYMBOLS.write_text("".join(f"{name}\n" for name in sorted(functions(header))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
