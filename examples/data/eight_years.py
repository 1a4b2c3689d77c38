#!/usr/bin/env python3
"""Plays the fortnight of commands.jsonl and then eight years in fast-forward, and tells what became of all that was kept.

    eight_years.py build/connex                 plays it and prints the account
    eight_years.py build/connex --db FILE       the same in an SQLite file that has seen the fortnight
    eight_years.py build/connex --check         fails when the account is not expected_account.json
    eight_years.py build/connex --write         writes expected_account.json

People write, are billed and sent mail, leave, die and ask for all that they may ask; courts order holds and release them; a
sweep runs every month, and the host attests every year what its sharings depend on. Everybody and everything is invented; the
seeds are fixed.
"""
import collections
import datetime
import json
import pathlib
import random
import subprocess
import sys

HERE = pathlib.Path(__file__).parent
EXPECTED = HERE / "expected_account.json"
IST = datetime.timezone(datetime.timedelta(hours=5, minutes=30))
BEGIN = datetime.datetime(2026, 12, 7, 9, tzinfo=IST)
MONTHS = 96
LEAVERS = {3: "mr-10", 5: "dr-12", 9: "mr-21", 14: "dr-20", 26: "mr-33", 40: "dr-30", 61: "mr-44"}
REQUESTS = {  # month: (kind, who, details)
    1: ("access", "dr-2", {}),
    2: ("correction", "dr-4", {"field": "city", "value": "Nagpur"}),
    4: ("erasure", "mr-12", {}),
    6: ("grievance", "dr-5", {"text": "My question about a visit was not answered."}),
    7: ("nomination", "dr-6", {"nominee": {"id": "dr-7", "name": "Meera Rao", "relation": "sister"}}),
    10: ("erasure", "dr-9", {}),
    18: ("access", "mr-5", {}),
    30: ("erasure", "mr-14", {}),
    38: ("erasure", "dr-6", {}),
    48: ("erasure", "dr-14", {}),
}
HOLDS = {  # month: (id, basis, scope, months until its release)
    3: ("hold-1", "court_order", {"principals": ["mr-12"]}, 20),
    8: ("hold-2", "regulator_order", {"principals": ["dr-9"]}, 30),
    12: ("hold-3", "contract", {"principals": ["dr-12"]}, 60),
    50: ("hold-4", "legal_claim", {"principals": ["dr-2"]}, 40),
}


CLAIMS = ("agreement:razorpay", "agreement:google_workspace", "pci_dss", "tls")
SHARINGS = (  # a month: (processor, purpose, fields), with whom of those who are left
    ("razorpay", "billing", ("organisation_name", "payment_amount"), "admin-pharma-1"),
    ("google_workspace", "communication", ("email", "name"), None),
    ("google_workspace", "communication", ("name", "notification_content"), None),
)


class Engine:
    def __init__(self, tool, store):
        self.process = subprocess.Popen([tool, "run", "--db", store], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        encoding="utf-8")

    def line(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


class Years:
    def __init__(self, tool, store=None):
        self.rng = random.Random(20261207)
        self.post = random.Random(20261208)
        self.engine = Engine(tool, store or "memory:")
        if store is None:
            with open(HERE / "commands.jsonl", encoding="utf-8") as lines:
                for line in lines:
                    self.engine.line(line.rstrip("\n"))
        self.now = BEGIN
        self.known = {}  # record: class
        self.gone = collections.Counter()  # what a sweep or a request did: (class, what, clause)
        self.out_of_use = collections.Counter()  # of the host's, for a time: (class, basis, clause)
        self.answers = collections.Counter()  # what requests for erasure were told of each item, and why
        self.asked = []
        self.left = set()
        self.number = 0
        self.month = 0

    def ask(self, command, actor, **args):
        answer = self.engine.line(json.dumps({"command": command, "actor": actor, "at": self.now.isoformat(), "args": args}))
        if not answer["ok"]:
            raise RuntimeError(f"{command} {args}: {answer['error']}")
        return answer

    def done(self, command, actor, **args):
        answer = self.ask(command, actor, **args)
        if not answer["decision"]["permitted"]:
            raise RuntimeError(f"{command} {args}: {answer['decision']['reasons']}")
        return answer["result"]

    def next_number(self):
        self.number += 1
        return self.number

    # A month

    def write(self):
        for _ in range(4):
            doctor, mr = f"dr-{self.rng.randrange(1, 38)}", f"mr-{self.rng.randrange(1, 58)}"
            if {doctor, mr} & self.left:
                continue
            thread = f"th-{doctor}-{mr}"
            number = self.next_number()
            self.done("message.post", mr, id=f"m-{number}", thread=thread, to=doctor, text=f"About batch {number}")
            self.done("message.post", doctor, id=f"a-{number}", thread=thread, to=mr, text="Thank you, please send samples.")
        who = f"dr-{self.rng.randrange(1, 38)}"
        if who not in self.left:
            number = self.next_number()
            self.done("ticket.post", who, id=f"k-{number}", thread=f"ticket-{number}", text="The calendar shows the wrong day.")

    def register(self):
        for record_class, who in (("billing", "admin-pharma-1"), ("access_log", f"mr-{self.rng.randrange(1, 58)}"),
                                  ("document", f"dr-{self.rng.randrange(1, 38)}"),
                                  ("usage", f"mr-{self.rng.randrange(1, 58)}")):
            record = f"{record_class}-{self.next_number()}"
            more = {"trigger_at": self.now.isoformat()} if record_class in ("billing", "access_log") else {}
            if who in self.left:
                continue
            self.done("record.register", "system", id=record, subjects=[who], locator=f"objects/{record}",
                      **{"class": record_class}, **more)
            self.known[record] = record_class

    def attest(self):
        for claim in CLAIMS:
            self.done("attestation.put", "officer-dpo", claim=claim, value=True, evidence_ref=f"file-{self.now.year}",
                      valid_until=(self.now + datetime.timedelta(days=400)).isoformat())

    def share(self):
        for processor, purpose, fields, who in SHARINGS:
            who = who or f"{self.post.choice(('dr', 'mr'))}-{self.post.randrange(1, 38)}"
            if who in self.left:
                continue
            self.done("egress.check", "system", processor=processor, purpose=purpose, context={"principals": [who]},
                      fields={field: f"about {field}" for field in fields})

    def leave(self, who):
        self.done("principal.terminate", who, id=who)
        self.left.add(who)

    def request(self, month, kind, who, details):
        ident = f"request-{month}"
        speaker = "dr-7" if month == 38 else who  # the nominee
        submitted = self.done("rights.submit", speaker, id=ident, kind=kind, principal=who, channel="in_app", details=details)
        self.now += datetime.timedelta(days=2)
        if kind != "grievance":
            self.done("rights.verify_identity", "officer-dpo", id=ident, evidence=f"identity-{month}")
        self.now += datetime.timedelta(days=3)
        more = {"outcome": "upheld"} if kind == "grievance" else {}
        result = self.done("rights.resolve", "officer-dpo", id=ident, **more)
        plan = collections.Counter((row["class"], row["action"]) for row in result.get("plan", []))
        totals = collections.Counter()
        for row in result.get("totals", []):
            totals[row["class"], row["action"]] += row["count"]
        if dict(plan) != totals:
            raise RuntimeError("the plan does not add up")
        self.count(result)
        for row in result.get("plan", []):
            law = f", {row['source']}" if "source" in row else ""
            self.answers[f"{row['action']} {row['class']} ({row['basis']}, {row['clause']}{law})"] += 1
        if kind == "erasure":
            self.left.add(who)
        self.asked.append({"month": month, "kind": kind, "who": who, "due": submitted["due_at"][:10],
                           "answer": [f"{action} {count} {c}" for (c, action), count in sorted(totals.items())]})

    def hold(self, ident, basis, scope):
        self.done("hold.place", "staff-1", id=ident, basis=basis, authority="High Court of Bombay", citation=f"case {ident}",
                  scope=scope, review_at=(self.now + datetime.timedelta(days=89)).isoformat(), approved_by="officer-dpo")

    def count(self, result):
        for row in result.get("disposed", []):
            self.gone[f"{row['class']}: {row['what']} ({row['clause']})"] += row["count"]

    def sweep(self):
        while True:
            swept = self.done("retention.sweep", "system", limit=500)
            self.count(swept)
            self.gone["audit entries: removed (C9-e, C9-g)"] += swept["audit_entries"]
            orders = self.done("disposition.pending", "system", limit=1000)["orders"]
            for order in orders:
                self.done("disposition.confirm", "system", order=order["order"], evidence=f"deletion-log-{order['order'][-6:]}")
                if order["kind"] == "restrict":
                    self.out_of_use[f"{order['class']} ({order['reason']}, {order['clause']})"] += 1
                elif order["kind"] == "dispose":
                    self.gone[f"{order['class']}: destroyed by the host ({order['clause']})"] += 1
            if swept["remaining"] == 0 and not orders:
                return

    def play(self, last=MONTHS):
        releases = {month + after: ident for month, (ident, _, _, after) in HOLDS.items()}
        for month in range(self.month + 1, last + 1):
            self.month = month
            if month in LEAVERS:
                self.leave(LEAVERS[month])
            self.write()
            self.register()
            if month % 12 == 1:
                self.attest()
            self.share()
            if month in HOLDS:
                self.hold(*HOLDS[month][:3])
            if month in releases:
                self.done("hold.release", "staff-1", id=releases[month], reason="the case is closed")
            if month in REQUESTS:
                self.request(month, *REQUESTS[month])
            if month == 36:  # dr-6 dies; nothing goes until whom dr-6 named has decided
                self.done("nominee.invoke", "officer-dpo", principal="dr-6", nominee="dr-7", event="death", evidence="certificate-1")
            self.now = BEGIN + datetime.timedelta(days=month * 365 // 12)
            self.sweep()

    # What is left of it

    def account(self):
        states = collections.Counter()
        for record, record_class in sorted(self.known.items()):
            found = self.done("retention.evaluate", "system", record=record)
            why = found["clause"] if found["state"] == "disposed" else f"{found['basis']}, {found['clause']}"
            states[f"{record_class}: {found['state']} ({why})"] += 1
        people = collections.Counter()
        kept = collections.Counter()
        forecast = self.done("retention.forecast", "system", months=120, limit=10000)
        for row in forecast["forecast"]:
            kept[f"{row['class']}: goes in {row['month'][:4]}"] += row["count"]
        for who in sorted(set(LEAVERS.values()) | {who for _, who, _ in REQUESTS.values()}):
            answer = self.engine.line(json.dumps({"command": "principal.view", "actor": who, "at": self.now.isoformat(),
                                                  "args": {"subject": who}}))
            known = answer["ok"] and answer["result"].get("fields", {}).get("name")
            people["account open" if known else "account closed, details gone"] += 1
        verified = self.done("audit.verify", "system")
        return {"until": self.now.date().isoformat(), "requests": self.asked,
                "erasures": dict(sorted(self.answers.items())), "disposed": dict(sorted(self.gone.items())),
                "out_of_use": dict(sorted(self.out_of_use.items())),
                "kept": dict(sorted(kept.items())), "registered": dict(sorted(states.items())), "people_of_these": dict(sorted(people.items())),
                "audit": {"valid": verified["valid"], "removed": verified["removed"]}}


def show(account):
    print(f"Eight years later, on {account['until']}\n\nAsked")
    for request in account["requests"]:
        answer = "; ".join(request["answer"]) or "answered"
        print(f"  month {request['month']:>2}  {request['kind']:<10} {request['who']:<6} due {request['due']}  {answer}")
    for title, key in (("What requests for erasure came to, and why", "erasures"), ("Disposed of", "disposed"), ("Kept out of use by the host for a time", "out_of_use"), ("Kept, with a known end", "kept"), ("What the host had registered", "registered"),
                       ("Those who left or asked", "people_of_these"), ("The audit log", "audit")):
        print(f"\n{title}")
        for what, count in account[key].items():
            print(f"  {count:>6}  {what}")


def main():
    arguments = sys.argv[1:]
    store = arguments[arguments.index("--db") + 1] if "--db" in arguments else None
    years = Years(arguments[0], store)
    years.play()
    account = years.account()
    text = json.dumps(account, indent=1) + "\n"
    if "--write" in arguments:
        EXPECTED.write_text(text, encoding="utf-8")
    elif "--check" in arguments and EXPECTED.read_text(encoding="utf-8") != text:
        sys.exit(f"the account is not that of {EXPECTED.name}:\n{text}")
    show(account)


if __name__ == "__main__":
    main()
