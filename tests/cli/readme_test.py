"""What the README shows of the tool is what it does."""

import os
import pathlib
import re
import shutil
import subprocess
import unittest

from support import CONNEX, TempDirTest

ROOT = pathlib.Path(__file__).resolve().parents[2]


def shown():
    """The commands of the README's console blocks, each with the output that stands below it."""
    for block in re.findall(r"^```console\n(.*?)^```$", (ROOT / "README.md").read_text(), re.M | re.S):
        for told in re.split(r"^\$ ", block, flags=re.M)[1:]:
            command, _, output = told.partition("\n")
            yield command, output


def pattern(output):
    """Of an output in which `...` stands for what is left out, and which may go on in the next line."""
    told = "".join(line.strip() for line in output.splitlines())
    return ".*".join(re.escape(part.strip()) for part in told.split("..."))


class Readme(TempDirTest):
    def test_the_console_blocks(self):
        directory = pathlib.Path(self.path(""))
        (directory / "build").mkdir()
        (directory / "build" / "connex").symlink_to(os.path.abspath(CONNEX))
        (directory / "tests").symlink_to(ROOT / "tests")
        (directory / "examples").symlink_to(ROOT / "examples")
        ran = 0
        for command, output in shown():
            with self.subTest(command):
                self.assertIn("build/connex", command)
                done = subprocess.run(["sh", "-c", command], cwd=directory, capture_output=True, text=True, timeout=120)
                self.assertIn(done.returncode, (0, 3), done.stderr)
                self.assertTrue(done.stdout)
                if output:
                    self.assertRegex(done.stdout, pattern(output))
                ran += 1
        self.assertGreaterEqual(ran, 7)
        self.assertTrue((directory / "results.xml").exists())
        shutil.rmtree(directory / "build")


if __name__ == "__main__":
    unittest.main()
