#!/usr/bin/env python3
"""Writes a fortnight of a platform as commands.jsonl, and what it must come to as expected_summary.json.

    generate.py build/connex            writes both files beside this one
    generate.py build/connex --check    fails when they would come out otherwise

The engine itself is asked as the story goes on, since a party accepts the hash of the text it was shown. Everybody and
everything in it is invented; the seed is fixed.
"""
import datetime
import json
import pathlib
import random
import subprocess
import sys

HERE = pathlib.Path(__file__).parent
IST = datetime.timezone(datetime.timedelta(hours=5, minutes=30))
FIRST_DAY = datetime.datetime(2026, 11, 23, tzinfo=IST)
DAYS = 14
DOCTORS, REPRESENTATIVES, COMPANIES, CLINICS = 40, 60, 8, 6
BOOKINGS_A_DAY = 46

FIRST = "Aarav Aditi Ananya Arjun Bhavna Chetan Deepa Devika Farhan Gauri Harish Ishaan Jaya Kabir Kavita Lakshmi Manish Meera Nikhil Omkar Pooja Rahul Riya Sanjay Sneha Tanvi Uday Vikram Yash Zoya".split()
LAST = "Acharya Banerjee Chopra Desai Fernandes Ghosh Iyer Joshi Kulkarni Menon Nair Patel Qureshi Rao Shah Thomas Verma".split()
CITIES = "Pune Mumbai Nagpur Bengaluru Chennai Kochi Hyderabad Jaipur Lucknow Indore".split()
SPECIALITIES = "Cardiology Dermatology Endocrinology Neurology Paediatrics Orthopaedics".split()


class Engine:
    """Drives the tool line by line and keeps what it was told."""

    def __init__(self, tool):
        self.lines = []
        self.process = subprocess.Popen([tool, "run", "--db", "memory:"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True, encoding="utf-8")

    def raw(self, line, keep=True):
        if keep:
            self.lines.append(line)
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def ask(self, command, actor, at, request_id=None, keep=True, **args):
        request = {"command": command, "actor": actor, "at": at.isoformat(), "args": args}
        if request_id:
            request["request_id"] = request_id
        return self.raw(json.dumps(request, ensure_ascii=False), keep)


class Story:
    def __init__(self, tool):
        self.rng = random.Random(20261123)
        self.engine = Engine(tool)
        self.now = FIRST_DAY + datetime.timedelta(hours=6)
        self.agenda = []  # (time, number, act)
        self.number = 0
        self.visits = 0

    # Time and the agenda

    def later(self, at, act, *args):
        self.number += 1
        self.agenda.append((at, self.number, act, args))

    def run(self):
        while self.agenda:
            entry = min(self.agenda)
            self.agenda.remove(entry)
            self.now = max(self.now, entry[0])
            entry[2](*entry[3])

    def tell(self, command, actor, **args):
        return self.engine.ask(command, actor, self.now, **args)

    # Who is there

    def name(self):
        return f"{self.rng.choice(FIRST)} {self.rng.choice(LAST)}"

    def register(self, ident, role, **more):
        details = dict(id=ident, role=role, name=self.name(), email=f"{ident}@example.in", adult_attested=True)
        details.update(more)
        return self.tell("principal.register", "system", **details)

    def people(self):
        self.companies = [f"pharma-{i}" for i in range(1, COMPANIES + 1)]
        for i, company in enumerate(self.companies):
            # One company has no recording on its plan, one has it and leaves it off.
            self.tell("organisation.put", "system", id=company, kind="pharma_company", name=f"Pharma {i + 1} Ltd",
                      recording_entitled=i != 6)
            self.register(f"admin-{company}", "pharma_administrator", organisation=company)
            self.register(f"officer-{company}", "compliance_officer", organisation=company)
            if i != 7:
                self.tell("organisation.set_recording", f"admin-{company}", id=company, enabled=True)
        self.clinics = [f"clinic-{i}" for i in range(1, CLINICS + 1)]
        for clinic in self.clinics:
            self.tell("organisation.put", "system", id=clinic, kind="clinic", name=f"{clinic.title()} Care")
            self.register(f"assistant-{clinic}", "clinic_assistant", organisation=clinic)
        self.register("staff-1", "staff")
        self.register("officer-dpo", "data_protection_officer")
        self.doctors = [f"dr-{i}" for i in range(1, DOCTORS + 1)]
        self.clinic_of = {}
        for i, doctor in enumerate(self.doctors):
            self.clinic_of[doctor] = clinic = self.clinics[i % CLINICS]
            self.register(doctor, "doctor", organisation=clinic, phone=f"+91 90000 {10000 + i:05d}",
                          address=f"{i + 1}, Sample Road", city=self.rng.choice(CITIES),
                          speciality=self.rng.choice(SPECIALITIES), facility=f"{clinic.title()} Care",
                          registration_number=f"SMC-{70000 + i}")
            if i % 8 != 7:  # the others never opt in
                self.tell("preference.set", doctor, doctor=doctor, virtual_visits=True, recording=i % 4 != 3)
        self.representatives = [f"mr-{i}" for i in range(1, REPRESENTATIVES + 1)]
        self.company_of = {}
        for i, mr in enumerate(self.representatives):
            self.company_of[mr] = company = self.companies[i % COMPANIES]
            self.register(mr, "medical_representative", organisation=company, phone=f"+91 90001 {10000 + i:05d}")
        # Who does not get an account, or not in this way.
        self.register("dr-minor", "doctor", birth_date="2011-05-04", adult_attested=True)
        self.tell("principal.register", "system", id="mr-unknown-age", role="medical_representative",
                  organisation="pharma-1", name=self.name())
        self.register("dr-1", "doctor")
        self.tell("preference.set", "assistant-clinic-1", doctor="dr-8", virtual_visits=True)
        self.tell("preference.set", "admin-pharma-1", doctor="dr-8", virtual_visits=True)

    # What happens to a visit

    def book(self, start):
        self.visits += 1
        visit = f"visit-{self.visits}"
        doctor, mr = self.rng.choice(self.doctors), self.rng.choice(self.representatives)
        booker, representative, kind = mr, mr, self.rng.random()
        if kind < 0.02:
            booker = self.rng.choice(self.doctors)  # not a representative
        elif kind < 0.04:
            representative = self.rng.choice([m for m in self.representatives if m != mr])  # in another's name
        end = start + datetime.timedelta(minutes=15)
        args = dict(id=visit, doctor=doctor, representative=representative, starts_at=start.isoformat(),
                    ends_at=end.isoformat())
        if 0.04 <= kind < 0.045:
            args["purpose"] = "clinical"
        answer = self.tell("visit.book", booker, request_id=f"book-{visit}", **args)
        if kind > 0.98:  # the host retries, and once by mistake under a new request id
            self.tell("visit.book", booker, request_id=f"book-{visit}", **args)
            self.tell("visit.book", booker, **args)
        if answer["ok"] and answer["decision"]["permitted"]:
            minutes = datetime.timedelta(minutes=1)
            plot = self.rng.random()
            if plot < 0.06:
                self.later(start - 60 * minutes, self.cancel, visit, doctor)
            elif plot < 0.10:
                # Nobody comes in time.
                self.later(start - 90 * minutes, self.too_early, visit, doctor)
                self.later(end + 5 * minutes, self.too_late, visit, mr)
            else:
                self.later(start - 5 * minutes, self.meet, visit, doctor, mr, start, end, plot)

    def cancel(self, visit, doctor):
        self.tell("visit.cancel", doctor, visit=visit)

    def too_early(self, visit, doctor):
        self.accept(visit, doctor, True, self.shown(visit, doctor))

    def too_late(self, visit, mr):
        self.tell("visit.join", mr, visit=visit)

    def accept(self, visit, party, consent, shown, session=None):
        more = {"session": session} if session else {}
        return self.tell("visit.accept", party, visit=visit, disclosure_hash=shown, recording_consent=consent, **more)

    def shown(self, visit, party):
        return self.tell("visit.disclosure", party, visit=visit)["result"]["hash"]

    def meet(self, visit, doctor, mr, start, end, plot):
        """Before the call: the disclosure, the answers, and what goes wrong."""
        consent = plot < 0.70
        shown = self.shown(visit, doctor)
        if plot < 0.13:
            self.tell("visit.join", mr, visit=visit)  # before accepting
        elif plot < 0.15:
            self.tell("visit.join", self.rng.choice([m for m in self.representatives if m != mr]), visit=visit)
            self.tell("visit.join", "staff-1", visit=visit)
            self.accept(visit, "staff-1", True, shown)
            self.tell("visit.cancel", "mr-60" if mr != "mr-60" else "mr-1", visit=visit)
            self.tell("recording.decide", "system", visit=visit)  # before it began
        elif plot < 0.17:
            self.accept(visit, doctor, True, "0" * 64)  # some other text
        elif plot < 0.19:
            self.tell("visit.start", doctor, visit=visit)  # nobody has accepted yet
        if plot < 0.23 and plot >= 0.21:
            # One session for both: not two independent people.
            self.accept(visit, doctor, consent, shown, "tablet-1")
            self.accept(visit, mr, consent, self.shown(visit, mr), "tablet-1")
        else:
            self.accept(visit, doctor, consent, shown)
            self.accept(visit, mr, consent or plot > 0.8, self.shown(visit, mr))
        if 0.25 <= plot < 0.29:
            # The doctor switches off and on again: what was accepted before no longer counts.
            self.tell("preference.set", doctor, doctor=doctor, virtual_visits=False)
            self.tell("preference.set", doctor, doctor=doctor, virtual_visits=True)
            self.tell("visit.start", doctor, visit=visit)
            self.accept(visit, doctor, consent, self.shown(visit, doctor))
            self.accept(visit, mr, consent, self.shown(visit, mr))
        elif 0.29 <= plot < 0.31:
            self.tell("preference.set", f"assistant-{self.clinic_of[doctor]}", doctor=doctor, virtual_visits=False)
        elif 0.31 <= plot < 0.34:
            # Another employer between booking and call: the company of the visit stays what it was.
            other = self.rng.choice([c for c in self.companies if c != self.company_of[mr]])
            self.tell("principal.update", "staff-1", id=mr, organisation=other)
            self.later(end + datetime.timedelta(minutes=30), self.employ, mr)
        elif 0.34 <= plot < 0.36:
            self.tell("preference.set", doctor, doctor=doctor, recording=False)
            self.later(end + datetime.timedelta(minutes=30), self.opt_in, doctor)
        elif 0.36 <= plot < 0.38:
            # Both sides with one address: not two different people.
            self.tell("principal.update", "staff-1", id=mr, email=f"{doctor}@example.in")
            self.later(end, self.correct, mr)
        for party in (doctor, mr):
            self.tell("visit.join", party, visit=visit)
        self.later(start, self.begin, visit, doctor, mr, start, end, plot)

    def employ(self, mr):
        self.tell("principal.update", "staff-1", id=mr, organisation=self.company_of[mr])

    def correct(self, mr):
        self.tell("principal.update", "staff-1", id=mr, email=f"{mr}@example.in")

    def opt_in(self, doctor):
        self.tell("preference.set", doctor, doctor=doctor, virtual_visits=True, recording=True)

    def begin(self, visit, doctor, mr, start, end, plot):
        if not self.permitted(self.tell("visit.start", "system", visit=visit)):
            self.later(end, self.opt_in, doctor)
            return
        recorded = self.permitted(self.tell("recording.decide", "system", visit=visit))
        minutes = datetime.timedelta(minutes=1)
        stop = end - 2 * minutes
        if 0.40 <= plot < 0.45:
            stop = start + 5 * minutes
            self.later(stop, self.withdraw, visit, doctor if plot < 0.43 else mr)
        elif 0.45 <= plot < 0.48:
            stop = start + 4 * minutes
            self.later(stop, self.switch_off_mid_call, visit, doctor)
        elif 0.48 <= plot < 0.50:
            stop = start + 6 * minutes
            self.later(stop, self.company_stops, visit, mr)
        elif 0.50 <= plot < 0.53:
            self.later(start + 3 * minutes, self.reconnect, visit, mr)
        self.later(end - minutes, self.finish, visit, doctor, mr, start, stop, recorded, plot)

    def withdraw(self, visit, party):
        self.tell("consent.withdraw", party, visit=visit)
        self.tell("recording.decide", "system", visit=visit)

    def switch_off_mid_call(self, visit, doctor):
        self.tell("preference.set", doctor, doctor=doctor, recording=False)
        self.tell("recording.decide", "system", visit=visit)
        self.tell("preference.set", doctor, doctor=doctor, recording=True)
        self.tell("recording.decide", "system", visit=visit)

    def company_stops(self, visit, mr):
        company = self.company_of[mr]
        self.tell("organisation.set_recording", f"admin-{company}", id=company, enabled=False)
        self.tell("recording.decide", "system", visit=visit)
        self.tell("organisation.set_recording", f"admin-{company}", id=company, enabled=company != "pharma-8")

    def reconnect(self, visit, mr):
        self.tell("visit.leave", mr, visit=visit)
        self.tell("visit.join", mr, visit=visit)

    def finish(self, visit, doctor, mr, start, stop, recorded, plot):
        for party in (doctor, mr):
            self.tell("visit.leave", party, visit=visit)
        self.tell("visit.end", "system", visit=visit)
        if recorded or plot > 0.97:  # a worker that recorded without a permit is told to destroy it
            beyond = datetime.timedelta(minutes=5 if 0.40 <= plot < 0.41 else 0)
            self.tell("recording.register", "system", id=f"rec-{visit}", visit=visit, locator=f"recordings/{visit}.mp4",
                      sha256=f"{self.rng.getrandbits(256):064x}", size=self.rng.randrange(10**6, 10**8),
                      started_at=start.isoformat(), ended_at=min(stop + beyond, self.now).isoformat())
        if recorded and plot < 0.60:
            self.watch(visit, doctor, mr, plot)
        if recorded and plot > 0.67 and plot < 0.70:  # a second file of the same visit
            self.tell("recording.register", "system", id=f"rec-{visit}-b", visit=visit, locator=f"recordings/{visit}-b.mp4",
                      sha256=f"{self.rng.getrandbits(256):064x}", size=1, started_at=start.isoformat(),
                      ended_at=start.isoformat())

    def watch(self, visit, doctor, mr, plot):
        """Who may see the recording asks to, and who may not."""
        company = self.company_of[mr]
        rival = self.companies[(self.companies.index(company) + 1) % COMPANIES]
        asked = [(doctor, "view"), (mr, "view"), (f"officer-{company}", "view")]
        if plot < 0.54:
            asked += [(doctor, "download"), (mr, "download"), (f"officer-{rival}", "view"), (f"admin-{company}", "view")]
        for viewer, mode in asked:
            self.tell("recording.access", viewer, recording=f"rec-{visit}", mode=mode)

    @staticmethod
    def permitted(answer):
        return answer["ok"] and answer["decision"]["permitted"]

    # What else happens in a fortnight

    def comings_and_goings(self):
        day = datetime.timedelta(days=1)
        for command, actor, args, at in (
                ("principal.terminate", "mr-59", {"id": "mr-59"}, FIRST_DAY + 3 * day),
                ("principal.reactivate", "mr-59", {"id": "mr-59"}, FIRST_DAY + 6 * day),
                ("principal.reactivate", "dr-3", {"id": "dr-3"}, FIRST_DAY + 2 * day),
                ("organisation.put", "dr-3", {"id": "clinic-9", "kind": "clinic", "name": "Mine"}, FIRST_DAY + 2 * day),
                ("preference.set", "dr-3", {"doctor": "dr-4", "recording": True}, FIRST_DAY + 2 * day),
                ("principal.update", "dr-3", {"id": "dr-4", "city": "Goa"}, FIRST_DAY + 2 * day),
                ("principal.terminate", "staff-1", {"id": "mr-60"}, FIRST_DAY + 4 * day),
                ("principal.report_minor", "staff-1", {"id": "dr-39"}, FIRST_DAY + 5 * day),
                ("organisation.put", "system", {"id": "pharma-5", "kind": "pharma_company", "name": "Pharma 5 Ltd",
                                                "recording_entitled": False}, FIRST_DAY + 8 * day),
                ("principal.view", "mr-1", {"subject": "dr-1"}, FIRST_DAY + 9 * day),
                ("principal.view", "officer-pharma-1", {"subject": "dr-1"}, FIRST_DAY + 9 * day),
                ("principal.update", "dr-2", {"id": "dr-2", "city": "Nashik"}, FIRST_DAY + 10 * day),
                ("visit.book", "nobody", {}, FIRST_DAY + 11 * day)):
            self.later(at + datetime.timedelta(hours=8), lambda c=command, a=actor, k=args: self.tell(c, a, **k))

    def tell_all(self):
        self.people()
        self.comings_and_goings()
        for day in range(DAYS):
            for _ in range(BOOKINGS_A_DAY):
                start = FIRST_DAY + datetime.timedelta(days=day, hours=9, minutes=15 * self.rng.randrange(36))
                self.later(start - datetime.timedelta(minutes=self.rng.randrange(90, 180)), self.book, start)
        self.run()
        summary = self.engine.ask("report.summary", "system", self.now, keep=False)["result"]
        del summary["audit"]["root"]  # salted: another in every run
        return self.engine.lines, summary


def main():
    lines, summary = Story(sys.argv[1]).tell_all()
    wanted = {HERE / "commands.jsonl": "\n".join(lines) + "\n",
              HERE / "expected_summary.json": json.dumps(summary, indent=1) + "\n"}
    if "--check" not in sys.argv:
        for path, content in wanted.items():
            path.write_text(content, encoding="utf-8")
        print(f"{len(lines)} commands")
        return
    stale = [path.name for path, content in wanted.items() if path.read_text(encoding="utf-8") != content]
    sys.exit(f"{', '.join(stale)} would come out otherwise" if stale else 0)


if __name__ == "__main__":
    main()
