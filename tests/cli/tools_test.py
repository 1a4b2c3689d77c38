"""The tools that list, check, verify and report."""

import json
import pathlib
import re
import unittest

from support import Session, TempDirTest, at, book, connex, lines, set_up

VERSION = json.loads(connex("policy", "digest", "--json").stdout)["version"]


def help_of(*path):
    done = connex(*path, "--help")
    assert done.returncode == 0, path
    return done.stdout.decode()


def subcommands(text):
    section = text.partition("Subcommands:\n")[2].partition("\n\n")[0]
    return re.findall(r"^  (\w+) ", section, re.MULTILINE)


def all_tools():
    found = []
    for tool in subcommands(help_of()):
        below = subcommands(help_of(tool))
        found += [(tool, name) for name in below] if below else [(tool,)]
    return found


class Help(unittest.TestCase):
    def test_every_tool_is_explained(self):
        self.assertIn("Exit codes", help_of())
        tools = all_tools()
        for expected in (("decide",), ("run",), ("clauses",), ("policy", "validate"), ("audit", "verify"), ("report", "coverage"),
                         ("sweep",), ("rights",), ("holds",)):
            self.assertIn(expected, tools)
        for tool in tools:
            text = help_of(*tool)
            self.assertIn("Usage: connex " + " ".join(tool), text)
            self.assertTrue(text.split("\n")[0].strip(), tool)  # what it does
            self.assertIn("Exit codes", text)
            for line in re.findall(r"^  (-[^\n]*(?:\n {10,}[^\n]*)?)$", text, re.MULTILINE):  # each option with its meaning
                self.assertRegex(line, r"^\S+( \S+)*?\s{2,}\S", tool)

    def test_what_is_not_known_is_a_usage_error(self):
        for tool in all_tools():
            done = connex(*tool, "--no-such-option")
            self.assertEqual((done.returncode, done.stdout), (2, b""), tool)
            self.assertTrue(done.stderr, tool)
        for args in ((), ("nothing",), ("policy",), ("audit", "nothing"), ("audit", "verify"), ("audit", "prove", "--db", "memory:"),
                     ("audit", "prove", "--db", "memory:", "-1"), ("audit", "list", "--db", "memory:", "--limit", "0"),
                     ("clauses", "C99"), ("commands", "nothing"), ("rules", "nothing"), ("run", "--db")):
            done = connex(*args)
            self.assertEqual((done.returncode, done.stdout), (2, b""), args)
            self.assertTrue(done.stderr, args)

    def test_version(self):
        self.assertRegex(connex("--version").stdout.decode(), r"^\d+\.\d+\.\d+\n$")


def told_members(text):
    """What a result is told to hold: `{a, b: {c}, d: [{e}]}` as {"a": None, "b": {"c": None}, "d": [{"e": None}]}; `{...}` is ..."""
    tokens = re.findall(r"[{}\[\],:]|[^{}\[\],:\s]+", text)

    def value():
        token = tokens.pop(0)
        if token == "[":
            inner = value()
            assert tokens.pop(0) == "]", text
            return [inner]
        if token != "{":
            assert token == "...", (token, text)
            return None
        members = {}
        while True:
            name = tokens.pop(0)
            members[name] = None
            if tokens[0] == ":":
                tokens.pop(0)
                members[name] = value()
            if tokens.pop(0) == "}":
                return ... if members == {"...": None} else members

    read = value()
    assert not tokens, text
    return read


def not_told(value, told, where=""):
    """The members of a result that are not told."""
    if told is ...:
        return []
    if isinstance(value, list):
        return [more for one in value for more in not_told(one, told[0] if isinstance(told, list) else told, where + "[]")]
    if not isinstance(value, dict):
        return []
    if not isinstance(told, dict):
        return [where]
    found = []
    for name, member in value.items():
        any_name = next((known for known in told if known.isupper()), None)
        if name in told or any_name:
            found += not_told(member, told.get(name, told.get(any_name)), where + "." + name)
        else:
            found.append(where + "." + name)
    return found


class Lists(unittest.TestCase):
    def test_results_are_as_they_are_told(self):
        self.assertEqual(not_told({"a": 1, "b": [{"c": 1, "d": {"X": {"e": 1}}}]}, told_members("{a, b: [{c, d: {ANY: {f}}}]}")),
                         [".b[].d.X.e"])
        commands = {command["name"]: command for command in json.loads(connex("commands", "--json").stdout)}
        told = {name: told_members(command["result"]) for name, command in commands.items()}
        self.assertTrue(all(isinstance(members, dict) for members in told.values()))
        requests = pathlib.Path(__file__).resolve().parents[1] / "faults" / "commands.jsonl"
        asked = lines(requests.read_bytes())
        answers = lines(connex("run", "--db", "memory:", stdin=requests.read_bytes()).stdout)
        given = set()
        for request, answer in zip(asked, answers, strict=True):
            if not answer["ok"] or not answer["decision"]["permitted"]:
                continue
            given.add(request["command"])
            self.assertEqual(not_told(answer["result"], told[request["command"]]), [], request["command"])
        self.assertGreater(len(given), 80)

    def test_clauses(self):
        clauses = json.loads(connex("clauses", "--json").stdout)
        self.assertEqual(len(clauses), 124)
        self.assertEqual(len({clause["id"] for clause in clauses}), 124)
        for clause in clauses:
            self.assertRegex(clause["id"], r"^C\d")
            self.assertTrue(clause["text"] and clause["kind"])
            self.assertIn(clause["coverage"], ("decided", "attested", "stale", "unverified"))
            self.assertIsInstance(clause["rules"], list)
        one = json.loads(connex("clauses", "C6.3-a", "--json").stdout)
        self.assertEqual(one, [clause for clause in clauses if clause["id"] == "C6.3-a"])
        table = connex("clauses").stdout.decode()
        for clause in clauses:
            self.assertIn(clause["id"], table)

    def test_the_reference_page_is_current(self):
        page = pathlib.Path(__file__).resolve().parents[2] / "include" / "connex" / "COMMANDS.md"
        told = connex("commands", "--markdown").stdout.decode()
        self.assertEqual(told, page.read_text(), "run: connex commands --markdown > include/connex/COMMANDS.md")

    def test_commands(self):
        commands = json.loads(connex("commands", "--json").stdout)
        ids = {clause["id"] for clause in json.loads(connex("clauses", "--json").stdout)}
        for command in commands:
            self.assertTrue(command["text"])
            self.assertLessEqual(set(command["clauses"]), ids)
            text = connex("commands", command["name"]).stdout.decode()
            self.assert_told(command["arguments"], text)

    def assert_told(self, arguments, text, within=""):
        for argument in arguments:
            name = within + argument["name"]
            self.assertRegex(text, r"(?m)^%s +%s" % (re.escape(name), argument["type"]))
            self.assertIn(argument.get("range", ""), text)
            for choice in argument.get("choices", ()):
                self.assertIn(choice, text)
            self.assert_told(argument.get("members", ()), text, name + ("[]." if argument["type"] == "objects" else "."))

    def test_the_page_tells_what_is_common_to_all_requests(self):
        page = connex("commands", "--markdown").stdout.decode()
        types = {"id"}

        def collect(arguments):
            for argument in arguments:
                types.add(argument["type"])
                if argument["type"] in ("line", "text", "integer", "ids", "objects"):
                    self.assertTrue(argument["range"], argument)
                collect(argument.get("members", ()))

        for command in json.loads(connex("commands", "--json").stdout):
            collect(command["arguments"])
            self.assertIn("### %s\n" % command["name"], page)
        for told in (*types, "invalid_argument", "not_found", "conflict", "unauthenticated", "storage", "busy", "corrupt",
                     "unsupported", "internal"):
            self.assertRegex(page, r"(?m)^\| `%s` \|" % told)
        for member in ("scope.records", "details", "pieces[].ended_at", "demand.authority", "posture.tls_version"):
            self.assertIn("| `%s` |" % member, page)

    def test_rules(self):
        rules = json.loads(connex("rules", "--json").stdout)
        names = [rule["rule"] for rule in rules]
        self.assertEqual(len(set(names)), len(names))
        self.assertLessEqual({"visit.book", "recording.start", "retention.evaluate", "view", "egress", "purpose", "security.posture"},
                             set(names))
        page = connex("commands", "--markdown").stdout.decode()
        for rule in rules:
            text = connex("rules", rule["rule"]).stdout.decode()
            self.assertIn("### %s\n" % rule["rule"], page)
            self.assertEqual(bool(rule["facts"]), "arguments" not in rule)
            for fact in rule["facts"]:
                self.assertIn(fact["name"], text)
                self.assertIn("| `%s` | `%s` |" % (fact["name"], fact["clause"]), page)
            self.assert_told(rule.get("arguments", ()), text)
            # What is told is what the rule takes.
            for told in (*rule["facts"], *rule.get("arguments", ())):
                done = connex("decide", rule["rule"], stdin=json.dumps({told["name"]: {"x": []}}).encode())
                (answer,) = lines(done.stdout)
                self.assertNotIn(answer["error"]["message"], ("unknown argument", "the rule has no such fact"), told)
        self.assertIn("connex rules", help_of("decide"))
        for odd in ({"y": 1}, True, None):  # the name is told first
            facts = {"processor": "x", "purpose": "y", "fields": ["a"], "no_such": odd}
            (answer,) = lines(connex("decide", "egress", stdin=json.dumps(facts).encode()).stdout)
            self.assertEqual((answer["error"]["message"], answer["error"]["path"]), ("the rule has no such fact", "/no_such"))


class Policy(TempDirTest):
    def setUp(self):
        super().setUp()
        self.pack = json.loads(connex("policy", "show").stdout)

    def validate(self, pack):
        with open(self.path("pack.json"), "w", encoding="utf-8") as file:
            file.write(pack if isinstance(pack, str) else json.dumps(pack))
        return connex("policy", "validate", self.path("pack.json"))

    def test_the_pack_shown_is_valid_and_has_the_digest(self):
        done = self.validate(self.pack)
        self.assertEqual(done.returncode, 0)
        self.assertIn(connex("policy", "digest").stdout.strip(), done.stdout)

    def test_json_says_why_a_pack_is_none(self):
        self.pack["retention"][0].pop("rounding")
        self.assertEqual(self.validate(self.pack).stdout, b"")
        done = connex("policy", "validate", self.path("pack.json"), "--json")
        told = json.loads(done.stdout)
        self.assertEqual((done.returncode, told["valid"]), (1, False))
        self.assertEqual((told["error"]["code"], told["error"]["path"]), ("invalid_argument", "/retention/0/rounding"))
        self.assertTrue(done.stderr)

    def test_json_everywhere_where_something_fails_too(self):
        missing = self.path("missing")
        for tool in (("audit", "verify"), ("audit", "replay"), ("audit", "export", "--out", self.path("out")), ("sweep",),
                     ("rights",), ("holds",), ("report", "summary"), ("policy", "impact", self.path("none"))):
            done = connex(*tool, "--db", missing, "--json")
            self.assertEqual(done.returncode, 1, tool)
            self.assertEqual([set(line) for line in lines(done.stdout)], [{"ok", "error"}], tool)
            self.assertEqual(connex(*tool, "--db", missing).stdout, b"", tool)
        for tool in (("policy", "digest", "--policy", missing), ("test", missing, "--policy", missing),
                     ("redact", "--known", missing), ("decide", "visit.book")):
            done = connex(*tool, "--json")
            self.assertEqual([line["ok"] for line in lines(done.stdout)], [False], tool)
            self.assertNotEqual(done.returncode, 0, tool)

    def test_a_hole_is_named(self):
        holes = [
            (lambda pack: pack.pop("retention"), "/retention"),
            (lambda pack: pack["roles"].pop(0), "/roles"),
            (lambda pack: pack.update(idempotency_hours="a day"), "/idempotency_hours"),
            (lambda pack: pack.update(more=1), "/more"),
            (lambda pack: pack["retention"][0].pop("rounding"), "/retention/0/rounding"),
            (lambda pack: pack["retention"][0].update({"class": "unheard_of"}), "/retention/0/class"),
            (lambda pack: pack["errata"][3]["clauses"].append("C99-z"), "/errata/3/clauses"),
        ]
        for make, pointer in holes:
            pack = json.loads(json.dumps(self.pack))
            make(pack)
            done = self.validate(pack)
            self.assertEqual((done.returncode, done.stdout), (1, b""), pointer)
            self.assertIn(" at " + pointer, done.stderr.decode())
            self.assertIn(self.path("pack.json"), done.stderr.decode())

    def test_what_is_no_pack(self):
        for text in ("", "{", "[]", "null", "\u0000", '{"version": 1, "version": 2}'):
            done = self.validate(text)
            self.assertEqual((done.returncode, done.stdout), (1, b""), text)
            self.assertIn(self.path("pack.json"), done.stderr.decode())
        done = connex("policy", "validate", self.path("missing"))
        self.assertEqual(done.returncode, 1)
        self.assertIn(self.path("missing"), done.stderr.decode())
        self.assertEqual(connex("policy", "validate", self.directory).returncode, 1)

    def test_a_pack_of_ones_own(self):
        self.pack["idempotency_hours"] = 1
        self.assertEqual(self.validate(self.pack).returncode, 0)
        with Session("run", "--db", "memory:", "--policy", self.path("pack.json")) as session:
            answer = session.ask("report.summary", "system", at(9))
            digest = connex("policy", "digest", "--policy", self.path("pack.json")).stdout.decode().strip()
            self.assertEqual(answer["decision"]["policy"]["digest"], digest)
            self.assertNotEqual(digest, connex("policy", "digest").stdout.decode().strip())


    def test_json_everywhere(self):
        self.validate(self.pack)
        told = json.loads(connex("policy", "validate", self.path("pack.json"), "--json").stdout)
        self.assertEqual((told["valid"], told["version"]), (True, self.pack["version"]))
        self.assertEqual(json.loads(connex("policy", "digest", "--json").stdout)["digest"], told["digest"])
        for tool in ("show", "schema"):
            self.assertIsInstance(json.loads(connex("policy", tool, "--json").stdout), dict)

    def test_a_store_keeps_its_policy(self):
        """Another pack is refused rather than passed over; one that was published is known."""
        db, file = self.path("db"), self.path("pack.json")
        with Session("run", "--db", db) as session:
            set_up(session)
        self.assertEqual(connex("run", "--db", db, "--policy", file).returncode, 1)  # no such file
        self.pack["version"] = "2"
        self.assertEqual(self.validate(self.pack).returncode, 0)
        done = connex("run", "--db", db, "--policy", file)
        self.assertEqual((done.returncode, [line["error"]["code"] for line in lines(done.stdout)]), (1, ["conflict"]))
        self.assertIn(b"conflict", done.stderr)
        with Session("run", "--db", db) as session:
            answer = session.ask(
                "policy.publish", "system", at(9), pack=self.pack, effective_at=at(10), material=True
            )
            self.assertTrue(answer["decision"]["permitted"], answer)
        self.assertEqual(connex("run", "--db", db, "--policy", file).returncode, 0)


class Audit(TempDirTest):
    def setUp(self):
        super().setUp()
        self.db = self.path("db")
        with Session("run", "--db", self.db) as session:
            set_up(session)
            for n in range(300):  # more than a tile
                assert book(session, "v-%d" % n)["ok"]
            session.finish()

    def test_verify(self):
        done = connex("audit", "verify", "--db", self.db)
        self.assertEqual(done.returncode, 0)
        self.assertIn(b"304 entries", done.stdout)
        verified = json.loads(connex("audit", "verify", "--db", self.db, "--json").stdout)
        self.assertEqual((verified["valid"], verified["entries"], verified["violations"]), (True, 304, []))

    def test_an_altered_entry_is_found(self):
        import sqlite3

        with sqlite3.connect(self.db) as store:
            changed = store.execute("UPDATE audit_entries SET at = at + 1 WHERE seq = 7").rowcount
        store.close()
        self.assertEqual(changed, 1)
        for more in ((), ("--json",)):
            done = connex("audit", "verify", "--db", self.db, *more)
            self.assertEqual(done.returncode, 1)
        self.assertEqual(json.loads(done.stdout)["violations"][0]["seq"], 7)

    def test_replay(self):
        done = connex("audit", "replay", "--db", self.db)
        self.assertEqual((done.returncode, done.stdout), (0, b"304 decisions follow from their facts; 0 entries have gone\n"))
        some = json.loads(connex("audit", "replay", "--db", self.db, "--from", "10", "--to", "19", "--json").stdout)
        self.assertEqual(some, {"decided": 10, "gone": 0, "damaged": [], "differences": []})
        import sqlite3

        with sqlite3.connect(self.db) as store:  # the pack of its time is another
            store.execute("UPDATE policy_packs SET digest = 'sha256:00'")
        store.close()
        done = connex("audit", "replay", "--db", self.db, "--json")
        self.assertEqual((done.returncode, json.loads(done.stdout)["ok"]), (1, False))
        self.assertIn(b"a policy pack on file is not what it was", done.stderr)

    def test_a_damaged_entry_is_told_by_all_that_meet_it(self):
        import sqlite3

        with sqlite3.connect(self.db) as store:
            store.execute("UPDATE audit_entries SET content = zeroblob(length(content)) WHERE seq = 7")
        store.close()
        done = connex("audit", "replay", "--db", self.db)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stdout, b"303 decisions follow from their facts; 0 entries have gone\nentry 7: damaged\n")
        told = connex("audit", "replay", "--db", self.db, "--json")
        self.assertEqual((told.returncode, json.loads(told.stdout)["damaged"]), (1, [7]))
        import shutil

        shutil.copytree(self.directory, self.path("again"))
        late = ("--at", "2034-01-01T00:00:00+05:30")
        swept = json.loads(connex("sweep", "--db", self.db, *late, "--json").stdout)
        self.assertEqual((swept["damaged"], swept["audit_entries"]), ([7], 303))
        self.assertIn(b"entry 7: damaged\n", connex("sweep", "--db", self.path("again/db"), *late).stdout)

    def test_an_exported_pack_is_its_owners_alone(self):
        out = self.path("pack.json")
        done = connex("audit", "export", "--db", self.db, "--out", out, umask=0)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(pathlib.Path(out).stat().st_mode & 0o777, 0o600)
        self.assertEqual(json.loads(pathlib.Path(out).read_text())["count"], 304)
        nowhere = connex("audit", "export", "--db", self.db, "--out", self.path("none/pack.json"))
        self.assertEqual((nowhere.returncode, nowhere.stdout), (1, b""))

    def test_list(self):
        entries = json.loads(connex("audit", "list", "--db", self.db, "--from", "3", "--limit", "5", "--json").stdout)["entries"]
        self.assertEqual([entry["seq"] for entry in entries], [3, 4, 5, 6, 7])
        self.assertEqual(entries[1]["command"], "visit.book")
        table = connex("audit", "list", "--db", self.db, "--from", "303").stdout.decode().splitlines()
        self.assertEqual(len(table), 2)

    def test_prove(self):
        import hashlib

        proof = json.loads(connex("audit", "prove", "--db", self.db, "5", "--json").stdout)
        node = hashlib.sha256(b"\0" + bytes.fromhex(proof["leaf"])).digest()
        self.assertEqual(node.hex(), proof["leaf_hash"])
        index, last = proof["seq"], proof["size"] - 1
        for sibling in map(bytes.fromhex, proof["path"]):  # RFC 9162, 2.1.3.2
            if index & 1 or index == last:
                node = hashlib.sha256(b"\1" + sibling + node).digest()
                while not index & 1 and index:
                    index, last = index >> 1, last >> 1
            else:
                node = hashlib.sha256(b"\1" + node + sibling).digest()
            index, last = index >> 1, last >> 1
        self.assertEqual((last, node.hex()), (0, proof["root"]))
        beyond = connex("audit", "prove", "--db", self.db, "304")
        self.assertEqual((beyond.returncode, beyond.stdout), (1, b""))

    def test_reports(self):
        summary = json.loads(connex("report", "summary", "--db", self.db, "--json").stdout)
        self.assertEqual(summary["visits"]["booked"], 300)
        self.assertIn("304 entries", connex("report", "summary", "--db", self.db).stdout.decode())
        coverage = json.loads(connex("report", "coverage", "--db", self.db, "--json").stdout)
        self.assertEqual(len(coverage["clauses"]), 124)
        self.assertEqual(sum(coverage["counts"].values()), 124)
        self.assertEqual(connex("report", "coverage", "--db", self.db).returncode, 0)
        page = connex("report", "coverage", "--html", "--db", self.db).stdout.decode()
        self.assertTrue(page.startswith("<!doctype html>"))
        self.assertEqual(page.count("<tr><td>"), 124)
        self.assertIn('class="unverified"', page)
        self.assertEqual(page.count("&lt;") + page.count("<script"), 0)

    def test_decide_under_a_version(self):
        common = ("--db", self.db, "--json")
        facts = b'{"class": "communication", "trigger_at": "2026-11-23T10:00:00+05:30"}\n'
        done = connex("policy", "decide", "retention.evaluate", *common, "--under", VERSION, stdin=facts * 2)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual([line["decision"]["ceiling"][:4] for line in lines(done.stdout)], ["2028", "2028"])
        denied = connex("policy", "decide", "visit.book", *common, stdin=b'{"doctor_virtual_visits_enabled": false}')
        self.assertEqual((denied.returncode, lines(denied.stdout)[0]["decision"]["effect"]), (3, "deny"))
        mixed = (b'{}\n{"x": 1}\n[]\n{"asha@x.in": true, "asha@x.in": true}\n{"doctor_virtual_visits_enabled": 3}\n'
                 b'{"doctor_virtual_visits_enabled": false}\n')
        done = connex("policy", "decide", "visit.book", *common, stdin=mixed)
        answers = lines(done.stdout)
        self.assertEqual((done.returncode, done.stderr, len(answers)), (1, b"", 6))
        self.assertEqual([line["error"].get("path", "") for line in answers[1:5]], ["/x", "", "/?", "/doctor_virtual_visits_enabled"])
        self.assertEqual([answers[n]["decision"]["effect"] for n in (0, 5)], ["indeterminate", "deny"])
        entry = next(entry for entry in json.loads(connex("audit", "list", *common, "--limit", "1000").stdout)["entries"]
                     if entry["command"] == "visit.book" and entry["effect"] == "permit")
        again = connex("policy", "decide", *common, "--audit", str(entry["seq"]))
        self.assertEqual((again.returncode, lines(again.stdout)[0]["decided_as"]), (0, "permit"))
        for wrong, code in (((), 2), (("--under", "never", "visit.book"), 1), (("nothing",), 1), (("--record", "none"), 1),
                            (("visit.book", "--audit", "1"), 2), (("visit.book", "--at", "noon"), 2),
                            (("visit.book", "--for", "no id"), 2), (("visit.book", "--under", "no id"), 2)):
            done = connex("policy", "decide", *common, *wrong, stdin=b"{}")
            self.assertEqual(done.returncode, code, wrong)
            self.assertTrue(done.stderr, wrong)
            if done.stdout or code == 1:
                self.assertEqual([line["ok"] for line in lines(done.stdout)], [False], wrong)
        replay = json.loads(connex("audit", "replay", *common, "--under", VERSION).stdout)
        self.assertEqual((replay["to_denied"], replay["to_permitted"], replay["flips"]), (0, 0, []))
        self.assertIn(b"0 to denied", connex("audit", "replay", "--db", self.db, "--under", VERSION).stdout)


FRESH = {"decided": 77, "unverified": 47}
NAMED = {"decided": 77, "attested": 10, "unverified": 37}  # the clauses alone, of which some wait for claims
WAITED_FOR = ("tls", "pci_dss", "media_encryption", "no_automatic_egress", "recording_destination", "object_storage_encryption",
              "region:cloudflare_r2", "hosting_certificate", "at_rest_encryption")
ATTESTED = {"decided": 77, "attested": 24, "unverified": 23}
STALE = {"decided": 77, "stale": 24, "unverified": 23}


class Coverage(TempDirTest):
    """The report of a fresh deployment, of an attested one, and of one whose attestations went stale, in its three forms."""

    def check(self, db, counts, when):
        report = lambda *form: connex("report", "coverage", "--db", db, "--at", when, *form).stdout.decode()
        found = json.loads(report("--json"))
        self.assertEqual({status: count for status, count in found["counts"].items() if count}, counts)
        for status, count in counts.items():
            self.assertEqual(sum(clause["coverage"] == status for clause in found["clauses"]), count)
        table, page = report(), report("--html")
        for status in ("decided", "attested", "stale", "unverified"):
            count = counts.get(status, 0)
            self.assertIn(f"\n{status}: {count}\n", table)
            self.assertIn(f'<span class="{status}">{status}: {count}</span>', page)
            self.assertEqual(page.count(f'<td class="{status}">'), count)
            told = re.findall(rf"(?m)^C\S+ +\S+ +(?:decided, host's part )?{status}(?: |$)", table)
            self.assertEqual(len(told), count, status)

    def test_fresh_attested_and_stale(self):
        db = self.path("db")
        host = [clause["id"] for clause in json.loads(connex("clauses", "--json").stdout) if "attestation" in clause["enforcement"]]
        with Session("run", "--db", db) as session:
            set_up(session)
            session.finish()
        self.check(db, FRESH, at(9))
        with Session("run", "--db", db) as session:
            def attest(claim):
                answer = session.ask("attestation.put", "system", at(9), claim=claim, evidence_ref="file-1",
                                     value="IN" if claim.startswith("region:") else True, valid_until="2027-05-01T00:00:00+05:30")
                self.assertTrue(answer["decision"]["permitted"], answer)
            for clause in host:
                attest(clause)
            session.finish()
        self.check(db, NAMED, at(10))
        with Session("run", "--db", db) as session:
            for processor in session.ask("processor.list", "system", at(9))["result"]["processors"]:
                attest("agreement:" + processor["processor"])
            for claim in WAITED_FOR:
                attest(claim)
            session.finish()
        self.check(db, ATTESTED, at(10))
        self.check(db, ATTESTED, "2027-04-30T23:59:59+05:30")
        self.check(db, STALE, "2027-05-01T00:00:00+05:30")

    def test_what_is_known_to_fail(self):
        db = self.path("db")
        with Session("run", "--db", db) as session:
            set_up(session)
            session.ask("security.check", "system", at(9), posture={"password_hash": "$2b$04$", "tls_version": "1.0"})
            session.finish()
        report = lambda *form: connex("report", "coverage", "--db", db, "--at", at(9), *form).stdout.decode()
        self.assertEqual([row["id"] for row in json.loads(report("--json"))["clauses"] if row["failed"]], ["C4-b", "C4-h"])
        self.assertRegex(report(), r"(?m)^C4-h +decision +decided, known to fail ")
        self.assertRegex(report(), r"(?m)^C4-b +\S+ +decided, host's part unverified, known to fail ")
        self.assertIn("known to fail: 2\n", report())
        self.assertEqual(report("--html").count('<td class="failed">'), 2)


class Keeping(TempDirTest):
    """Records that fall due, a hold and a request, seen with the tools that look after them."""

    def setUp(self):
        super().setUp()
        self.db = self.path("db")
        with Session("run", "--db", self.db) as session:
            set_up(session)

            def tell(command, actor, **args):
                answer = session.ask(command, actor, at(9), **args)
                assert answer["ok"] and answer.get("decision", {}).get("permitted", True), answer

            for person, role in (("dpo", "data_protection_officer"), ("st", "staff"), ("dr-2", "doctor")):
                tell("principal.register", "system", id=person, role=role, name="N", adult_attested=True)
            for n in range(1100):
                tell("record.register", "system", id=f"r{n}", subjects=["dr-1"], locator=f"objects/{n}",
                     trigger_at="2020-01-01T00:00:00+05:30", **{"class": "communication"})
            tell("hold.place", "st", id="h", basis="court_order", authority="High Court", citation="case 1/2026",
                 scope={"records": ["r0"]}, review_at="2027-01-31T00:00:00+05:30", approved_by="dpo")
            tell("rights.submit", "dr-2", id="q", kind="access", principal="dr-2", channel="in_app", details={})
            session.finish()
        self.common = ("--db", self.db, "--json")

    def test_sweep_goes_on_until_nothing_is_due(self):
        soon = ("--at", "2026-12-01T00:00:00+05:30")
        forecast = json.loads(connex("sweep", *self.common, *soon, "--forecast", "2").stdout)
        self.assertEqual(forecast["forecast"][0]["class"], "communication")
        self.assertIn(b"communication", connex("sweep", "--db", self.db, *soon, "--forecast", "2").stdout)
        few = json.loads(connex("sweep", *self.common, *soon, "--limit", "10").stdout)
        self.assertEqual(few["evaluated"], 10)
        done = json.loads(connex("sweep", *self.common, *soon).stdout)
        self.assertEqual((few["ordered"] + done["ordered"], few["held"] + done["held"], done["remaining"]), (1099, 1, 0))
        table = connex("sweep", "--db", self.db, *soon)
        self.assertEqual(table.returncode, 0)
        self.assertRegex(table.stdout.decode(), r"(?m)^ +0  evaluated$")
        backwards = connex("sweep", *self.common, "--at", "2020-01-01T00:00:00+05:30")
        self.assertEqual((backwards.returncode, json.loads(backwards.stdout)["error"]["path"]), (2, "--at"))
        self.assertIn(b"time runs backwards", backwards.stderr)

    def test_impact(self):
        soon = ("--at", "2026-12-01T00:00:00+05:30")
        pack = json.loads(connex("policy", "show").stdout)
        pack["version"] = "shorter"
        for rule in pack["retention"]:
            if rule["class"] == "communication":
                rule["period"]["count"] = 1
        draft = str(pathlib.Path(self.db).with_name("draft.json"))
        pathlib.Path(draft).write_text(json.dumps(pack))
        found = json.loads(connex("policy", "impact", draft, *self.common, *soon).stdout)
        self.assertTrue(found["complete"])
        self.assertGreaterEqual(found["records"]["examined"], 1100)
        self.assertEqual(found["sharings"]["examined"], 0)
        self.assertIn(b"moved_earlier", connex("policy", "impact", draft, "--db", self.db, *soon).stdout)
        self.assertEqual(connex("policy", "impact", self.db, *self.common, *soon).returncode, 1)

    def test_holds(self):
        when = ("--at", "2026-12-01T00:00:00+05:30")
        self.assertEqual([hold["id"] for hold in json.loads(connex("holds", *self.common, *when).stdout)["holds"]], ["h"])
        self.assertIn(b"High Court", connex("holds", "--db", self.db, "--released", *when).stdout)
        with Session("run", "--db", self.db) as session:
            for n in range(1000):  # more than a page
                answer = session.ask("hold.place", "st", at(10), id=f"h{n}", basis="court_order", authority="High Court",
                                     citation="case 1/2026", scope={"records": ["r1"]},
                                     review_at="2027-01-31T00:00:00+05:30", approved_by="dpo")
                assert answer["ok"], answer
            session.finish()
        self.assertEqual(len(json.loads(connex("holds", *self.common, *when).stdout)["holds"]), 1001)

    def test_rights(self):
        when = ("--at", "2026-12-24T00:00:00+05:30")  # a month after the day of receipt is over
        listed = json.loads(connex("rights", *self.common, *when).stdout)["requests"]
        self.assertEqual([(r["id"], r["overdue"]) for r in listed], [("q", True)])
        self.assertEqual(json.loads(connex("rights", *self.common, *when, "--status", "resolved").stdout)["requests"], [])
        early = ("--due-before", "2026-12-01T00:00:00+05:30")
        self.assertEqual(json.loads(connex("rights", *self.common, *when, *early).stdout)["requests"], [])
        self.assertEqual([r["id"] for r in json.loads(connex("rights", *self.common, *when, "--deadlines").stdout)["overdue"]], ["q"])
        self.assertIn(b"hold_review", connex("rights", "--db", self.db, "--at", "2027-02-01T00:00:00+05:30", "--deadlines").stdout)
        for more in ((), ("--deadlines",)):
            self.assertIn(b"dr-2", connex("rights", "--db", self.db, *when, *more).stdout)
        wrong = connex("rights", *self.common, *when, "--status", "lost")
        self.assertEqual((wrong.returncode, json.loads(wrong.stdout)["error"]["path"]), (2, "--status"))
        for tool in (("rights", "--status", "lost"), ("rights", "--due-before", "noon"), ("rights", "--at", "noon"),
                     ("holds", "--at", "noon"), ("sweep", "--at", "noon"), ("report", "coverage", "--at", "noon"),
                     ("audit", "verify", "--size", "1", "--root", "zz"),
                     ("audit", "export", "--out", "none", "--visit", "no id")):
            done = connex(*tool, *(() if "--db" in tool else ("--db", self.db)))
            self.assertEqual((done.returncode, done.stdout), (2, b""), tool)
            self.assertIn(tool[-2] if tool[0] != "audit" or tool[1] == "verify" else "--visit", done.stderr.decode(), tool)


if __name__ == "__main__":
    unittest.main()
