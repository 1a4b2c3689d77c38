"""An evidence pack verifies with nothing of ours, and with nothing changed in it."""

import copy
import importlib.util
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

CONNEX = os.environ["CONNEX"]
VERIFIER = pathlib.Path(__file__).resolve().parents[2] / "examples" / "verify_evidence.py"
spec = importlib.util.spec_from_file_location("verify_evidence", VERIFIER)
verifier = importlib.util.module_from_spec(spec)
spec.loader.exec_module(verifier)


def connex(*args, **how):
    return subprocess.run([CONNEX, *args], capture_output=True, text=True, timeout=300, **how)


def leaves(value, path=()):
    """Every text and number of a JSON value, by its path."""
    if isinstance(value, dict):
        for name in value:
            yield from leaves(value[name], path + (name,))
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from leaves(item, path + (i,))
    else:
        yield path


def at(value, path):
    for step in path:
        value = value[step]
    return value


class Evidence(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory()
        cls.store = os.path.join(cls.directory.name, "connex.db")
        cls.run_commands([("organisation.put", {"id": f"org-{n}", "kind": "clinic", "name": "A Clinic"})
                          for n in range(1_100)])
        cls.early = cls.file("early.txt", connex("audit", "checkpoint", "--db", cls.store).stdout)
        cls.run_commands([("audit.rotate_key", {})]
                         + [("principal.register", {"id": "dr-1", "role": "doctor", "name": "A Doctor"})] * 2)

    @classmethod
    def tearDownClass(cls):
        cls.directory.cleanup()

    @classmethod
    def file(cls, name, text):
        path = os.path.join(cls.directory.name, name)
        with open(path, "w", newline="") as out:
            out.write(text)
        return path

    @classmethod
    def run_commands(cls, commands):
        lines = "".join(json.dumps({"command": command, "actor": "system", "args": args}) + "\n"
                        for command, args in commands)
        done = connex("run", "--db", cls.store, input=lines)
        assert done.returncode == 0, done.stderr

    def export(self, *args):
        out = os.path.join(self.directory.name, "pack.json")
        done = connex("audit", "export", "--db", self.store, "--out", out, *args)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return out

    def verify(self, *args):
        return subprocess.run([sys.executable, str(VERIFIER), *args], capture_output=True, text=True, timeout=300)

    def test_the_whole_log_in_one_pack(self):
        pack = self.export("--since", "1100")
        keys = json.loads(connex("audit", "keys", "--db", self.store, "--json").stdout)["keys"]
        self.assertEqual(len(keys), 2)
        done = self.verify(pack, "--key", keys[0]["verifier"], "--earlier", self.early)
        self.assertEqual(done.returncode, 0, done.stdout)
        with open(pack) as file:
            content = json.load(file)
        self.assertGreater(len(content["entries"]), 1_100)
        self.assertEqual([entry["seq"] for entry in content["entries"]], list(range(content["size"])))
        self.assertEqual(done.stdout, f"{content['size']} verified, 0 removed, 0 faults\n")
        self.assertEqual(self.verify(pack, "--key", keys[1]["verifier"]).returncode, 1)

    def test_the_store_against_a_checkpoint_kept_elsewhere(self):
        done = connex("audit", "verify", "--db", self.store, "--checkpoint", self.early)
        self.assertEqual(done.returncode, 0, done.stdout)
        with open(self.early) as file:
            lines = file.read().split("\n")
        lines[2] = lines[2][::-1]
        changed = self.file("changed.txt", "\n".join(lines))
        self.assertEqual(connex("audit", "verify", "--db", self.store, "--checkpoint", changed).returncode, 1)

    def test_nothing_in_a_pack_can_be_changed(self):
        with open(self.export("--principal", "dr-1", "--since", "1100")) as file:
            pack = json.load(file)
        self.assertEqual(verifier.verify(pack)[0], [])
        self.assertGreaterEqual(len(pack["entries"]), 2)
        places = list(leaves(pack))
        self.assertGreater(len(places), 30)
        for path in places:
            changed = copy.deepcopy(pack)
            value = at(pack, path)
            where = at(changed, path[:-1])
            where[path[-1]] = value + 1 if isinstance(value, int) else value[:-3] + ("B" if value[-3] == "A" else "A") + value[-2:]
            with self.subTest(path=path):
                self.assertNotEqual(verifier.verify(changed)[0], [])
        for path in places:
            for junk in (None, [], {}, "", -1, True):
                changed = copy.deepcopy(pack)
                at(changed, path[:-1])[path[-1]] = junk
                with self.subTest(path=path, junk=junk):
                    self.assertNotEqual(verifier.verify(changed)[0], [])

    def test_text_that_is_no_unicode_and_numbers_beyond_all_bounds(self):
        with open(self.export("--principal", "dr-1", "--since", "1100")) as file:
            pack = json.load(file)
        for path in leaves(pack):
            value = at(pack, path)
            for other in (f"\ud800{value}", f"{'9' * 5_000}{value}", f"{value}".replace("\n1", "\n" + "9" * 5_000)):
                if other == value:
                    continue
                changed = copy.deepcopy(pack)
                at(changed, path[:-1])[path[-1]] = other
                with self.subTest(path=path):
                    faults, _ = verifier.verify(changed)
                    self.assertNotEqual(faults, [])
                    "\n".join(faults).encode()

    def test_mutants(self):
        fuzzer = pathlib.Path(__file__).resolve().parents[1] / "fuzz" / "pack_fuzz.py"
        pack = self.export("--principal", "dr-1", "--since", "1100")
        done = subprocess.run([sys.executable, str(fuzzer), pack, "--seconds", "3"], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stderr)

    def test_a_pack_that_is_none(self):
        for text in ("{}", "[]", "null", '{"format": "connex-evidence/1"}'):
            done = self.verify(self.file("none.json", text))
            self.assertEqual((done.returncode, done.stderr), (1, ""), text)


if __name__ == "__main__":
    unittest.main()
