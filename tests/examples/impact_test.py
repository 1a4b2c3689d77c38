"""What a draft of the policy would change for eight years of data, against a reckoning of its own: the facts are read
from the tables of the store, periods, laws and holds are counted here with the calendar of Python, and nothing of the
engine is asked but the log and the answer that is checked."""

import collections
import contextlib
import copy
import datetime
import json
import os
import pathlib
import pty
import re
import sqlite3
import subprocess
import sys
import tempfile
import unittest

CONNEX = os.environ["CONNEX"]
DATA = pathlib.Path(__file__).resolve().parents[2] / "examples" / "data"
sys.path.insert(0, str(DATA))
import eight_years  # noqa: E402

FOREVER = float("inf")
MICROS = 1_000_000
SCRATCH = "/dev/shm" if os.path.isdir("/dev/shm") else None


def tool(*args):
    done = subprocess.run([CONNEX, *args], capture_output=True, text=True, timeout=300)
    if done.returncode != 0:
        raise AssertionError(f"{args}: {done.stderr}")
    return done.stdout


# The algebra once more, in words: a record goes when its period is over, unless an erasure ended it sooner, and then
# no sooner than every law in force by then and every hold lets it go.


class Calendar:
    def __init__(self, pack):
        self.zone = datetime.timezone(datetime.timedelta(minutes=pack["time_zone"]["offset_minutes"]))

    def date(self, micros):
        return datetime.datetime.fromtimestamp(micros // MICROS, self.zone).date()

    def start(self, date):
        return int(datetime.datetime(date.year, date.month, date.day, tzinfo=self.zone).timestamp()) * MICROS

    def end(self, micros, period, late):
        """The first moment after a period that began at `micros`. A minimum includes its last day; a maximum in days ends
        at the time of day at which it began."""
        day, count = self.date(micros), period["count"]
        if period["unit"] == "unlimited":
            return FOREVER
        if period["unit"] == "fiscal_years":
            closes = day.year if day.month <= 3 else day.year + 1
            return self.start(datetime.date(closes + count, 4, 1))
        if period["unit"] == "days":
            if not late:
                return micros + count * 86_400 * MICROS
            last = day + datetime.timedelta(days=count)
        elif period["unit"] == "years":
            try:
                last = day.replace(year=day.year + count)
            except ValueError:  # 29 February
                last = datetime.date(day.year + count, 3, 1) if late else datetime.date(day.year + count, 2, 28)
        else:
            raise AssertionError(period)
        return self.start(last + datetime.timedelta(days=1 if late else 0))


class Kept:
    """What the store keeps and what is known of it."""

    def __init__(self, path):
        db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        db.row_factory = sqlite3.Row
        rows = lambda query: [dict(row) for row in db.execute(query)]
        self.people = {row["id"]: row for row in rows("select * from principals")}
        self.records = rows("select * from records")
        self.subjects = collections.defaultdict(list)
        for row in rows("select * from record_subjects"):
            self.subjects[row["record"]].append(row["principal"])
        self.threads = {row["thread"]: row["at"] for row in rows("select * from interactions")}
        holds = {row["id"]: row for row in rows("select * from holds")}
        self.holds = collections.defaultdict(list)
        for row in rows("select * from hold_scopes"):
            self.holds[row["kind"], row["target"]].append(holds[row["hold"]])
        self.sharings = rows("select * from sharings")
        waiting = rows("select id from rights_requests where kind = 'access' and status in ('received', 'verified')")
        assert not waiting, waiting
        assert not rows("select * from nominations where invoked_at is not null and decided_at is null")
        db.close()

    def items(self):
        """Everything that may move, as (id, facts)."""
        for row in self.records:
            if row["state"] == "ordered":
                continue
            whose = self.subjects[row["id"]]
            holds = list(self.holds["record", row["id"]])
            holds += self.holds["visit", row["visit"]]
            for person in whose:
                holds += self.holds["principal", person]
            yield row["id"], {"class": row["class"], "trigger": row["trigger_at"], "collected": row["collected_at"],
                              "processed": row["processed_at"], "erased": row["erasure_accepted_at"], "holds": holds,
                              "closed": self.closed(whose), "spoken": self.threads.get(row["thread"])}
        for row in self.people.values():
            if row["status"] == "erased":
                continue
            yield row["id"], {"class": "account", "trigger": None if row["status"] == "active" else row["status_at"],
                              "collected": row["registered_at"], "processed": row["status_at"],
                              "erased": row["erasure_accepted_at"], "holds": self.holds["principal", row["id"]],
                              "closed": None, "spoken": None}

    def entries(self, entries):
        """Entries of the log go by their class like all else; those that tell of a deletion stay with the log."""
        for entry in entries:
            if entry["class"] == "deletion_record":
                continue
            at = int(datetime.datetime.fromisoformat(entry["at"]).timestamp()) * MICROS
            holds = list(self.holds["visit", entry["visit"]]) if entry["visit"] else []
            for person in entry["subjects"]:
                holds += self.holds["principal", person]
            yield entry["seq"], {"class": entry["class"], "trigger": at, "collected": at, "processed": at, "erased": None,
                                 "holds": holds, "closed": None, "spoken": None}

    def closed(self, whose):
        known = [self.people[person] for person in whose if person in self.people]
        if not known or any(person["status"] == "active" for person in known):
            return None
        return max(person["status_at"] for person in known)


def goes_at(pack, rules, facts, now):
    """`rules`: those that bind, each with the moment from which it does."""
    calendar = Calendar(pack)
    trigger = facts["trigger"]
    kind = rules[0][0]["trigger"]
    if kind == "account_terminated" and facts["class"] != "account":
        trigger = facts["closed"]
    elif trigger is None and facts["closed"] is not None:  # its clock will not start any more
        account = rule_of(pack, "account")
        trigger = calendar.end(facts["closed"], account["period"], account["rounding"] == "late")
    if kind == "last_interaction" and trigger is not None and facts["spoken"] is not None:
        trigger = max(trigger, facts["spoken"])
    ends = FOREVER
    erased = FOREVER
    for rule, since in rules:
        if trigger is not None:
            ends = min(ends, max(calendar.end(trigger, rule["period"], rule["rounding"] == "late"), trigger, since))
        if facts["erased"] is not None and rule["on_erasure"] == "erase":
            erased = min(erased, max(facts["erased"], since))
    until = max(now, min(ends, erased))
    for hold in facts["holds"]:
        if hold["placed_at"] > now:
            continue
        over = FOREVER if hold["released_at"] is None else hold["released_at"]
        if hold["basis"] not in pack["holds"]["outlasting_ceiling"]:
            over = min(over, ends)
        if over > now:
            until = max(until, over)
    for law in sorted(pack["legal_floors"], key=lambda law: law["from"] or ""):
        if not law["enabled"] or facts["class"] not in law["classes"]:
            continue
        begins = calendar.start(datetime.date.fromisoformat(law["from"])) if law["from"] else -FOREVER
        if begins > until:
            continue
        since = max(facts["collected"], facts["processed"]) if law["start"] == "processing" else trigger
        over = FOREVER if since is None else calendar.end(since, law["period"], True)
        if over > begins:
            until = max(until, over)
    return until


def rule_of(pack, record_class):
    return next(rule for rule in pack["retention"] if rule["class"] == record_class)


def reckon(items, pack, draft, now, effective):
    """How many of each class move, and how many of them go at once."""
    moved = collections.Counter()
    at_once = collections.Counter()
    for _, facts in items:
        before, after = rule_of(pack, facts["class"]), rule_of(draft, facts["class"])
        now_goes = goes_at(pack, [(before, -FOREVER)], facts, now)
        then_goes = goes_at(draft, [(before, -FOREVER)] + ([(after, effective)] if before != after else []), facts, now)
        if then_goes < now_goes:
            moved[facts["class"]] += 1
            at_once[facts["class"]] += then_goes <= effective
        assert then_goes <= now_goes, facts  # a shorter period keeps nothing longer
    return moved, at_once


def reckon_sharings(kept, draft):
    denied = collections.Counter()
    fewer = collections.Counter()
    listed = {processor["id"]: {field["name"] for field in processor["fields"]} for processor in draft["processors"]}
    for row in kept.sharings:
        fields = row["fields"].split()
        left = [field for field in fields if field in listed.get(row["processor"], ())]
        if not left:
            denied[row["processor"]] += 1
        elif len(left) < len(fields):
            fewer[row["processor"]] += 1
    return denied, fewer


class Impact(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory(dir=SCRATCH)
        cls.db = os.path.join(cls.directory.name, "connex.db")
        with open(DATA / "commands.jsonl", encoding="utf-8") as commands:
            subprocess.run([CONNEX, "run", "--db", cls.db], stdin=commands, stdout=subprocess.DEVNULL, check=True, timeout=300)
        cls.pack = json.loads(tool("policy", "show"))
        cls.years = eight_years.Years(CONNEX, cls.db)

    @classmethod
    def tearDownClass(cls):
        cls.years.engine.process.stdin.close()
        cls.years.engine.process.wait()
        cls.years.engine.process.stdout.close()
        cls.directory.cleanup()

    def entries(self):
        found, start = [], 0
        while True:
            page = json.loads(tool("audit", "list", "--db", self.db, "--json", "--from", str(start), "--limit", "1000"))["entries"]
            if not page:
                return found
            found += page
            start = page[-1]["seq"] + 1

    def stricter(self):
        draft = copy.deepcopy(self.pack)
        draft["version"] = "stricter"
        for record_class, count in (("communication", 1), ("recording", 5), ("call_metadata", 2), ("usage", 30), ("audit", 2)):
            rule_of(draft, record_class)["period"]["count"] = count
        draft["processors"] = [processor for processor in draft["processors"] if processor["id"] != "razorpay"]
        draft["dependencies"] = [row for row in draft["dependencies"] if row["processors"] != ["razorpay"]]
        mail = next(processor for processor in draft["processors"] if processor["id"] == "google_workspace")
        mail["fields"] = [field for field in mail["fields"] if field["name"] != "email"]
        return draft

    def compare(self, draft, days):
        now = self.years.now
        effective = now + datetime.timedelta(days=days)
        micros = lambda moment: int(moment.timestamp()) * MICROS
        path = os.path.join(self.directory.name, "draft.json")
        pathlib.Path(path).write_text(json.dumps(draft), encoding="utf-8")
        found = json.loads(tool("policy", "impact", path, "--db", self.db, "--json", "--at", now.isoformat(),
                                "--effective-at", effective.isoformat()))
        kept = Kept(self.db)
        self.check_dates(kept, micros(now))
        entries = self.entries()
        everything = [*kept.items(), *kept.entries(entries)]
        moved, at_once = reckon(everything, self.pack, draft, micros(now), micros(effective))
        denied, fewer = reckon_sharings(kept, draft)
        listed = {processor["id"] for processor in draft["processors"]}
        refused = [entry for entry in entries
                   if entry["rule"] == "egress.check" and entry["effect"] == "permit" and entry["object"] not in listed]
        by = lambda part, group, what: {name: row[what] for name, row in found[part][group].items() if what in row}
        only = lambda counts: {name: count for name, count in counts.items() if count}
        self.assertTrue(found["complete"])
        self.assertEqual(found["records"]["examined"], len(kept.records) + len(kept.people))
        self.assertEqual(by("records", "by_class", "moved_earlier"), only(moved))
        self.assertEqual(by("records", "by_class", "due_when_effective"), only(at_once))
        self.assertEqual(found["records"]["moved_earlier"], moved.total())
        self.assertEqual(found["records"]["moved_later"], 0)
        self.assertEqual(found["sharings"]["examined"], len(kept.sharings))
        self.assertEqual(by("sharings", "by_processor", "newly_denied"), only(denied))
        self.assertEqual(by("sharings", "by_processor", "fewer_fields"), only(fewer))
        self.assertEqual(found["decisions"]["examined"], len(entries))
        self.assertEqual(found["decisions"]["to_denied"], len(refused))
        self.assertEqual(found["decisions"]["to_permitted"], 0)
        return moved, at_once, denied, fewer, refused

    def check_dates(self, kept, now):
        """The reckoning is right by itself: it comes to the dates that the engine gives under the rules of today."""
        items = [(ident, facts) for ident, facts in kept.items() if facts["class"] != "account"]
        for ident, facts in items[:: max(1, len(items) // 300)]:
            told = self.years.done("retention.evaluate", "system", record=ident)["dispose_at"]
            goes = goes_at(self.pack, [(rule_of(self.pack, facts["class"]), -FOREVER)], facts, now)
            want = FOREVER if told is None else int(datetime.datetime.fromisoformat(told).timestamp()) * MICROS
            self.assertEqual(goes // MICROS if goes != FOREVER else goes, want // MICROS if told else want, (ident, facts))

    def test_impact_of_a_stricter_draft(self):
        # In the fourth year, while the recordings of the fortnight are there and people have just left.
        self.years.play(41)
        moved, at_once, denied, fewer, refused = self.compare(self.stricter(), 30)
        for record_class in ("communication", "recording", "audit"):
            self.assertGreater(moved[record_class], 0, record_class)
        self.assertGreater(at_once["communication"], 0)
        self.assertGreater(denied["razorpay"], 30)
        self.assertGreater(fewer["google_workspace"], 10)
        self.assertGreater(len(refused), 20)
        # And at the end of the eight.
        self.years.play()
        moved, at_once, denied, fewer, refused = self.compare(self.stricter(), 30)
        self.assertGreater(moved["communication"], 50)
        self.assertGreater(moved["communication"], at_once["communication"])
        self.assertGreater(denied["razorpay"], 30)
        same = self.compare(dict(self.pack, version="same"), 30)
        self.assertEqual([len(counted) for counted in same], [0, 0, 0, 0, 0])


class Long(unittest.TestCase):
    """A store of many records: how far the work has come is shown, and it takes no more memory than that of few."""

    ROWS = 1_000_000

    def impact(self, db):
        """What is written to a terminal, and the most memory that the tool had, in kB."""
        ours, theirs = pty.openpty()
        tool = subprocess.Popen([CONNEX, "policy", "impact", self.draft, "--db", db, "--at", "2026-12-01T00:00:00+05:30"],
                                stdout=theirs, stderr=theirs)
        os.close(theirs)
        written = b""
        with contextlib.suppress(OSError):  # the other end is closed
            while block := os.read(ours, 65536):
                written += block
        os.close(ours)
        _, status, usage = os.wait4(tool.pid, 0)
        tool.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual(tool.returncode, 0, written)
        return written.decode(), usage.ru_maxrss

    def store(self, rows):
        db = os.path.join(self.directory.name, f"{rows}.db")
        head = [{"command": "principal.register", "actor": "system", "at": "2026-11-23T08:00:00+05:30",
                 "args": {"id": "dr-1", "role": "doctor", "name": "N", "adult_attested": True}}]
        subprocess.run([CONNEX, "run", "--db", db], input="\n".join(map(json.dumps, head)), text=True, check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        lately = int(datetime.datetime(2026, 6, 1, tzinfo=eight_years.IST).timestamp()) * MICROS
        with contextlib.closing(sqlite3.connect(db)) as file, file:
            file.executemany(
                "insert into records (id, class, trigger_at, collected_at, processed_at, registered_at, state, next_at)"
                " values (?, 'communication', ?, ?, ?, ?, 'active', ?)",
                ((f"r-{n:09}", *[lately + n] * 4, lately + 730 * 86_400 * MICROS) for n in range(rows)))
            file.executemany("insert into record_subjects (record, principal) values (?, 'dr-1')",
                             ((f"r-{n:09}",) for n in range(rows)))
        return db

    def test_progress_and_memory(self):
        self.directory = tempfile.TemporaryDirectory(dir=SCRATCH)
        self.addCleanup(self.directory.cleanup)
        pack = json.loads(tool("policy", "show"))
        pack["version"] = "shorter"
        rule_of(pack, "communication")["period"]["count"] = 1
        self.draft = os.path.join(self.directory.name, "draft.json")
        pathlib.Path(self.draft).write_text(json.dumps(pack), encoding="utf-8")
        written, few = self.impact(self.store(1_000))
        self.assertIn("     1000  moved_earlier", written)
        written, many = self.impact(self.store(self.ROWS))
        self.assertIn(f"{self.ROWS:>9}  moved_earlier", written)
        bars = re.findall(r"\r\[=* *\] +(\d+)%  (\d+) rows", written)
        self.assertGreater(len(bars), 2, "no progress was shown")
        self.assertEqual(bars, sorted(bars, key=lambda bar: int(bar[1])))
        self.assertLessEqual(int(bars[-1][0]), 100)
        self.assertIn("\r\x1b[K", written)  # and is wiped
        if not os.environ.get("CONNEX_SANITIZE"):  # which keeps what was freed
            self.assertLess(many - few, 24_000, "memory grows with the store")


if __name__ == "__main__":
    unittest.main()
