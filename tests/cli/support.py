"""What the tests of the command line share. CONNEX names the program."""

import json
import os
import select
import subprocess
import tempfile
import time
import unittest

CONNEX = os.environ["CONNEX"]
TIMEOUT = 60


def connex(*args, stdin=b"", **how):
    """Runs the tool to its end; output and errors as bytes."""
    return subprocess.run([CONNEX, *args], input=stdin, capture_output=True, timeout=TIMEOUT, **how)


def lines(output):
    return [json.loads(line) for line in output.splitlines()]


class Session:
    """A tool that is driven line by line: each answer is read before the next line is written."""

    def __init__(self, *args, **how):
        self.process = subprocess.Popen(
            [CONNEX, *args], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0, **how
        )
        self._read = b""

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            pipe.close()

    def send(self, line):
        rest = memoryview(line + b"\n")
        while rest:
            rest = rest[self.process.stdin.write(rest) :]

    def receive(self):
        deadline = time.monotonic() + TIMEOUT
        while b"\n" not in self._read:
            ready, _, _ = select.select([self.process.stdout], [], [], max(0, deadline - time.monotonic()))
            if not ready:
                raise AssertionError("no answer")
            got = os.read(self.process.stdout.fileno(), 65536)
            if not got:
                raise AssertionError("the tool ended: %s" % self.process.stderr.read().decode())
            self._read += got
        line, self._read = self._read.split(b"\n", 1)
        return json.loads(line)

    def raw(self, line):
        self.send(line)
        return self.receive()

    def ask(self, command, actor, at, request_id=None, **args):
        request = {"command": command, "actor": actor, "at": at, "args": args}
        if request_id is not None:
            request["request_id"] = request_id
        return self.raw(json.dumps(request).encode())

    def finish(self):
        self.process.stdin.close()
        return self.process.wait(TIMEOUT)


def at(hour, minute=0):
    return "2026-11-23T%02d:%02d:00+05:30" % (hour, minute)


def set_up(session):
    """A doctor, a representative of a company, and everything switched on."""
    for command, actor, args in (
        ("organisation.put", "system", {"id": "acme", "kind": "pharma_company", "name": "Acme", "recording_entitled": True}),
        ("principal.register", "system", {"id": "dr-1", "role": "doctor", "name": "A Doctor", "adult_attested": True}),
        (
            "principal.register",
            "system",
            {"id": "mr-7", "role": "medical_representative", "organisation": "acme", "name": "R", "adult_attested": True},
        ),
        ("preference.set", "dr-1", {"doctor": "dr-1", "virtual_visits": True, "recording": True}),
    ):
        answer = session.ask(command, actor, at(8), **args)
        assert answer["ok"] and answer["decision"]["permitted"], answer


def book(session, visit, **more):
    return session.ask(
        "visit.book", "mr-7", at(9), id=visit, doctor="dr-1", representative="mr-7", starts_at=at(10), ends_at=at(10, 15), **more
    )


class TempDirTest(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = directory.name

    def path(self, name):
        return os.path.join(self.directory, name)
