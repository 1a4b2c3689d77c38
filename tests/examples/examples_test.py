"""The fortnight comes out as it is on file, its replay says what it must, and the hosts run."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

CONNEX, HOST_C, HOST_CPP = (os.environ[name] for name in ("CONNEX", "HOST_C", "HOST_CPP"))
DATA = pathlib.Path(__file__).resolve().parents[2] / "examples" / "data"


def run(*args, **how):
    return subprocess.run(args, capture_output=True, text=True, timeout=300, **how)


class Fortnight(unittest.TestCase):
    def test_is_what_its_generator_writes(self):
        done = run(sys.executable, str(DATA / "generate.py"), CONNEX, "--check")
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_replay(self):
        with tempfile.TemporaryDirectory() as directory:
            store = os.path.join(directory, "connex.db")
            with open(DATA / "commands.jsonl") as commands:
                answers = run(CONNEX, "run", "--db", store, stdin=commands).stdout.splitlines()
            with open(DATA / "commands.jsonl") as commands:
                self.assertEqual(len(answers), sum(1 for _ in commands))
            summary = json.loads(run(CONNEX, "report", "summary", "--db", store, "--json").stdout)
            del summary["audit"]["root"]
            self.assertEqual(summary, json.loads((DATA / "expected_summary.json").read_text()))
            verified = run(CONNEX, "audit", "verify", "--db", store)
            self.assertEqual(verified.returncode, 0, verified.stdout)

    def test_eight_years(self):
        done = run(sys.executable, str(DATA / "eight_years.py"), CONNEX, "--check")
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_is_large_enough_to_mean_something(self):
        requests = [json.loads(line) for line in (DATA / "commands.jsonl").read_text().splitlines()]
        counted = lambda command, **args: len({
            request["args"].get("id") for request in requests if request["command"] == command
            and all(request["args"].get(name) == value for name, value in args.items())})
        self.assertGreaterEqual(counted("visit.book"), 600)
        self.assertGreaterEqual(counted("principal.register", role="doctor"), 40)
        self.assertGreaterEqual(counted("principal.register", role="medical_representative"), 60)
        self.assertGreaterEqual(counted("organisation.put", kind="pharma_company"), 8)


class Hosts(unittest.TestCase):
    def test_c(self):
        done = run(HOST_C)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn('"company_recording_disabled"', done.stdout)

    def test_cpp(self):
        with tempfile.TemporaryDirectory() as directory:
            done = run(HOST_CPP, cwd=directory)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("recording is off: the plan", done.stdout)

    def test_file_store(self):
        with tempfile.TemporaryDirectory() as directory:
            for host in (HOST_C, HOST_CPP):
                store = os.path.join(directory, os.path.basename(host))
                self.assertEqual(run(host, store).returncode, 0)
                self.assertEqual(run(CONNEX, "audit", "verify", "--db", store).returncode, 0)


if __name__ == "__main__":
    unittest.main()
