"""A host in Python: the pages round a video visit and people's requests about their data, on the standard library's HTTP server.

    PYTHONPATH=build/bindings/python python3 examples/python/host.py [--db FILE] [--port N] [--people FILE]

Connex decides; this file asks it, shows what it says and holds to it. Each person signs in with a session of their
own, so that nobody answers for another. Put your own sign-in in the place of `sign_in`, and TLS in front.

What Connex keeps outlives the host in FILE, and the people are registered once. What `Platform` keeps is in memory and
goes with the host: who is signed in, which visits and requests its pages list, and what it last heard of the settings.
"""

import argparse
import hashlib
import html
import json
import secrets
import threading
import time
from datetime import datetime, timedelta, timezone
from http.cookies import CookieError, SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import connex

STYLE = """body{font:16px/1.5 sans-serif;max-width:42rem;margin:2rem auto;padding:0 1rem}
.status{padding:.8rem;font-weight:bold;border:3px solid}.on{background:#b00020;color:#fff}.off{background:#eee;color:#222}
pre{white-space:pre-wrap;background:#f6f6f6;padding:1rem}button{font:inherit;padding:.4rem 1rem;margin-right:.5rem}
.late{color:#b00020;font-weight:bold}td,th{padding:.2rem .6rem;text-align:left}"""


BEFORE_EXPIRY = 60  # seconds
INDIA = timezone(timedelta(hours=5, minutes=30))
RIGHTS = {"access": "Tell me what you keep of me", "erasure": "Erase my data", "grievance": "I have a complaint"}
OUTCOMES = {"upheld": "Upheld", "partly_upheld": "Upheld in part", "not_upheld": "Not upheld"}


class Html(str):
    """Text that is markup already."""


def h(template, **values):
    """Markup with values put in; what is no markup is escaped."""
    return Html(template.format(**{k: v if isinstance(v, Html) else html.escape(str(v)) for k, v in values.items()}))


def join(parts):
    return Html("".join(parts))


class Refused(Exception):
    """Connex, or this host, said no."""

    def __init__(self, decision=None, text="This is not yours to see."):
        self.reasons = [f"{r.text} ({r.clause})" for r in decision.reasons] if decision is not None else [text]


def ask(command, **args):
    """Carries out a command and gives its answer; a denial is shown to the person as it is."""
    answer = command(**args)
    if not answer.permitted:
        raise Refused(answer.decision)
    return answer


def unix_time(moment):
    """In whole seconds, which Python 3.10 reads too."""
    return datetime.fromisoformat(moment[:19] + moment[-6:]).timestamp()


class Platform:
    """What the host itself keeps. A real one keeps it in its database."""

    def __init__(self, engine, store_is_new):
        self.engine = engine
        self.unset = False if store_is_new else None  # a setting of which the host has not heard: off, or not known
        self.asking = threading.Lock()
        self.people = {}  # id: role
        self.sessions = {}  # token: (session id, person)
        self.visits = {}  # id: (doctor, representative)
        self.preferences = {}  # doctor: what preference.set answered last
        self.recording = {}  # visit that has begun: when the permit to record it expires, in Unix time; 0 without one
        self.requests = {}  # id: what was last answered about a person's request

    def seed(self, lines):
        """Each line has a request id of its own, so that a store which has it already answers as it did then."""
        for line in lines:
            request = json.loads(line)
            digest = hashlib.sha256(line.encode()).hexdigest()
            answer = self.engine.execute({**request, "request_id": f"seed-{digest[:32]}"})
            if not answer.permitted:
                raise Refused(answer.decision)
            if request["command"] == "principal.register":
                self.people[answer.result["id"]] = answer.result["role"]
            if request["command"] == "preference.set" and self.unset is False:
                self.preferences[answer.result["doctor"]] = answer.result

    def sign_in(self, person):
        if person not in self.people:
            raise Refused(text="Nobody of this name is known.")
        token = secrets.token_urlsafe()
        self.sessions[token] = (secrets.token_hex(8), person)
        return token

    def decide(self, visit):
        """Asks whether the call is recorded now, and has the screen say so first: when anything in it changes, and before
        the permit expires. A change that passes by this host shows by then."""
        with self.asking:  # no yes comes after a later no
            try:
                told = self.engine.system.recording.decide(visit=visit)
                on = told.permitted and told.result["on_screen"] == "on"
                self.recording[visit] = unix_time(told.result["expires_at"]) if on else 0
            except connex.Error:
                self.recording[visit] = 0  # no answer is a no
            # Here a real host hands the permit to its media server, which records; without one, it has it stop.

    def changed(self, *visits):
        for visit in visits:
            if visit in self.recording:
                self.decide(visit)

    def is_recorded(self, visit):
        """Whether the screen says so; None while the call has not begun."""
        expires = self.recording.get(visit)
        if expires and time.time() > expires - BEFORE_EXPIRY:
            self.decide(visit)
        return bool(self.recording[visit]) if visit in self.recording else None

    def name(self, viewer, subject):
        seen = ask(self.engine.actor(viewer).principal.view, subject=subject).result["fields"]
        return seen.get("name", "a participant")


class Handler(BaseHTTPRequestHandler):
    platform: Platform

    # Pages

    def home(self):
        p = self.platform
        if self.person is None:
            people = join(h('<option>{id}</option>', id=person) for person in p.people)
            return h('<h1>Sign in</h1><form method="post" action="/sign-in"><select name="person">{people}</select>'
                     "<button>Sign in</button></form>", people=people)
        links = [h('<li><a href="/visits/{v}">Visit {v}</a></li>', v=v) for v, of in p.visits.items() if self.person in of]
        role = p.people[self.person]
        if role == "doctor":
            links.append(Html('<li><a href="/settings">Settings</a></li>'))
        if role == "medical_representative":
            links += [h('<li><a href="/doctors/{d}">Doctor {d}</a></li>', d=d) for d, r in p.people.items() if r == "doctor"]
        if role == "data_protection_officer":
            links.append(Html('<li><a href="/requests">Requests that are due</a></li>'))
        links.append(Html('<li><a href="/data">My data</a></li>'))
        return h("<h1>Hello, {name}</h1><ul>{links}</ul>", name=p.name(self.person, self.person), links=join(links))

    def doctor(self, doctor):
        """What a representative sees of a doctor: the fields that Connex shows, which hold no contact details."""
        self.must_be("medical_representative")
        if self.platform.people.get(doctor) != "doctor":
            raise Refused
        seen = ask(self.me.principal.view, subject=doctor).result
        rows = join(h("<tr><th>{n}</th><td>{v}</td></tr>", n=n, v=v) for n, v in seen["fields"].items())
        return h('<h1>Doctor</h1><table>{rows}</table><p id="hidden">Not shown: {hidden}</p>'
                 '<form method="post" action="/doctors/{d}/book"><button>Book a visit now</button></form>',
                 rows=rows, hidden=", ".join(seen["hidden"]), d=doctor)

    def book(self, doctor):
        start = datetime.now(timezone.utc) + timedelta(minutes=1)
        visit = f"v-{secrets.token_hex(4)}"
        ask(self.me.visit.book, id=visit, doctor=doctor, representative=self.person,
            starts_at=start, ends_at=start + timedelta(minutes=15))
        self.platform.visits[visit] = (doctor, self.person)
        return f"/visits/{visit}"

    def settings(self):
        self.must_be("doctor")
        now = self.platform.preferences.get(self.person, {})
        rows = []
        for setting, text in (("virtual_visits", "Video visits"), ("recording", "Recording of my visits")):
            state = {True: "on", False: "off", None: "as you left it"}[now.get(setting, self.platform.unset)]
            others = join(h('<button name="{s}" value="{o}">Switch {o}</button>', s=setting, o=other)
                          for other in ("on", "off") if other != state)
            rows.append(h('<form method="post" action="/settings"><p id="{s}">{text}: <b>{state}</b> {others}</p></form>',
                          s=setting, text=text, state=state, others=others))
        return h("<h1>Settings</h1><p>Both are off until you switch them on.</p>{rows}", rows=join(rows))

    def change_settings(self):
        change = {name: self.form[name] == "on" for name in ("virtual_visits", "recording") if name in self.form}
        p = self.platform
        p.preferences[self.person] = ask(self.me.preference.set, doctor=self.person, **change).result
        p.changed(*[visit for visit, of in p.visits.items() if self.person in of])
        return "/settings"

    def before(self, visit):
        """The page before the call: promotional nature, slot, recording, terms and policy; and two answers."""
        told = ask(self.me.visit.disclosure, visit=visit).result
        may_record = told["recording"] == "if_all_agree"
        status = "This visit is recorded only if everyone agrees" if may_record else "This visit will NOT be recorded"
        question = Html('<fieldset><legend>May this visit be recorded?</legend>'
                        '<label><input type="radio" name="recording" value="yes" required> Yes</label> '
                        '<label><input type="radio" name="recording" value="no"> No, and I still take part</label></fieldset>')
        other = h('<p id="under-way"><a href="/visits/{v}/call">The visit is under way</a></p>'
                  if visit in self.platform.recording else
                  '<form method="post" action="/visits/{v}/decline"><button id="decline">I decline</button></form>', v=visit)
        return h('<h1>Before the visit</h1><p id="promotional">This visit is promotional and no medical consultation.</p>'
                 '<p id="slot">{start} to {end}</p><p id="status" class="status off">{status}</p><pre>{text}</pre>'
                 '<p id="links"><a href="{terms}">Terms</a> <a href="{policy}">Privacy policy</a></p>'
                 '<form method="post" action="/visits/{v}/accept"><input type="hidden" name="hash" value="{hash}">{question}'
                 '<p><button id="accept">I accept, let me in</button></p></form>'
                 '{other}',
                 start=told["slot"]["starts_at"], end=told["slot"]["ends_at"], status=status, text=told["text"],
                 terms=told["links"]["terms"], policy=told["links"]["policy"], v=visit, hash=told["hash"],
                 question=question if may_record else "", other=other)

    def accept(self, visit):
        ask(self.me.visit.accept, visit=visit, disclosure_hash=self.form.get("hash", ""), session=self.session,
            recording_consent=self.form.get("recording") == "yes")
        ask(self.me.visit.join, visit=visit)
        # The call begins with the last to accept; until then this is a denial, and they wait.
        p = self.platform
        if visit in p.recording or p.engine.system.visit.start(visit=visit).permitted:
            p.decide(visit)
        return f"/visits/{visit}/call"

    def decline(self, visit):
        """Who is in the call already, by a page that was left open, goes out of it: until then it may be recorded."""
        self.must_be_of(visit)
        try:
            ask(self.me.visit.leave, visit=visit)
        except connex.Error as error:
            if error.code != "conflict":  # not in it
                raise
        self.platform.changed(visit)
        return h('<h1 id="declined">You declined</h1><p>You are not in the visit, and nothing of it is recorded without you.</p>'
                 '<p><a href="/visits/{v}">Read it again</a></p>', v=visit)

    def call(self, visit):
        self.must_be_of(visit)
        recorded = self.platform.is_recorded(visit)
        if recorded is None:
            status, kind = "Waiting for the others. Recording is OFF", "off"
        else:
            status, kind = ("RECORDING IS ON", "on") if recorded else ("Recording is OFF", "off")
        stop = h('<form method="post" action="/visits/{v}/withdraw"><button id="withdraw">Stop recording</button></form>', v=visit)
        return h('<meta http-equiv="refresh" content="2"><h1>In the visit</h1><p id="status" class="status {kind}">{status}</p>'
                 '{stop}<form method="post" action="/visits/{v}/leave"><button id="leave">Leave</button></form>',
                 kind=kind, status=status, stop=stop if recorded else "", v=visit)

    def withdraw(self, visit):
        ask(self.me.consent.withdraw, visit=visit)
        self.platform.changed(visit)
        return f"/visits/{visit}/call"

    def leave(self, visit):
        ask(self.me.visit.leave, visit=visit)
        self.platform.changed(visit)
        return "/"

    def data(self):
        """Where people ask for what is theirs by right, and see what became of it."""
        kinds = join(h('<label><input type="radio" name="kind" value="{k}" required> {text}</label><br>', k=k, text=text)
                     for k, text in RIGHTS.items())
        mine = join(h('<li id="{id}">{kind}: <b>{status}</b>, answer due {due}{kept}</li>', id=id, kind=r["kind"], status=r["status"],
                      due=r["due_at"], kept="".join(f"; {row['class']}: {row['count']}" for row in r.get("summary", {}).get("data", [])))
                    for id, r in self.platform.requests.items() if r["principal"] == self.person)
        return h('<h1>My data</h1><form method="post" action="/data">{kinds}<p><textarea name="text" maxlength="4000" '
                 'placeholder="What is your complaint?"></textarea></p><button id="send">Send</button></form>'
                 '<ul id="mine">{mine}</ul>', kinds=kinds, mine=mine)

    def take_in(self, principal, channel, **more):
        kind = self.form.get("kind", "")
        details = {"text": self.form.get("text", "")} if kind == "grievance" else None
        id = f"r-{secrets.token_hex(4)}"
        self.platform.requests[id] = ask(self.me.rights.submit, id=id, kind=kind, principal=principal, channel=channel,
                                         details=details, **more).result

    def submit(self):
        self.take_in(self.person, "in_app")
        return "/data"

    def requests(self):
        """The page of the data protection officer: what is due within a month, what is overdue first. Who else may see
        it, Connex says."""
        told = ask(self.me.report.deadlines, warning_days=30).result
        rows = join(self.row(r) for r in told["overdue"] + told["at_risk"])
        kinds = join(h('<option value="{k}">{k}</option>', k=k) for k in RIGHTS)
        people = join(h("<option>{p}</option>", p=p) for p in self.platform.people)
        return h('<h1>Requests that are due</h1><p id="count">{overdue} overdue, {rest} due within 30 days{more}</p><table>'
                 "<tr><th>who</th><th>asks for</th><th>received</th><th>due</th><th>state</th><th></th></tr>{rows}</table>"
                 '<h2>A request that came by post</h2><form method="post" action="/requests"><select name="principal">{people}</select> '
                 '<select name="kind">{kinds}</select> <input type="date" name="received" required> '
                 '<input name="text" placeholder="the complaint"> <button id="take">Take in</button></form>',
                 overdue=len(told["overdue"]), rest=len(told["at_risk"]), more=", and more" if told["more"] else "",
                 rows=rows, people=people, kinds=kinds)

    def row(self, r):
        if r["status"] == "received":
            asked = Html('<input name="evidence" placeholder="proof of identity" required> ')
            verb, text = "verify", "Identity proven"
        else:
            options = join(h('<option value="{o}">{t}</option>', o=o, t=t) for o, t in OUTCOMES.items())
            asked = h('<select name="outcome">{options}</select> ', options=options) if r["kind"] == "grievance" else ""
            verb, text = "answer", "Answer"
        return h('<tr id="{id}" class="{late}"><td>{who}</td><td>{kind}</td><td>{received}</td><td>{due}{overdue}</td><td>{status}</td>'
                 '<td><form method="post" action="/requests/{id}/{verb}">{asked}<button>{text}</button></form></td></tr>',
                 id=r["id"], late="late" if r["overdue"] else "", who=r["principal"], kind=r["kind"], received=r["received_at"][:10],
                 due=r["due_at"][:10], overdue=" OVERDUE" if r["overdue"] else "", status=r["status"], verb=verb, asked=asked, text=text)

    def take_in_post(self):
        """The clock starts when the letter came, not when somebody opened it."""
        try:
            received = datetime.fromisoformat(self.form.get("received", "")).replace(tzinfo=INDIA)
        except ValueError:
            raise Refused(text="On which day did it come?") from None
        self.take_in(self.form.get("principal", ""), "post", received_at=received)
        return "/requests"

    def verify(self, request):
        self.platform.requests[request] = ask(self.me.rights.verify_identity, id=request,
                                              evidence=self.form.get("evidence", "")).result
        return "/requests"

    def answer(self, request):
        """What is answered goes to the person; the officer sees that it is done."""
        self.platform.requests[request] = ask(self.me.rights.resolve, id=request, outcome=self.form.get("outcome")).result
        return "/requests"

    def must_be(self, role):
        if self.platform.people[self.person] != role:
            raise Refused

    def must_be_of(self, visit):
        if self.person not in self.platform.visits.get(visit, ()):
            raise Refused

    # HTTP

    def route(self, method, path):
        match [method, *path.strip("/").split("/")]:
            case ["GET", ""]:
                return self.home()
            case ["GET", "terms" | "privacy" as text]:
                return h("<h1>{text}</h1><p>Your own text stands here.</p>", text=text.capitalize())
            case ["POST", "sign-in"]:
                self.cookie = self.platform.sign_in(self.form.get("person", ""))
                return "/"
        if self.person is None:
            raise Refused(text="Sign in first.")
        match [method, *path.strip("/").split("/")]:
            case ["GET", "doctors", doctor]:
                return self.doctor(doctor)
            case ["POST", "doctors", doctor, "book"]:
                return self.book(doctor)
            case ["GET", "settings"]:
                return self.settings()
            case ["POST", "settings"]:
                return self.change_settings()
            case ["GET", "data"]:
                return self.data()
            case ["POST", "data"]:
                return self.submit()
            case ["GET", "requests"]:
                return self.requests()
            case ["POST", "requests"]:
                return self.take_in_post()
            case ["POST", "requests", request, "verify" | "answer" as action]:
                return getattr(self, action)(request)
            case ["GET", "visits", visit]:
                return self.before(visit)
            case ["GET", "visits", visit, "call"]:
                return self.call(visit)
            case ["POST", "visits", visit, "accept" | "decline" | "withdraw" | "leave" as action]:
                return getattr(self, action)(visit)
        raise Refused(text="There is no such page.")

    def read(self):
        cookie = SimpleCookie(self.headers.get("Cookie", "")).get("session")
        self.session, self.person = self.platform.sessions.get(cookie.value if cookie else "", (None, None))
        self.me = self.platform.engine.actor(self.person) if self.person else None
        length = int(self.headers.get("Content-Length") or 0)
        if length < 0:
            raise ValueError
        body = self.rfile.read(min(length, 1 << 16)).decode()
        self.form = {name: values[0] for name, values in parse_qs(body).items()}
        return urlsplit(self.path).path

    def serve(self):
        self.cookie = None
        try:
            path = self.read()
        except (ValueError, CookieError):
            return self.send(400, h('<h1 id="refused">Not possible</h1><p>This is no request that can be read.</p>'))
        try:
            self.send(200, self.route(self.command, path))
        except Refused as refused:
            self.send(403, h('<h1 id="refused">Not possible</h1><ul>{why}</ul><p><a href="/">Back</a></p>',
                             why=join(h("<li>{r}</li>", r=r) for r in refused.reasons)))
        except connex.Error as error:
            self.send(400, h('<h1 id="refused">Not possible</h1><p>{why}</p>', why=error.message))

    do_GET = do_POST = serve

    def send(self, status, page):
        moved = not isinstance(page, Html)
        self.send_response(303 if moved else status)
        if moved:
            self.send_header("Location", page)
        if self.cookie:
            self.send_header("Set-Cookie", f"session={self.cookie}; HttpOnly; SameSite=Strict; Path=/")
        self.send_header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'")
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        if not moved:
            self.wfile.write(h('<!doctype html><html lang="en"><title>Visits</title><style>{style}</style>{page}',
                               style=Html(STYLE), page=page).encode())

    def log_message(self, *args):
        pass


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--db", default="memory:")
    arguments.add_argument("--port", type=int, default=8080)
    arguments.add_argument("--people", default=Path(__file__).parent.parent / "people.jsonl")
    given = arguments.parse_args()
    store_is_new = not Path(given.db).exists()
    with connex.open(given.db) as engine:
        platform = Platform(engine, store_is_new)
        platform.seed(Path(given.people).read_text(encoding="utf-8").splitlines())
        server = ThreadingHTTPServer(("127.0.0.1", given.port), type("Bound", (Handler,), {"platform": platform}))
        print(f"listening on http://127.0.0.1:{server.server_port}", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            pass


if __name__ == "__main__":
    main()
