#!/usr/bin/env python3
"""Verifies an evidence pack of Connex with the Python standard library and the `openssl` command: nothing of ours.

    verify_evidence.py PACK.json [--key VERIFIER]... [--earlier CHECKPOINT.txt]

PACK.json is the result of `audit.export` (or the whole answer), as `connex audit export` writes it. `--key` is the verifier of the log's first key as it
was told by another way; without it the pack only proves that it agrees with itself. Each that is given must be among the
keys of the pack: whoever knows later ones gives them too. `--earlier` is a checkpoint
kept from an earlier time: the pack must contain the proof (`since`) that the log only grew from there.

A key that only signed for itself follows one that was lost. That is a break of continuity and a fault, unless its
verifier was told by another way too, by a `--key` of its own.

An entry whose content has lawfully gone is proven to have stood in the log, and to be covered by a deletion record
of its class that stands in the log after it, under a later checkpoint where it went after the pack's own. What went because its period was over is
held against the period and the legal floors of the policies that the pack carries: "removed too early" where none of them let
it go. They count where an entry of the pack tells of them; where it does not for each, the removal is told as "not judged".
Whether an erasure was asked for is for the reader of its record: it names the request and the time.

In an entry tokens stand for people. For whom, the pack says under `people`, with the salt that bears it out: no token stands
for two. Whoever was unlinked by an erasure stands there as `~` and the token; the event itself verifies like any other.

A pack says what was asked for. Of a range of entries none can be left out unnoticed. That no entry about a visit or a
person was left out is not proven: that takes the whole range.

Exit code 0: everything verifies. 1: something does not; each fault is one line. 2: nothing can be said, because a
file cannot be read or `openssl` cannot be run.
"""

import argparse
import base64
import datetime
import hashlib
import json
import os
import struct
import subprocess
import sys
import tempfile

MAX_PACK = 1 << 30
CLASSES = ("account communication billing audit consent_attestation call_metadata recording document "
           "verification_document usage device access_log location analytics_aggregate").split()
HOUR = 3_600_000_000  # microseconds
DAY = 24 * HOUR
NEVER = 1 << 63
EPOCH = datetime.date(1970, 1, 1)
KEPT_WITH_LOG = 255  # stands for the class of a deletion record


class Fault(Exception):
    """What does not verify."""


class Unable(Exception):
    """Why nothing can be said."""


def need(condition, what):
    if not condition:
        raise Fault(what)


def is_number(value):
    return isinstance(value, int) and not isinstance(value, bool)


def once(pairs):
    """An object none of whose names comes twice."""
    need(len({name for name, _ in pairs}) == len(pairs), "a name comes twice")
    return dict(pairs)


def sha256(*parts):
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.digest()


def utf8(text):
    """JSON can name halves of characters, which no text has."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise Fault("text is not Unicode") from None


def number(digits):
    need(digits.isascii() and digits.isdecimal() and len(digits) < 20 and str(int(digits)) == digits,
         "a number is malformed")
    return int(digits)


def unbase64(text):
    try:
        raw = base64.b64decode(text, validate=True)
    except (ValueError, TypeError):
        raise Fault("malformed base64") from None
    need(base64.b64encode(raw).decode() == text, "base64 of more than one form")
    return raw


def unhex(text, size):
    try:
        raw = bytes.fromhex(text)
    except (ValueError, TypeError):
        raise Fault("malformed hexadecimal") from None
    need(len(raw) == size and raw.hex() == text, "hexadecimal of the wrong length")
    return raw


def ed25519(public, message, signature):
    """Asks openssl whether `signature` is `public`'s over `message`."""
    der = bytes.fromhex("302a300506032b6570032100") + public
    with tempfile.TemporaryDirectory() as folder:
        names = [os.path.join(folder, name) for name in ("key", "message", "signature")]
        for name, content in zip(names, (der, message, signature)):
            with open(name, "wb") as file:
                file.write(content)
        try:
            done = subprocess.run(
                ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", names[0], "-rawin",
                 "-in", names[1], "-sigfile", names[2]], capture_output=True, check=False)
        except OSError as error:
            raise Unable(f"the command openssl cannot be run: {error.strerror}") from None
    return done.returncode == 0


class Key:
    """One key of the chain: its verifier is `name+hash+base64(1 | key)`."""

    def __init__(self, row):
        need(isinstance(row, dict), "a key is malformed")
        self.verifier = row.get("verifier")
        need(isinstance(self.verifier, str) and self.verifier.count("+") >= 2, "a verifier is malformed")
        self.name, self.hash, rest = self.verifier.split("+", 2)
        raw = unbase64(rest)
        need(len(raw) == 33 and raw[0] == 1, "a key is not of Ed25519")
        self.public = raw[1:]
        self.id = sha256(utf8(self.name), b"\n", raw)[:4]
        need(self.hash == self.id.hex(), "a key does not have its hash")
        self.epoch, self.seq, self.endorsement = row.get("epoch"), row.get("seq"), row.get("endorsement")
        need(is_number(self.epoch) and is_number(self.seq), "a key is malformed")
        self.since = 0  # microseconds; as its endorsement tells

    def open_note(self, note):
        """The text of a note that this key signed."""
        need(isinstance(note, str), "a note is malformed")
        text, blank, signatures = note.rpartition("\n\n")
        need(blank, "a note has no signatures")
        text += "\n"
        for line in signatures.splitlines():
            need(line.startswith("\u2014 ") and line.count(" ") == 2, "a signature is malformed")
            _, name, encoded = line.split(" ")
            raw = unbase64(encoded)
            if name == self.name and raw[:4] == self.id:
                need(ed25519(self.public, utf8(text), raw[4:]), "a signature is wrong")
                return text
        raise Fault("a note is not signed by the key of its time")


def read_keys(pack, expected, faults):
    """The origin and the keys; breaks of continuity go to the faults."""
    rows = pack.get("keys")
    need(isinstance(rows, list) and rows, "the pack has no keys")
    keys = [Key(row) for row in rows]
    origin = "connex/" + keys[0].public[:8].hex()
    need(pack.get("origin") == origin, "the origin is not that of the first key")
    if expected:
        need(keys[0].verifier in expected, "the first key is not the one that was told")
        need(set(expected) <= {key.verifier for key in keys}, "a key that was told is not among those of the pack")
    for place, key in enumerate(keys, 1):
        need(key.epoch == place and key.name == f"{origin}/{place}", "the keys are out of order")
        before = keys[max(place - 2, 0)]  # the first signs for itself
        need(place == 1 or key.seq > before.seq, "the keys are out of order")
        try:
            text = before.open_note(key.endorsement)
        except Fault:
            text = key.open_note(key.endorsement)
            if key.verifier not in expected:
                faults.append(f"key {place}: a break of continuity at entry {key.seq}: no key before it signed for it")
        lines = text.split("\n")
        need(len(lines) == 7 and lines[6] == "" and lines[:4] == ["connex/key/v1", origin, str(place), str(key.seq)]
             and unbase64(lines[5]) == key.public, f"key {place} is not endorsed by the key before it")
        key.since = number(lines[4])
        need(key.since >= before.since, "the keys are out of order in time")
    return origin, keys


def open_checkpoint(note, origin, keys):
    """(size, root) of a checkpoint that the key of its time signed."""
    need(isinstance(note, str), "the checkpoint is malformed")
    lines = note.split("\n")
    need(len(lines) > 3 and lines[0] == origin, "the checkpoint is not of this log")
    size = number(lines[1])
    fitting = [key for i, key in enumerate(keys)
               if (i == 0 or size > key.seq) and (i + 1 == len(keys) or size <= keys[i + 1].seq)]
    need(len(fitting) == 1, "no key signs at this size")
    fitting[0].open_note(note)
    root = unbase64(lines[2])
    need(len(root) == 32, "the checkpoint is malformed")
    return size, root


def node(left, right):
    return sha256(b"\x01", left, right)


def inclusion_root(index, size, leaf, path):
    """RFC 9162, 2.1.3.2."""
    need(0 <= index < size, "the entry is not in the tree")
    first, last, hashed = index, size - 1, leaf
    for step in path:
        need(last > 0, "a proof is too long")
        if first & 1 or first == last:
            hashed = node(step, hashed)
            while not first & 1 and first:
                first >>= 1
                last >>= 1
        else:
            hashed = node(hashed, step)
        first >>= 1
        last >>= 1
    need(last == 0, "a proof is too short")
    return hashed


def check_consistency(size1, size2, root1, root2, path):
    """RFC 9162, 2.1.4.2."""
    need(0 < size1 <= size2, "the sizes are out of order")
    if size1 == size2:
        need(not path and root1 == root2, "the log is not the earlier one")
        return
    path = list(path)
    if size1 & (size1 - 1) == 0:
        path.insert(0, root1)
    need(path, "the proof of growth is too short")
    first, last = size1 - 1, size2 - 1
    while first & 1:
        first >>= 1
        last >>= 1
    one = two = path[0]
    for step in path[1:]:
        need(last > 0, "the proof of growth is too long")
        if first & 1 or first == last:
            one, two = node(step, one), node(step, two)
            while not first & 1 and first:
                first >>= 1
                last >>= 1
        else:
            two = node(two, step)
        first >>= 1
        last >>= 1
    need(last == 0 and one == root1 and two == root2, "the log does not continue the earlier one")


class Reader:
    """The canonical encoding: a version, then fields in their order; numbers in base 128, shortest form."""

    def __init__(self, raw, versions=(1,)):
        need(raw[:1] and raw[0] in versions, "content of an unknown version")
        self.version, self.raw, self.at = raw[0], raw, 1

    def number(self):
        value = shift = 0
        while True:
            need(self.at < len(self.raw) and shift <= 63, "content is cut short")
            byte = self.raw[self.at]
            self.at += 1
            value |= (byte & 127) << shift
            if byte < 128:
                need(byte or not shift, "a number is not in its shortest form")
                need(value < 1 << 64, "a number is too large")
                return value
            shift += 7

    def take(self, size):
        need(size <= len(self.raw) - self.at, "content is cut short")
        self.at += size
        return self.raw[self.at - size:self.at]

    def text(self):
        try:
            return self.take(self.number()).decode()
        except UnicodeDecodeError:
            raise Fault("text is not UTF-8") from None

    def texts(self):
        count = self.number()
        need(count <= len(self.raw), "content is cut short")
        return [self.text() for _ in range(count)]

    def facts(self):
        count = self.number()
        need(count <= 4 * len(self.raw), "content is cut short")
        packed = self.take((count + 3) // 4)
        codes = [packed[i // 4] >> i % 4 * 2 & 3 for i in range(count)]
        need(3 not in codes, "a fact is none of three")
        return [(None, False, True)[code] for code in codes]

    def finish(self):
        need(self.at == len(self.raw), "content goes on")


def read_content(raw, version, people):
    """What an entry says. In version 2 tokens stand for people: `people` says for whom, as far as the pack tells."""
    reader = Reader(raw, versions=(version,))
    named = reader.texts() if version == 2 else []
    need(people.keys() <= set(named), "people are told whom the entry does not name")
    tokens = [people.get(token, "~" + token) for token in named]

    def person(least):
        number = reader.number() if version == 2 else 0
        need(least <= number <= len(tokens), "content names somebody who is not in it")
        return tokens[number - 1] if number else None

    def value():
        who, text = person(0), reader.text()
        if who is None:
            return text
        rest, at = text.encode(), reader.number()
        need(at <= len(rest), "content names somebody beyond a text")
        return (rest[:at] + utf8(who) + rest[at:]).decode(errors="replace")

    content = {"actor": value()}
    content["role"], content["command"] = reader.text(), reader.text()
    content["object"], content["visit"] = value(), reader.text()
    content["subjects"] = ([person(1) for _ in range(min(reader.number(), len(raw)))] if version == 2
                           else reader.texts())
    content["rule"] = reader.text()
    content["effect"] = reader.number()
    content["facts"] = reader.facts()
    content["outcome"], content["policy"] = reader.text(), reader.text()
    content["details"] = {reader.text(): value() for _ in range(min(reader.number(), len(raw)))}
    reader.finish()
    return content


def read_people(rows):
    """Whom tokens stand for: a token is a hash of the id and of a salt that the log's keeper keeps for as long as it may."""
    need(isinstance(rows, list), "the list of people is malformed")
    people = {}
    for row in rows:
        need(isinstance(row, dict) and isinstance(row.get("id"), str), "somebody in the list of people is malformed")
        digest = sha256(b"connex/person/v1", unbase64(row.get("salt")), utf8(row["id"]))
        token = base64.urlsafe_b64encode(digest[:24]).decode()
        need(len(unbase64(row["salt"])) == 32 and row.get("token") == token, "a token stands for somebody else")
        people[token] = row["id"]
    return people


class Entry:
    """An entry that stands in the log; without content where that has gone."""

    def __init__(self, entry, size, root):
        need(isinstance(entry, dict) and is_number(entry.get("seq")), "an entry is malformed")
        leaf = unhex(entry.get("leaf"), 54)
        version, self.seq, self.hour, self.record_class, self.policy, commit = struct.unpack(">BQQBI32s", leaf)
        need(version == 1 and self.seq == entry["seq"], "the leaf is another entry's")
        path = entry.get("path")
        need(isinstance(path, list), "the proof is malformed")
        self.leaf_hash = sha256(b"\x00", leaf)
        need(inclusion_root(self.seq, size, self.leaf_hash, [unhex(h, 32) for h in path]) == root,
             "the entry is not in the log")
        self.content, self.form = None, None
        self.least = self.hour * 1_000_000  # of its time, in microseconds; without content the hour is all there is
        self.most = self.least + HOUR - 1
        self.deletion = entry.get("deletion")
        if self.deletion is not None or "salt" not in entry:
            need((self.deletion is None or is_number(self.deletion))
                 and not {"salt", "header", "body", "content", "people"} & entry.keys(),
                 "an entry is both there and gone")
            return
        salt, header, body = (unbase64(entry.get(name)) for name in ("salt", "header", "body"))
        need(len(salt) == 32, "the salt is malformed")
        need(sha256(b"connex/commit/v1", salt, struct.pack(">Q", len(header)), header,
                    struct.pack(">Q", len(body)), body) == commit, "the content is not what the leaf commits to")
        reader = Reader(header, versions=(1, 2, 3))
        seq, at, record_class, policy = (reader.number() for _ in range(4))
        reader.finish()
        need(seq == self.seq and at // HOUR * 3600 == self.hour and record_class == self.record_class
             and policy == self.policy, "header and leaf differ")
        self.least, self.most, self.form = at, at, reader.version
        if reader.version == 1:  # it is about nobody: the body is the content
            need(not {"content", "people"} & entry.keys(), "an entry has two contents")
            self.content = read_content(body, 1, {})
            return
        salted = unbase64(entry.get("content"))  # as it was opened for this pack; at rest it is sealed
        need(len(salted) > 32 and sha256(b"connex/content/v1", salted) == body,
             "the content is not what the body commits to")
        self.content = read_content(salted[32:], reader.version - 1, read_people(entry.get("people", [])))


def read_ranges(text):
    """"3-5,9" as [(3, 5), (9, 9)]."""
    ranges, least = [], 0
    for part in text.split(","):
        first, dash, last = part.partition("-")
        first = number(first)
        last = number(last) if dash else first
        need(least <= first <= last, "a list of entries is out of order")
        ranges.append((first, last))
        least = last + 1
    return ranges


class Deletion:
    """What a deletion record says has gone."""

    def __init__(self, entry):
        content = entry.content
        need(content is not None and content["command"] == "audit.delete" and entry.record_class == KEPT_WITH_LOG,
             "it is no deletion record")
        details = content["details"]
        self.seq, self.at, self.policy, self.request = entry.seq, entry.least, entry.policy, content["object"]
        self.reason, self.rule = details.get("reason"), content["rule"]
        need(self.reason in ("retention", "erasure") and (self.request or self.reason == "retention"),
             "a deletion record gives no reason")
        need(details.get("class") in CLASSES, "a deletion record is malformed")
        self.record_class = CLASSES.index(details["class"])
        self.ranges = read_ranges(details.get("entries", ""))
        self.digest = details.get("digest")
        need(details.get("count") == str(sum(last - first + 1 for first, last in self.ranges)),
             "a deletion record does not count what it lists")

    def covers(self, entry):
        return (entry.seq < self.seq and entry.record_class == self.record_class
                and any(first <= entry.seq <= last for first, last in self.ranges))

    def check_digest(self, gone):
        """Where the pack holds all of the leaves that went, they are those that the record was made over."""
        numbers = [seq for first, last in self.ranges for seq in range(first, last + 1)] \
            if sum(last - first + 1 for first, last in self.ranges) <= len(gone) else []
        if numbers and all(seq in gone for seq in numbers):
            need(sha256(*(gone[seq].leaf_hash for seq in numbers)).hex() == self.digest,
                 f"deletion record {self.seq} was made over other entries")


def each(rows, what, size, root, faults):
    """The sound entries among rows."""
    need(isinstance(rows, list), f"the pack has no {what}")
    sound, before = [], -1
    for row in rows:
        try:
            entry = Entry(row, size, root)
            need(entry.seq > before, "the entries are out of order")
            before = entry.seq
            sound.append(entry)
        except Fault as fault:
            seq = row.get("seq") if isinstance(row, dict) else None
            faults.append(f"entry {seq if is_number(seq) else '?'}: {fault}")
    return sound


class Periods:
    """How long a policy pack, by its document, keeps what began at some time."""

    def __init__(self, document):
        try:
            pack = json.loads(document, object_pairs_hook=once)
            self.offset = int(pack["time_zone"]["offset_minutes"]) * HOUR // 60
            self.rules = {rule["class"]: (rule["period"], rule["rounding"] == "late") for rule in pack["retention"]}
            self.floors = [floor for floor in pack["legal_floors"] if floor["enabled"]]
            for name in CLASSES:
                self.lets_go(name, 0, NEVER)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise Fault("a policy is malformed") from None

    def day(self, text, otherwise):
        """When a day begins."""
        if text is None:
            return otherwise
        return (datetime.date.fromisoformat(text) - EPOCH).days * DAY - self.offset

    def over(self, begin, period, late):
        """When a period from `begin` on is over."""
        count, unit = period["count"], period["unit"]
        need(is_number(count), "a policy is malformed")
        local = begin + self.offset
        if unit == "unlimited":
            return NEVER
        if unit == "days":
            return (local // DAY + count + 1) * DAY - self.offset if late else begin + count * DAY
        try:
            day = EPOCH + datetime.timedelta(days=local // DAY)
            if unit == "fiscal_years":  # to a 31 March, which still counts
                last, late = datetime.date(day.year + (day.month > 3) + count, 3, 31), True
            else:
                months = day.month - 1 + count * {"months": 1, "years": 12}[unit]
                first = datetime.date(day.year + months // 12, months % 12 + 1, 1)
                following = datetime.date(first.year + first.month // 12, first.month % 12 + 1, 1)
                last = first + datetime.timedelta(days=day.day - 1)
                if last >= following:  # there is no such day
                    last = following if late else following - datetime.timedelta(days=1)
        except (OverflowError, ValueError):
            return NEVER  # beyond the calendar
        return ((last - EPOCH).days + late) * DAY - self.offset

    def lets_go(self, name, begin, when):
        """Whether what began at `begin` may go at `when` because its period is over and no law keeps it."""
        period, late = self.rules[name]
        return self.over(begin, period, late) <= when and not any(
            self.day(floor["from"], 0) <= when
            < min(self.day(floor["until"], NEVER), self.over(begin, floor["period"], True))
            for floor in self.floors if name in floor["classes"])


class Policies:
    """Those of a pack of which its entries tell: a leaf tells a policy's number, its content the digest."""

    def __init__(self, rows, entries):
        need(isinstance(rows, list), "the pack has no policies")
        told = {(entry.policy, entry.content["policy"]) for entry in entries
                if entry.content is not None and entry.content["policy"]}
        self.known, self.count, before = {}, len(rows), 0
        for row in rows:
            need(isinstance(row, dict) and is_number(row.get("ordinal")) and isinstance(row.get("document"), str),
                 "a policy is malformed")
            need(row["ordinal"] == before + 1, "policies are left out")
            before, document = row["ordinal"], utf8(row["document"])
            digests = {digest for ordinal, digest in told if ordinal == before}
            need(digests <= {"sha256:" + sha256(document).hex()}, f"policy {before} is another one")
            if digests:
                self.known[before] = Periods(document)

    def judge(self, entry, record):
        """Whether the entry could go when it did; None where a policy is not known that might have let it."""
        if record.reason != "retention":
            return True
        name = CLASSES[entry.record_class]
        numbers = range(1, record.policy + 1)
        known = [self.known[number] for number in numbers if number in self.known]
        if any(one.lets_go(name, entry.least, record.at) for one in known):
            return True
        return False if known and len(known) == len(numbers) else None


def check_scope(pack, entries):
    """That the entries are those that the pack says were asked for."""
    scope, rows = pack.get("scope"), pack["entries"]
    need(isinstance(scope, dict) and scope.keys() <= {"visit", "principal", "from", "to"}, "the pack has no scope")
    need(all(is_number(scope[name]) for name in ("from", "to") if name in scope), "the scope is malformed")
    need(is_number(pack.get("count")) and pack["count"] == len(rows), "the pack does not count its entries")
    numbers = [row.get("seq") if isinstance(row, dict) else None for row in rows]
    whose = [name for name in ("visit", "principal") if name in scope]
    if not whose:
        need({"from", "to"} <= scope.keys() and 0 <= scope["from"] <= scope["to"] + 1 and
             len(numbers) == scope["to"] - scope["from"] + 1
             and numbers == list(range(scope["from"], scope["to"] + 1)), "entries are left out")
        asked = f"entries {scope['from']} to {scope['to']}" if numbers else "no entries"
        return f"{asked} of a log of {pack['size']}"
    need(len(whose) == 1 and isinstance(scope[whose[0]], str), "the scope is malformed")
    for entry in entries:
        need(scope.get("from", 0) <= entry.seq <= scope.get("to", NEVER), f"entry {entry.seq}: it was not asked for")
        content = entry.content or {"visit": scope.get("visit"), "subjects": [scope.get("principal")]}
        need(content["visit"] == scope["visit"] if whose == ["visit"] else scope["principal"] in content["subjects"],
             f"entry {entry.seq}: it is about another {whose[0]}")
    name = "".join(c if c.isprintable() else "?" for c in scope[whose[0]])
    return f"entries about {whose[0]} {name}; that none is left out is not proven"


def read_later(row, size, root, origin, keys, faults):
    """Deletion records of after the pack's checkpoint, under a checkpoint that continues it."""
    need(isinstance(row, dict) and isinstance(row.get("path"), list), "a later checkpoint is malformed")
    later, later_root = open_checkpoint(row.get("checkpoint"), origin, keys)
    need(row.get("size") == later, "a later checkpoint is of another size")
    check_consistency(size, later, root, later_root, [unhex(h, 32) for h in row["path"]])
    return each(row.get("deletions"), "later deletion records", later, later_root, faults)


def check_forms(entries, faults):
    """Beyond the first entry in which tokens stand for people none lies open but of what the engine itself does."""
    first = min((entry.seq for entry in entries if entry.form == 3), default=NEVER)
    sums = min((entry.seq for entry in entries if entry.content and entry.content["command"] == "audit.sum"), default=NEVER)
    for entry in entries:
        if entry.content is None or entry.form == 3:
            continue
        command = entry.content["command"]
        if entry.seq > first and command != "audit.sum" and entry.record_class != KEPT_WITH_LOG:
            faults.append(f"entry {entry.seq}: it lies open")
        if command == "audit.sum" and (entry.seq > min(first, sums) or entry.content["details"].get("sums") == "taken out"):
            faults.append(f"entry {entry.seq}: the sums over the tables had been taken out: nothing vouches for rows of before")


def check_times(entries, keys, faults):
    """Time never falls along the log, and a key tells when its epoch began."""
    latest = 0
    for entry in sorted(entries, key=lambda entry: entry.seq):
        if entry.most < latest:
            faults.append(f"entry {entry.seq}: it is out of order in time")
        latest = max(latest, entry.least)
        if any(entry.seq >= key.seq and entry.most < key.since or entry.seq <= key.seq and entry.least > key.since
               for key in keys):
            faults.append(f"entry {entry.seq}: its time is not in the epoch of its key")


def read_pack(raw):
    """A pack from the bytes of its file."""
    try:
        return json.loads(raw.decode(), object_pairs_hook=once)
    except (ValueError, RecursionError, Fault) as error:
        raise Fault(f"the pack cannot be read: {error}") from None


def verify(pack, key=None, earlier=None):
    """Everything there is to say: (faults, counts)."""
    faults, counts = [], {"verified": 0, "removed": 0, "removed too early": 0, "not judged": 0}
    if isinstance(pack, dict) and isinstance(pack.get("result"), dict):
        pack = pack["result"]
    try:
        need(isinstance(pack, dict) and pack.get("format") == "connex-evidence/1", "not an evidence pack")
        origin, keys = read_keys(pack, [key] if isinstance(key, str) else key or [], faults)
        size, root = open_checkpoint(pack.get("checkpoint"), origin, keys)
        need(pack.get("size") == size, "the pack is of another size than its checkpoint")
        need(isinstance(pack.get("consistency", {}), dict), "the proof of growth is malformed")
        if earlier is not None:
            small, small_root = open_checkpoint(earlier, origin, keys)
            need("consistency" in pack and pack["consistency"].get("from") == small
                 and unhex(pack["consistency"].get("from_root"), 32) == small_root,
                 "no proof from the earlier checkpoint")
        growth = pack.get("consistency")
        if growth is not None:
            need(is_number(growth.get("from")) and isinstance(growth.get("path"), list),
                 "the proof of growth is malformed")
            check_consistency(growth["from"], size, unhex(growth.get("from_root"), 32), root,
                              [unhex(h, 32) for h in growth["path"]])
        entries = each(pack.get("entries"), "entries", size, root, faults)
        counts["scope"] = check_scope(pack, entries) + ("; the export goes on" if "next" in pack else "")
        deletions = each(pack.get("deletions"), "deletion records", size, root, faults)
        need(isinstance(pack.get("later"), list), "the pack has no list of later records")
        for row in pack["later"]:
            deletions += read_later(row, size, root, origin, keys, faults)
        check_times(entries + deletions, keys, faults)
        check_forms(entries, faults)
        policies = Policies(pack.get("policies"), entries + deletions)
        records = {}
        for entry in deletions:
            try:
                record = Deletion(entry)
                need(record.reason != "retention" or record.policy <= policies.count, "policies are left out")
                records[entry.seq] = record
            except Fault as fault:
                faults.append(f"entry {entry.seq}: {fault}")
    except Fault as fault:
        return faults + [str(fault)], counts
    gone = {}
    for entry in entries:
        if entry.content is not None:
            counts["verified"] += 1
        elif entry.deletion not in records or not records[entry.deletion].covers(entry):
            faults.append(f"entry {entry.seq}: it has gone without a record")
        else:
            gone[entry.seq] = entry
            lawful = policies.judge(entry, records[entry.deletion])
            counts["removed" if lawful else "not judged" if lawful is None else "removed too early"] += 1
            if lawful is False:
                faults.append(f"entry {entry.seq}: it was removed too early for its class")
    for record in records.values():
        try:
            record.check_digest(gone)
        except Fault as fault:
            faults.append(str(fault))
    return faults, counts


def read_file(name):
    try:
        with open(name, "rb") as file:
            return file.read(MAX_PACK)
    except OSError as error:
        raise Unable(f"{name}: {error.strerror}") from None


def unable(why):
    print(f"nothing verified: {why}", file=sys.stderr)
    return 2


def main():
    parser = argparse.ArgumentParser(description="Verifies an evidence pack of Connex.")
    parser.add_argument("pack")
    parser.add_argument("--key", action="append",
                        help="verifier of the log's first key, as told by another way; or of one that follows a lost one")
    parser.add_argument("--earlier", help="file with a checkpoint kept from an earlier time")
    options = parser.parse_args()
    try:
        pack = read_pack(read_file(options.pack))
        earlier = read_file(options.earlier).decode() if options.earlier else None
        faults, counts = verify(pack, options.key, earlier)
    except UnicodeDecodeError:
        return unable("the earlier checkpoint is not UTF-8")
    except (Fault, Unable) as error:
        return unable(error)
    for fault in faults:
        print(fault)
    if "scope" in counts:
        print(counts.pop("scope"))
    told = [f"{count} {what}" for what, count in counts.items() if count or what in ("verified", "removed")]
    print(", ".join(told + [f"{len(faults)} faults"]))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
