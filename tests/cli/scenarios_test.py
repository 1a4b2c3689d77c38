"""connex test: the scenarios of the policy, and what the tool says of files that fail or are none."""

import json
import pathlib
import socket
import subprocess
import unittest
import xml.etree.ElementTree as ElementTree

from support import CONNEX, TempDirTest, connex

SCENARIOS = pathlib.Path(__file__).resolve().parents[1] / "scenarios"
FILES = [str(path) for path in sorted(SCENARIOS.glob("*.json"))]

CHILD = {"holder_is_adult": False, "holder_not_reported_minor": True}


def scenario(**more):
    return {
        "name": "a child gets no account",
        "clauses": ["C10-a"],
        "rule": "account.open",
        "facts": CHILD,
        "expect": {"permitted": False, "clauses": ["C10-a"]},
        **more,
    }


def story(*steps, clauses=()):
    return {"name": "a story", "clauses": list(clauses), "steps": list(steps)}


class Policy(unittest.TestCase):
    def test_every_scenario_passes_and_every_decided_clause_has_one(self):
        done = connex("test", "--json", *FILES)
        told = json.loads(done.stdout)
        failed = [s for file in told["files"] for s in file["scenarios"] if not s["passed"]]
        self.assertEqual((failed, done.returncode), ([], 0))
        missing = [row["id"] for row in told["clauses"] if row["scenarios"] == 0]
        on_file = (SCENARIOS / "without.txt").read_text().split()
        self.assertEqual(missing, on_file, "write a scenario for it, or list it in without.txt")
        print(f"{len(told['clauses']) - len(missing)} of {len(told['clauses'])} decided clauses exercised by "
              f"{sum(len(file['scenarios']) for file in told['files'])} scenarios")

    def test_every_gate_has_a_scenario(self):
        rules = {s.get("rule") for path in FILES for s in json.loads(pathlib.Path(path).read_text())["scenarios"]}
        cited = {rule for clause in json.loads(connex("clauses", "--json").stdout) for rule in clause["rules"]}
        commands = {row["name"] for row in json.loads(connex("commands", "--json").stdout)}
        self.assertEqual(cited - commands - rules, set())


class Tool(TempDirTest):
    def file(self, *scenarios, **more):
        path = self.path("told.json")
        with open(path, "w") as file:
            json.dump({"title": "Told", "scenarios": list(scenarios), **more}, file)
        return path

    def test_output(self):
        path = self.file(scenario(), scenario(name="wrong <&>\"", expect={"permitted": True}))
        junit = self.path("junit.xml")
        done = connex("test", path, "--junit", junit)
        self.assertEqual(done.returncode, 1)
        said = done.stdout.decode()
        self.assertIn(f"{path}: Told\n  ok    a child gets no account  [C10-a]\n  FAIL  wrong", said)
        self.assertIn("        expected permitted true, got false\n", said)
        self.assertRegex(said, r"\n1 of \d+ decided clauses exercised\n1 passed, 1 failed\n$")
        self.assertRegex(said, r"\nC10-b +none +a child")
        self.assertNotRegex(said, r"\nC10-a ")
        self.assertRegex(connex("test", path, "--clauses").stdout.decode(), r"\nC10-a +1 +nobody")
        suite = ElementTree.parse(junit).getroot().find("testsuite")
        self.assertEqual((suite.get("tests"), suite.get("failures")), ("2", "1"))
        good, bad = suite.findall("testcase")
        self.assertIsNone(good.find("failure"))
        self.assertEqual(bad.get("name"), 'wrong <&>"')
        self.assertEqual(bad.find("failure").get("message"), "expected permitted true, got false")

    def test_each_result_is_written_as_soon_as_it_is_there(self):
        path = self.file(*(scenario(name=f"n{i}") for i in range(50)))
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)  # which keeps what is written at once apart
        with ours, theirs:
            subprocess.run([CONNEX, "test", path], stdout=theirs, check=True, timeout=60)
            theirs.close()
            written = list(iter(lambda: ours.recv(1 << 16).decode(), ""))
        self.assertEqual(written[0], f"{path}: Told\n")
        self.assertEqual(written[1:51], [f"  ok    n{i}  [C10-a]\n" for i in range(50)])

    def test_exit_codes(self):
        path = self.file(scenario())
        self.assertEqual(connex("test", path).returncode, 0)
        self.assertEqual(connex("test", path, "--all-clauses").returncode, 1)
        self.assertEqual(connex("test").returncode, 2)
        self.assertEqual(connex("test", self.path("none.json")).returncode, 1)
        self.assertEqual(connex("test", path, "--junit", self.path("no/such.xml")).returncode, 1)

    def test_what_is_not_as_expected(self):
        put = {"command": "organisation.put", "actor": "system", "args": {"id": "a", "kind": "clinic", "name": "A"}}
        for told, failure in (
            (scenario(expect={"effect": "permit"}), 'expected effect "permit", got "deny"'),
            (scenario(expect={"permitted": False, "reasons": []}), 'expected reasons [], got ["holder_not_adult"]'),
            (scenario(expect={"permitted": False, "clauses": ["C10-b"]}), 'expected clauses ["C10-b"], got ["C10-a"]'),
            (scenario(expect={"permitted": False, "unknown": ["a"]}), 'expected unknown ["a"], got []'),
            (scenario(expect={"permitted": False, "would_permit": []}), "expected would_permit []"),
            (scenario(expect={"permitted": False, "obligations": ["run"]}), 'expected obligations ["run"], got []'),
            (scenario(expect={"error": "not_found"}), 'expected error "not_found", got none'),
            (scenario(expect={}), "expected permitted true, got false"),
            (scenario(rule="no.rule"), 'failed: {"code":"not_found"'),
            (scenario(facts={"no": True}), 'failed: {"code":"invalid_argument"'),
            (scenario(clauses=["C10-b"]), "nothing in it was decided or done under C10-b"),
            (story({**put, "expect": {"result": {"kind": "clinic", "id": "b"}}}), "step 1, organisation.put: expected result"),
            (story({**put, "expect": {"permitted": False}}), "step 1, organisation.put: expected permitted false, got true"),
            (story(put, {**put, "actor": "nobody"}), 'step 2, organisation.put: failed: {"code":"unauthenticated"'),
            (story({**put, "save": {"x": "/result/none"}}), "step 1, organisation.put: the answer has no /result/none"),
            (story({**put, "args": {"id": "$x"}}), "step 1, organisation.put: a name was not saved before"),
            (story("put", clauses=["C2.1-d"]), "nothing in it was decided or done under C2.1-d"),
            (story("bad"), "step 1, bad: step 1, organisation.put: failed"),
        ):
            with self.subTest(failure=failure):
                path = self.file(told, setups={"put": [put], "bad": [{**put, "args": {}}]})
                done = connex("test", path)
                self.assertEqual(done.returncode, 1, done.stdout)
                self.assertIn("        " + failure, done.stdout.decode())

    def test_what_was_saved_comes_back(self):
        put = {"command": "organisation.put", "actor": "system", "args": {"id": "a", "kind": "clinic", "name": "A"}}
        steps = [{**put, "save": {"kind": "/result/kind"}}, {**put, "args": {"id": "b", "kind": "$kind", "name": "B"},
                 "expect": {"result": {"kind": "$kind"}}}]
        self.assertEqual(connex("test", self.file(story(*steps, clauses=["C2.1-d"]))).returncode, 0)

    def test_files_that_are_none(self):
        step = {"command": "a", "actor": "b"}
        for told, complaint in (
            ("", "told.json`"),
            ("[]", "an object is expected"),
            ('{"scenarios": []}', "this is missing at /title"),
            ('{"title": "T"}', "this is missing at /scenarios"),
            ('{"title": "T", "scenarios": []}', "there are no scenarios in it at /scenarios"),
            ('{"title": 3, "scenarios": []}', "another type is expected at /title"),
            ('{"title": "T", "title": "T", "scenarios": []}', "/title"),
            ('{"title": "T", "scenarios": [], "more": 1}', "nothing of this name belongs here at /more"),
            ([scenario(colour="red")], "nothing of this name belongs here at /scenarios/0/colour"),
            ([scenario(expect={"effects": 1})], "nothing of this name belongs here at /scenarios/0/expect/effects"),
            ([scenario(clauses=["C99-z"])], "no such clause: `C99-z` at /scenarios/0"),
            ([scenario(clauses=[3])], "another type is expected at /scenarios/0/clauses"),
            ([3], "an object is expected at /scenarios/0"),
            ([story("nowhere")], "no such setup stands before this at /scenarios/0/steps/0"),
            ([story({**step, "argh": {}})], "nothing of this name belongs here at /scenarios/0/steps/0/argh"),
            ([story({**step, "save": {"x": 3}})], "a JSON pointer is expected at /scenarios/0/steps/0/save"),
        ):
            with self.subTest(complaint=complaint):
                if isinstance(told, str):
                    path = self.path("told.json")
                    pathlib.Path(path).write_text(told)
                else:
                    path = self.file(*told)
                done = connex("test", path)
                self.assertEqual(done.returncode, 1)
                self.assertTrue(done.stdout.endswith(b"0 passed, 0 failed, 1 of the files cannot be played\n"))
                self.assertIn(complaint, done.stderr.decode())

    def test_a_file_that_is_none_takes_no_other_with_it(self):
        good, bad, junit = self.file(scenario()), self.path("bad.json"), self.path("junit.xml")
        pathlib.Path(bad).write_text('{"title": ')
        done = connex("test", bad, good, "--junit", junit)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"1 passed, 0 failed, 1 of the files cannot be played\n", done.stdout)
        broken, played = ElementTree.parse(junit).getroot().findall("testsuite")
        self.assertEqual((broken.get("errors"), played.get("errors")), ("1", "0"))
        self.assertIn(bad, broken.find("testcase").find("error").get("message"))
        told = json.loads(connex("test", bad, good, "--json").stdout)["files"]
        self.assertIn(bad, told[0]["error"])
        self.assertNotIn("error", told[1])

    def test_names_that_no_terminal_and_no_xml_may_have(self):
        path = self.file(scenario(name="a\ufffe\uffff\x1b[31m\x07b"))
        junit = self.path("junit.xml")
        self.assertNotIn(b"\x1b", connex("test", path, "--junit", junit).stdout)
        (case,) = ElementTree.parse(junit).getroot().iter("testcase")
        self.assertEqual(case.get("name"), "a\ufffd\ufffd [31m b")

    def test_setups_do_not_run_in_circles(self):
        path = self.file(scenario(), setups={"a": ["b"], "b": ["a"]})
        self.assertIn("no such setup stands before this at /setups/a/0", connex("test", path).stderr.decode())
        for name in ("a", ""):
            path = self.file(scenario(), setups={name: [name]})
            self.assertIn(f"at /setups/{name}/0", connex("test", path).stderr.decode())

    def test_another_policy(self):
        pack = json.loads(connex("policy", "show").stdout)
        pack["version"] = "mine"
        with open(self.path("pack.json"), "w") as file:
            json.dump(pack, file)
        self.assertEqual(connex("test", self.file(scenario()), "--policy", self.path("pack.json")).returncode, 0)


if __name__ == "__main__":
    unittest.main()
