"""Mutates an evidence pack and hands it to the verifier: it answers with faults, and never with an exception; and it
never accepts a pack that tells another story.

    pack_fuzz.py PACK.json [--seconds 600] [--seed 1]

PACK.json is a sound pack, as `connex audit export` writes it. The test of the examples runs this for a moment;
pack_fuzz.cpp has libFuzzer look for the way through the verifier.
"""

import argparse
import copy
import importlib.util
import json
import pathlib
import random
import sys
import time

path = pathlib.Path(__file__).resolve().parents[2] / "examples" / "verify_evidence.py"
spec = importlib.util.spec_from_file_location("verify_evidence", path)
verifier = importlib.util.module_from_spec(spec)
spec.loader.exec_module(verifier)

# Signatures are checked by a command, which costs milliseconds: what it said of the same bytes is remembered.
known = {}
asked = verifier.ed25519


def ed25519(public, message, signature):
    key = (public, message, signature)
    if key not in known:
        if len(known) > 10_000:
            known.clear()
        known[key] = asked(public, message, signature)
    return known[key]


verifier.ed25519 = ed25519

JUNK = (None, True, False, 0, 1, -1, 2**31, 2**63, 2**64, 1e308, "", "\x00", "\ud800", "A", "AAAA", "=" * 5, [], {}, [[]], {"": {}}, "9" * 50)


def containers(value, out):
    if isinstance(value, dict):
        out.append(value)
        for item in value.values():
            containers(item, out)
    elif isinstance(value, list):
        out.append(value)
        for item in value:
            containers(item, out)
    return out


def mutate(pack, dice):
    for _ in range(dice.choice((1, 1, 1, 2, 5))):
        everything = containers(pack, [])
        if not everything or not (where := dice.choice(everything)):
            continue
        key = dice.choice(list(where)) if isinstance(where, dict) else dice.randrange(len(where))
        value, kind = where[key], dice.randrange(8)
        if kind == 0:
            where[key] = copy.deepcopy(dice.choice(JUNK))
        elif kind == 1:
            del where[key]
        elif kind == 2 and isinstance(value, str) and value:
            at = dice.randrange(len(value))
            where[key] = value[:at] + chr(ord(value[at]) ^ 1 << dice.randrange(7)) + value[at + 1:]
        elif kind == 3 and isinstance(value, str):
            at = dice.randrange(len(value) + 1)
            where[key] = value[:at] + value[at + dice.randrange(4):]
        elif kind == 4 and isinstance(value, int):
            where[key] = value + dice.choice((-1, 1, 256, -256))
        elif kind == 5:
            other = dice.choice(everything)
            if other:
                where[key] = copy.deepcopy(dice.choice(list(other.values()) if isinstance(other, dict) else other))
        elif kind == 6 and isinstance(where, list):
            where.insert(dice.randrange(len(where) + 1), copy.deepcopy(value))
        elif isinstance(where, list) and len(where) > 1:
            other = dice.randrange(len(where))
            where[key], where[other] = where[other], where[key]


def story(pack):
    """What a sound pack says: which entries were there with which content, and which had gone."""
    return {entry["seq"]: (entry["leaf"], entry.get("body"), entry.get("content"), entry.get("deletion"))
            for entry in pack["entries"]}


def people(pack):
    """For whom tokens stand in which entry, as far as the pack tells."""
    return {(entry["seq"], person["token"], person["id"]) for entry in pack["entries"] for person in entry.get("people", [])}


def check(pack, truth):
    """Whether the verifier accepts `pack`, which then tells nothing but `truth`."""
    accepted = not verifier.verify(pack)[0]
    if accepted:
        entries, known_people = truth
        for seq, told in story(pack.get("result", pack)).items():
            assert entries.get(seq) == told, seq
        assert people(pack.get("result", pack)) <= known_people
    return accepted


def fuzz(pack, seconds, seed):
    truth = story(pack), people(pack)
    assert check(pack, truth)
    dice, end, runs, accepted = random.Random(seed), time.monotonic() + seconds, 0, 0
    while time.monotonic() < end:
        mutant = copy.deepcopy(pack)
        mutate(mutant, dice)
        accepted += check(mutant, truth)
        runs += 1
    return runs, accepted


class Pack:
    """For pack_fuzz.cpp: the bytes of files, of which those of `raw` are a sound pack."""

    def __init__(self, raw):
        pack = verifier.read_pack(raw)
        self.truth = story(pack), people(pack)

    def run(self, raw):
        try:
            pack = verifier.read_pack(raw)
        except verifier.Fault:
            return
        check(pack, self.truth)

    def mutated(self, raw, seed):
        """Another pack, or nothing where the bytes are none."""
        try:
            pack = verifier.read_pack(raw)
            mutate(pack, random.Random(seed))
            return json.dumps(pack, separators=(",", ":")).encode()
        except (verifier.Fault, ValueError, IndexError):
            return b""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("pack")
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with open(options.pack, encoding="utf-8") as file:
        pack = json.load(file)
    runs, accepted = fuzz(pack, options.seconds, options.seed)
    print(f"{runs} packs, {accepted} of them still sound and telling the same story")


if __name__ == "__main__":
    sys.exit(main())
