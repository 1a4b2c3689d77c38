"""An evidence pack verifies with nothing of ours, and with nothing changed in it."""

import base64
import copy
import hashlib
import importlib.util
import json
import os
import pathlib
import struct
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


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def base64_of(raw):
    return base64.b64encode(raw).decode()


def varint(value):
    low, value = value & 127, value >> 7
    return bytes([low | 128]) + varint(value) if value else bytes([low])


def text(value):
    return varint(len(value.encode())) + value.encode()


def content(command, thing="", subjects=(), details=(), policy="", visit=""):
    fields = ("system", "system", command, thing, visit)
    return (b"\x01" + b"".join(map(text, fields)) + varint(len(subjects)) + b"".join(map(text, subjects)) + text("")
            + varint(2) + varint(0) + text("done") + text(policy) + varint(len(details))
            + b"".join(text(name) + text(value) for name, value in details))


def person(name, salt=b"s" * 32):
    digest = sha256(b"connex/person/v1", salt, name.encode())
    return {"token": base64.urlsafe_b64encode(digest[:24]).decode(), "id": name, "salt": base64_of(salt)}


def named(tokens, actor, thing, subjects, account=(" erased", 0)):
    """Content in which tokens stand for people: the numbers of actor and object (0: nobody), and of subjects; and where
    in what is left of a detail the first of them stands."""
    def value(number, rest, at=0):
        return varint(number) + text(rest) + (varint(at) if number else b"")
    return (b"\x02" + varint(len(tokens)) + b"".join(map(text, tokens)) + value(actor, "") + text("doctor")
            + text("visit.book") + value(thing, "" if thing else "v-1") + text("v-1") + varint(len(subjects))
            + b"".join(map(varint, subjects)) + text("") + varint(2) + varint(0) + text("done") + text("") + varint(1)
            + text("account") + value(1, *account))


def root_of(hashes):
    if len(hashes) == 1:
        return hashes[0]
    half = 1 << (len(hashes) - 1).bit_length() - 1
    return sha256(b"\x01", root_of(hashes[:half]), root_of(hashes[half:]))


def path_to(index, hashes):
    """RFC 9162, 2.1.3.1."""
    if len(hashes) == 1:
        return []
    half = 1 << (len(hashes) - 1).bit_length() - 1
    if index < half:
        return path_to(index, hashes[:half]) + [root_of(hashes[half:])]
    return path_to(index - half, hashes[half:]) + [root_of(hashes[:half])]


def growth(size, hashes, whole=True):
    """RFC 9162, 2.1.4.1."""
    if size == len(hashes):
        return [] if whole else [root_of(hashes)]
    half = 1 << (len(hashes) - 1).bit_length() - 1
    if size <= half:
        return growth(size, hashes[:half], whole) + [root_of(hashes[half:])]
    return growth(size - half, hashes[half:], False) + [root_of(hashes[:half])]


def openssl(*args, **how):
    return subprocess.run(["openssl", *args], capture_output=True, check=True, **how).stdout


HOUR = 3_600_000_000
DOCUMENT = (pathlib.Path(__file__).resolve().parents[2] / "src" / "policy" / "default_pack.json").read_text()
DIGEST = "sha256:" + sha256(DOCUMENT.encode()).hex()
START = 1_795_401_000_000_000 // HOUR * HOUR
AUDIT, CONSENT, RECORD = 3, 4, 255


class Log:
    """A log made by hand, so that it can hold what the engine never writes."""

    def __init__(self, directory, since=START):
        self.directory, self.entries = directory, []
        self.key = self.file("key.pem", openssl("genpkey", "-algorithm", "ed25519"))
        self.public = openssl("pkey", "-in", self.key, "-pubout", "-outform", "DER")[-32:]
        self.origin = "connex/" + self.public[:8].hex()
        self.name = self.origin + "/1"
        self.key_id = sha256(self.name.encode(), b"\n\x01", self.public)[:4]
        self.since = since

    def file(self, name, raw):
        path = os.path.join(self.directory, name)
        with open(path, "wb") as out:
            out.write(raw)
        return path

    def append_named(self, at, body, people=None):
        salted = b"c" * 32 + body
        seq = self.append(at, AUDIT, sha256(b"connex/content/v1", salted), form=b"\x03")
        self.entries[seq]["content"] = base64_of(salted)
        if people is not None:
            self.entries[seq]["people"] = people
        return seq

    def append(self, at, record_class, body, policy=1, form=b"\x01"):
        seq = len(self.entries)
        header = form + b"".join(map(varint, (seq, at, record_class, policy)))
        salt = sha256(b"salt", bytes([seq]))
        commit = sha256(b"connex/commit/v1", salt, struct.pack(">Q", len(header)), header,
                        struct.pack(">Q", len(body)), body)
        leaf = struct.pack(">BQQBI", 1, seq, at // HOUR * 3600, record_class, policy) + commit
        self.entries.append({"seq": seq, "leaf": leaf.hex(), "salt": base64_of(salt), "header": base64_of(header),
                             "body": base64_of(body)})
        return seq

    def remove(self, at, first, last, name, policy="", ordinal=1, reason="retention"):
        hashes = self.hashes()[first:last + 1]
        details = (("reason", reason), ("class", name), ("entries", f"{first}-{last}"),
                   ("count", str(last - first + 1)), ("digest", sha256(*hashes).hex()), ("holds", "none"))
        record = self.append(at, RECORD, content("audit.delete", "e-1" if reason == "erasure" else "", (), details,
                                                 policy), ordinal)
        for seq in range(first, last + 1):
            self.entries[seq] = {"seq": seq, "leaf": self.entries[seq]["leaf"], "deletion": record}
        return record

    def hashes(self, size=None):
        return [sha256(b"\x00", bytes.fromhex(entry["leaf"])) for entry in self.entries[:size]]

    def sign(self, words):
        raw = openssl("pkeyutl", "-sign", "-inkey", self.key, "-rawin", "-in", self.file("words", words.encode()))
        return f"{words}\n\u2014 {self.name} {base64_of(self.key_id + raw)}\n"

    def checkpoint(self, size):
        return self.sign(f"{self.origin}\n{size}\n{base64_of(root_of(self.hashes(size)))}\n")

    def proven(self, seq, size):
        return {**self.entries[seq], "path": [step.hex() for step in path_to(seq, self.hashes(size))]}

    def growth(self, size1, size2):
        return [step.hex() for step in growth(size1, self.hashes(size2))]

    def pack(self, size=None, seqs=None, **more):
        size = size or len(self.entries)
        entries = [self.proven(seq, size) for seq in (range(size) if seqs is None else seqs)]
        records = sorted({entry["deletion"] for entry in entries if entry.get("deletion", size) < size})
        words = f"connex/key/v1\n{self.origin}\n1\n0\n{self.since}\n{base64_of(self.public)}\n"
        return {"format": "connex-evidence/1", "origin": self.origin,
                "keys": [{"epoch": 1, "seq": 0, "endorsement": self.sign(words),
                          "verifier": f"{self.name}+{self.key_id.hex()}+{base64_of(bytes([1]) + self.public)}"}],
                "checkpoint": self.checkpoint(size), "size": size, "entries": entries,
                "deletions": [self.proven(record, size) for record in records], "count": len(entries), "later": [],
                "scope": {"from": entries[0]["seq"], "to": entries[-1]["seq"]}, "policies": [], **more}

    def later(self, size, records):
        end = len(self.entries)
        return {"checkpoint": self.checkpoint(end), "size": end, "path": self.growth(size, end),
                "deletions": [self.proven(record, end) for record in records]}


class MadeByHand(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.log = Log(directory.name)

    def test_times(self):
        for at in (START, START, START + 5 * HOUR):
            self.log.append(at, AUDIT, content("visit.book"))
        self.assertEqual(verifier.verify(self.log.pack())[0], [])
        self.log.append(START + 4 * HOUR, AUDIT, content("visit.book"))
        self.assertEqual(verifier.verify(self.log.pack())[0], ["entry 3: it is out of order in time"])
        self.log.append(START - 1, AUDIT, content("visit.book"))
        self.assertEqual(verifier.verify(self.log.pack(seqs=[4]))[0], ["entry 4: its time is not in the epoch of its key"])

    def test_times_of_what_has_gone(self):
        for at in (START + 1, START + 2 * HOUR + 1, START + 2 * HOUR + 5):
            self.log.append(at, AUDIT, content("visit.book"))
        self.log.since = START + 1
        self.log.remove(START + 2 * HOUR + 9, 0, 1, "audit", reason="erasure")
        self.assert_told(self.log.pack(), verified=2, removed=2)
        self.log.since = START + HOUR
        self.assertEqual(verifier.verify(self.log.pack(seqs=[0]))[0], ["entry 0: its time is not in the epoch of its key"])


    def test_what_went_after_the_checkpoint(self):
        for second in range(5):
            self.log.append(START + second, AUDIT, content("visit.book"))
        record = self.log.remove(START + HOUR, 1, 2, "audit", reason="erasure")
        self.log.append(START + HOUR, AUDIT, content("visit.book"))
        pack = self.log.pack(4, later=[self.log.later(4, [record])])
        self.assert_told(pack, removed=2, verified=2)
        self.assertEqual(verifier.verify(self.log.pack(4))[0],
                         ["entry 1: it has gone without a record", "entry 2: it has gone without a record"])
        for path in leaves(pack["later"]):
            changed = copy.deepcopy(pack)
            value = at(changed["later"], path)
            at(changed["later"], path[:-1])[path[-1]] = value + 1 if isinstance(value, int) else "A" + value[1:-3] + "ABA"
            with self.subTest(path=path):
                self.assertNotEqual(verifier.verify(changed)[0], [])

    def test_removed_too_early(self):
        names = {AUDIT: "audit", CONSENT: "consent_attestation"}
        for record_class, years in ((AUDIT, 3), (CONSENT, 7)):
            for days, lawful in ((years * 366, True), (years * 365 - 2, False), (0, False)):
                with self.subTest(record_class=record_class, days=days):
                    log = Log(self.log.directory)
                    log.append(START, record_class, content("visit.accept", policy=DIGEST))
                    log.remove(START + days * 24 * HOUR, 0, 0, names[record_class], DIGEST)
                    pack = log.pack(policies=[{"ordinal": 1, "document": DOCUMENT}])
                    if lawful:
                        self.assert_told(pack, verified=1, removed=1)
                    else:
                        faults, counts = verifier.verify(pack)
                        self.assertEqual(faults, ["entry 0: it was removed too early for its class"])
                        self.assertEqual(counts["removed too early"], 1)

    def test_policies_that_nothing_tells_of_excuse_and_accuse_nobody(self):
        self.log.append(START, CONSENT, content("visit.accept", policy=DIGEST))
        self.log.remove(START + 9, 0, 0, "consent_attestation", DIGEST, 2)
        lax = DOCUMENT.replace('"count": 7', '"count": 0')
        for first in (lax, DOCUMENT):
            policies = [{"ordinal": 1, "document": first}, {"ordinal": 2, "document": DOCUMENT}]
            self.assert_told(self.log.pack(policies=policies), verified=1, **{"not judged": 1})
        other = [{"ordinal": 1, "document": DOCUMENT}, {"ordinal": 2, "document": lax}]
        self.assertEqual(verifier.verify(self.log.pack(policies=other))[0], ["policy 2 is another one"])

    def test_policies_left_out(self):
        self.log.append(START, CONSENT, content("visit.accept", policy=DIGEST))
        self.log.remove(START + 9, 0, 0, "consent_attestation", DIGEST, 2)
        for policies in ([], [{"ordinal": 1, "document": DOCUMENT}], [{"ordinal": 2, "document": DOCUMENT}]):
            self.assertTrue(any("policies are left out" in fault
                                for fault in verifier.verify(self.log.pack(policies=policies))[0]))

    def test_content_that_went_without_a_record(self):
        for second in range(3):
            self.log.append(START + second, AUDIT, content("visit.book"))
        self.log.entries[1] = {name: self.log.entries[1][name] for name in ("seq", "leaf")}
        faults, counts = verifier.verify(self.log.pack())
        self.assertEqual((faults, counts["verified"]), (["entry 1: it has gone without a record"], 2))

    def test_left_out(self):
        for at in range(6):
            self.log.append(START + at, AUDIT, content("visit.book", subjects=["dr-1"], visit="v-1"))
        pack = self.log.pack(seqs=[1, 2, 3, 4])
        self.assert_told(pack, verified=4)
        for keep in ([1, 2, 4], [1, 2, 3], [2, 3, 4], []):
            changed = {**pack, "entries": [entry for entry in pack["entries"] if entry["seq"] in keep]}
            for count in (4, len(keep)):
                with self.subTest(keep=keep, count=count):
                    self.assertNotEqual(verifier.verify({**changed, "count": count})[0], [])
        for scope in ({}, {"from": 1}, {"to": 4}, {"visit": "v-2"}, {"principal": "dr-2"}, {"visit": "v-1", "from": 2},
                      {"principal": "dr-1", "to": 3}, {"visit": "v-1", "principal": "dr-1"}, None):
            with self.subTest(scope=scope):
                self.assertNotEqual(verifier.verify({**pack, "scope": scope})[0], [])
        self.assertEqual(verifier.verify({**pack, "scope": {"from": 2, "to": 5}})[0], ["entries are left out"])
        self.assertNotEqual(verifier.verify({**pack, "scope": {"visit": "v-1"}, "count": 5})[0], [])
        for scope in ({"visit": "v-1"}, {"principal": "dr-1", "from": 1, "to": 4}):
            self.assertIn("that none is left out is not proven", verifier.verify({**pack, "scope": scope})[1]["scope"])

    def test_people(self):
        doctor, other = person("dr-1"), person("mr-1", b"t" * 32)
        tokens = [doctor["token"], other["token"]]
        body = named(tokens, 2, 0, [1, 2])
        self.log.append_named(START, body, [doctor, other])
        pack = self.log.pack()
        entry = verifier.Entry(pack["entries"][0], 1, root_of(self.log.hashes()))
        self.assertEqual((entry.content["actor"], entry.content["object"], entry.content["subjects"],
                          entry.content["details"]), ("mr-1", "v-1", ["dr-1", "mr-1"], {"account": "dr-1 erased"}))
        self.assert_told(pack, verified=1)

        def told(people, scope=None, body=body):
            log = Log(self.log.directory)
            log.append_named(START, body, people)
            return verifier.verify(log.pack(**({"scope": scope} if scope else {})))[0]

        self.assertEqual(told([other], {"visit": "v-1"}), [])  # the doctor was unlinked
        self.assertEqual(told(None, {"principal": "~" + tokens[0]}), [])
        self.assertEqual(told([other], {"principal": "mr-1"}), [])
        self.assertNotEqual(told([other], {"principal": "dr-1"}), [])
        for wrong in ({**doctor, "id": "dr-2"}, {**doctor, "salt": base64_of(b"u" * 32)}, {**doctor, "salt": ""},
                      {**doctor, "token": tokens[1]}, {"token": tokens[0], "id": "dr-1"}, person("dr-2"), None, "dr-1"):
            with self.subTest(wrong=wrong):
                self.assertNotEqual(told([wrong, other]), [])
        for people in ({}, "dr-1", 1):
            self.assertNotEqual(told(people), [])
        amid = {**entry.content, "details": {"account": "of dr-1 erased"}}
        self.assertEqual(verifier.read_content(named(tokens, 2, 0, [1, 2], ("of  erased", 3)), 2,
                                               {doctor["token"]: "dr-1", other["token"]: "mr-1"}), amid)
        for numbers in ((3, 0, [1]), (1, 3, [1]), (1, 0, [3]), (1, 0, [0]), (2, 0, [1], (" erased", 8))):
            with self.subTest(numbers=numbers):
                self.assertNotEqual(told([doctor, other], body=named(tokens, *numbers)), [])

    def assert_told(self, pack, **expected):
        faults, counts = verifier.verify(pack)
        counts.pop("scope", None)
        self.assertEqual((faults, {what: count for what, count in counts.items() if count}), ([], expected))


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

    def verify(self, *args, **how):
        return subprocess.run([sys.executable, str(VERIFIER), *args], capture_output=True, text=True, timeout=300, **how)

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
        self.assertEqual(done.stdout, f"entries 0 to {content['size'] - 1} of a log of {content['size']}\n{content['size']} verified, 0 removed, 0 faults\n")
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

    def test_what_went_lawfully(self):
        """Access logs go by their period and a person's entries by an erasure, after a checkpoint and before it."""
        store = os.path.join(self.directory.name, "gone.db")

        def run(day, *commands):
            lines = "".join(json.dumps({"command": command, "actor": actor, "at": day + "T10:00:00+05:30", "args": args})
                            + "\n" for command, actor, args in commands)
            done = connex("run", "--db", store, "--json", input=lines)
            self.assertEqual(done.returncode, 0, done.stdout)
            return [json.loads(line)["result"] for line in done.stdout.splitlines()]

        run("2026-11-23", *(("principal.register", "system", {"id": name, "role": role, "name": "N", "adult_attested": True})
                            for name, role in (("dr", "doctor"), ("dpo", "data_protection_officer"))),
            ("principal.view", "dr", {"subject": "dr", "purpose": "service_delivery"}))
        kept = run("2026-11-24", ("audit.checkpoint", "dpo", {}))[0]
        run("2029-12-01", ("retention.sweep", "system", {}))
        run("2029-12-02", ("rights.submit", "dr", {"id": "e", "kind": "erasure", "principal": "dr", "channel": "in_app",
                                                   "details": {}}),
            ("rights.verify_identity", "dpo", {"id": "e", "evidence": "seen"}), ("rights.resolve", "dpo", {"id": "e"}))
        past, now = run("2029-12-02", ("audit.export", "dpo", {"size": kept["size"]}), ("audit.export", "dpo", {}))
        self.assertEqual((len(past["later"]), past["deletions"], now["later"]), (1, [], []))
        for pack in (past, now):
            faults, counts = verifier.verify(pack)
            self.assertEqual((faults, counts["not judged"], counts["removed too early"]), ([], 0, 0))
            self.assertGreater(counts["removed"], 0)
            self.assertEqual([policy["ordinal"] for policy in pack["policies"]], [1])
        self.assertNotEqual(verifier.verify({**past, "later": []})[0], [])

    def test_a_pack_that_is_none(self):
        for text in ("{}", "[]", "null", '{"format": "connex-evidence/1"}'):
            done = self.verify(self.file("none.json", text))
            self.assertEqual((done.returncode, done.stderr), (1, ""), text)

    def test_nothing_can_be_said(self):
        pack = self.export("--visit", "v-0")
        odd = self.raw_file(b"\xff\xfe")
        for args in (["none-such.json"], [odd], [self.directory.name], [pack, "--earlier", "none-such.txt"],
                     [pack, "--earlier", odd], [self.file("cut.json", '{"format":')]):
            with self.subTest(args=args):
                self.expect_unable(self.verify(*args))
        self.expect_unable(self.verify(pack, env={"PATH": ""}))
        self.assertEqual(self.verify(pack).returncode, 0)

    def raw_file(self, raw):
        path = os.path.join(self.directory.name, "odd")
        with open(path, "wb") as out:
            out.write(raw)
        return path

    def expect_unable(self, done):
        self.assertEqual((done.returncode, done.stdout, done.stderr.count("\n")), (2, "", 1), done.stderr)


if __name__ == "__main__":
    unittest.main()
