"""Every scenario through every door: C++, C, the command line, Python and Node. Each door gets the same lines and
must give the same decisions, byte for byte."""

import base64
import json
import os
import pathlib
import subprocess
import unittest

HERE = pathlib.Path(__file__).resolve().parent
FILES = sorted((HERE.parent / "scenarios").glob("*.json"))
CONNEX = os.environ["CONNEX"]


def dump(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def raw_member(line, name):
    """The bytes of a member of the object on a line, as they stand there."""
    start = line.index(f'"{name}":') + len(name) + 3
    _, end = json.JSONDecoder().raw_decode(line, start)
    return line[start:end]


class Lines:
    """A program that answers each line with one."""

    def __init__(self, *args):
        self.process = subprocess.Popen(args, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)

    def tell(self, line):
        self.process.stdin.write(line + "\n")

    def ask(self, line):
        self.tell(line)
        answer = self.process.stdout.readline().rstrip("\n")
        if not answer:
            raise AssertionError("the door fell shut")
        return answer

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(30)


class Door:
    def __init__(self, *args):
        self.lines = Lines(*args)

    def open(self):
        self.lines.tell('{"open": true}')

    def decide(self, rule, facts):
        return self.lines.ask(f"{rule}\t{facts}")

    def execute(self, request):
        return self.lines.ask(request)

    def close(self):
        self.lines.close()


class CommandLine:
    """The tool itself: `connex decide` for each rule, `connex run` for each engine."""

    def __init__(self):
        self.rules = {}
        self.run = None

    def open(self):
        if self.run:
            self.run.close()
        self.run = Lines(CONNEX, "run", "--db", "memory:")

    def decide(self, rule, facts):
        if rule not in self.rules:
            self.rules[rule] = Lines(CONNEX, "decide", rule)
        answer = self.rules[rule].ask(facts)
        return answer if answer.startswith('{"ok":false') else '{"ok":true,"answer":%s}' % answer

    def execute(self, request):
        return self.run.ask(request)

    def close(self):
        for lines in [*self.rules.values(), *([self.run] if self.run else [])]:
            lines.close()


def doors():
    opened = {"C++": Door(os.environ["DOOR_CPP"]), "C": Door(os.environ["DOOR_C"]), "CLI": CommandLine()}
    if os.environ.get("CONNEX_PYTHON"):
        opened["Python"] = Door(os.environ["PYTHON"], str(HERE / "door.py"))
    if os.environ.get("CONNEX_NODE"):
        opened["Node"] = Door(os.environ["NODE"], str(HERE / "door.mjs"), os.environ["CONNEX_NODE"])
    return opened


def flatten(steps, setups):
    for step in steps:
        if isinstance(step, str):
            yield from flatten(setups[step], setups)
        else:
            yield step


def fill(value, saved):
    if isinstance(value, str) and value.startswith("$"):
        return saved[value[1:]]
    if isinstance(value, list):
        return [fill(item, saved) for item in value]
    if isinstance(value, dict):
        return {name: fill(item, saved) for name, item in value.items()}
    return value


def comparable(value):
    """An answer without what each engine makes for itself: of a signed token, the claims but for who issued it."""
    if isinstance(value, dict):
        return {
            name: claims(item) if name in ("permit", "grant", "receipt") else comparable(item)
            for name, item in value.items()
            if name not in ("mark", "attested", "salt")  # of a canary, drawn by lot; and under a key of the store
        }
    return [comparable(item) for item in value] if isinstance(value, list) else value


def claims(token):
    payload = token.split(".")[1]
    told = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return {name: value for name, value in told.items() if name != "iss"}


def point(value, pointer):
    for token in pointer.split("/")[1:]:
        value = value[int(token)] if isinstance(value, list) else value[token]
    return value


class Doors(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.doors = doors()
        cls.decisions = 0

    @classmethod
    def tearDownClass(cls):
        for door in cls.doors.values():
            door.close()
        print(f"{cls.decisions} decisions of {len(FILES)} files, the same through {', '.join(cls.doors)}")

    def same(self, ask):
        """Asks every door; they must agree on what happened and, byte for byte, on the decision."""
        answers = {name: ask(door) for name, door in self.doors.items()}
        said = {}
        for name, line in answers.items():
            answer = json.loads(line)
            if not answer["ok"]:
                said[name] = (answer["error"]["code"], answer["error"].get("path", ""))
                continue
            member = "answer" if "answer" in answer else "decision"
            said[name] = raw_member(line, member)
            type(self).decisions += 1
        first = said["C++"]
        self.assertEqual(said, dict.fromkeys(said, first))
        results = [comparable(json.loads(line).get("result")) for line in answers.values()]
        self.assertTrue(all(result == results[0] for result in results), results)
        return json.loads(answers["C++"])

    def play(self, scenario, setups):
        if "rule" in scenario:
            facts = dump(scenario["facts"])
            self.same(lambda door: door.decide(scenario["rule"], facts))
            return
        for door in self.doors.values():
            door.open()
        at, saved = None, {}
        for step in flatten(scenario["steps"], setups):
            at = step.get("at", at)
            request = {"command": step["command"], "actor": step["actor"], "args": fill(step.get("args", {}), saved)}
            if at:
                request["at"] = at
            if "request_id" in step:
                request["request_id"] = step["request_id"]
            line = dump(request)
            answer = self.same(lambda door: door.execute(line))
            for name, pointer in step.get("save", {}).items():
                saved[name] = point(answer, pointer)


    def test_what_is_no_unicode_is_refused_alike(self):
        """Half of a surrogate pair, which has no place in UTF-8, in any field."""
        half = "A \\ud83d"
        request = {"command": "organisation.put", "actor": "system", "at": "2026-11-23T09:00:00+05:30", "args": {"id": "a", "kind": "clinic", "name": "A"}}
        for door in self.doors.values():
            door.open()
        for path, line in (
            ("/actor", dump({**request, "actor": "HALF"})),
            ("/request_id", dump({**request, "request_id": "HALF"})),
            ("/args/name", dump({**request, "args": {**request["args"], "name": "HALF"}})),
            ("/args/details/a/1", dump({**request, "command": "rights.submit", "args": {
                "id": "r", "kind": "access", "principal": "p", "channel": "email", "details": {"a": ["b", "HALF"]}}})),
        ):
            with self.subTest(path=path):
                error = self.same(lambda door, line=line: door.execute(line.replace("HALF", half)))["error"]
                self.assertEqual((error["code"], error["path"]), ("invalid_argument", path))
        for rule, facts, path in (("view", '{"viewer_role":"%s"}', "/viewer_role"), ("retention.evaluate", '{"%s":true}', "")):
            error = self.same(lambda door, rule=rule, facts=facts: door.decide(rule, facts % half))["error"]
            self.assertEqual((error["code"], error.get("path", "")), ("invalid_argument", path))


def add_tests():
    for path in FILES:
        told = json.loads(path.read_text())

        def test(self, told=told):
            for scenario in told["scenarios"]:
                with self.subTest(scenario=scenario["name"]):
                    self.play(scenario, told.get("setups", {}))

        setattr(Doors, f"test_{path.stem}", test)


add_tests()

if __name__ == "__main__":
    unittest.main()
