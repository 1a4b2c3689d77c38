"""Stores in bad places: the tools say so on standard error, name the file, exit with 1 and write nothing."""

import os
import resource
import shutil
import subprocess
import sqlite3
import unittest

from support import CONNEX, Session, TempDirTest, book, connex, lines, set_up

TOOLS = (
    ("run",),
    ("audit", "verify"),
    ("audit", "list"),
    ("report", "summary"),
)


def content(directory):
    """Every file but what SQLite needs to read beside a writer: its index of the log, and a log that is empty."""
    found = {}
    for parent, _, files in os.walk(directory):
        for name in files:
            with open(os.path.join(parent, name), "rb") as file:
                data = file.read()
            if not name.endswith("-shm") and (data or not name.endswith("-wal")):
                found[os.path.join(parent, name)] = data
    return found


class Full(TempDirTest):
    """What cannot be printed was not done, whatever the tool."""

    def test_standard_output_is_full(self):
        with Session("run", "--db", self.path("db")) as session:
            set_up(session)
            session.finish()
        for tool in (
            ("--version",),
            ("--help",),
            ("clauses",),
            ("clauses", "C6.3-b"),
            ("commands",),
            ("policy", "digest"),
            ("policy", "show", "--json"),
            ("audit", "verify", "--db", self.path("db")),
            ("audit", "verify", "--json", "--db", self.path("db")),
            ("audit", "checkpoint", "--db", self.path("db")),
            ("sweep", "--db", self.path("db")),
            ("report", "summary", "--db", self.path("db")),
            ("report", "coverage", "--db", self.path("db")),
        ):
            with open("/dev/full", "wb") as full:
                done = subprocess.run([CONNEX, *tool], stdout=full, stderr=subprocess.PIPE, timeout=60)
            self.assertEqual((done.returncode, done.stderr.count(b"\n")), (1, 1), tool)
            self.assertIn(b"standard output cannot be written", done.stderr, tool)


class BadStores(TempDirTest):
    def test_a_store_that_is_not_there_is_not_made(self):
        for tool in (("sweep",), ("audit", "checkpoint"), ("audit", "export", "--out", self.path("pack"))):
            done = connex(*tool, "--db", self.path("missing"))
            self.assertEqual(done.returncode, 1, tool)
            self.assertIn(self.path("missing"), done.stderr.decode())
            self.assertEqual(content(self.directory), {})

    def refuse(self, path, *named, tools=TOOLS, **how):
        before = content(self.directory)
        for tool in tools:
            done = connex(*tool, "--db", path, stdin=b'{"command": "report.summary", "actor": "system"}\n', **how)
            said = done.stderr.decode()
            self.assertEqual(done.returncode, 1, (tool, said))
            if tool == ("run",):  # whoever drives it reads why, in place of an answer
                (answer,) = lines(done.stdout)
                self.assertIn(f"connex: {answer['error']['code']}: {answer['error']['message']}", said)
            else:
                self.assertEqual(done.stdout, b"", (tool, said))
            self.assertTrue(said.startswith("connex: "), said)
            self.assertEqual(said.count("\n"), 1)
            for name in named or (path,):
                self.assertIn(name, said)
        self.assertTrue(content(self.directory) == before)

    def make_store(self, bookings=1):
        path = self.path("db")
        with Session("run", "--db", path) as session:
            set_up(session)
            for n in range(bookings):
                assert book(session, "v-%d" % n)["ok"]
            session.finish()
        return path

    def write(self, name, data):
        with open(self.path(name), "wb") as file:
            file.write(data)
        return self.path(name)

    def test_a_file_of_another_program(self):
        path = self.path("other.db")
        store = sqlite3.connect(path)
        store.execute("CREATE TABLE audit_entries (seq INTEGER)")
        store.commit()
        store.close()
        self.refuse(path)

    def test_garbage(self):
        self.refuse(self.write("garbage", bytes(range(256)) * 64))
        self.refuse(self.write("text", b"these are notes, not a store\n"))
        self.refuse(self.write("image", b"\x89PNG\r\n\x1a\n" + bytes(5000)))

    def test_a_truncated_store(self):
        path = self.make_store(200)
        with open(path, "r+b") as file:
            file.truncate(os.path.getsize(path) - 1000)
        self.refuse(path)

    def test_a_store_with_a_table_gone(self):
        path = self.make_store()
        store = sqlite3.connect(path)
        store.execute("DROP TABLE visits")
        store.commit()
        store.close()
        self.refuse(path)

    def test_a_newer_schema(self):
        path = self.make_store()
        store = sqlite3.connect(path)
        store.execute("PRAGMA user_version = 60000")
        store.close()
        self.refuse(path)

    def test_paths_that_cannot_be(self):
        self.refuse(self.path("no/such/directory/db"))
        self.refuse(self.write("file", b"") + "/db")
        self.refuse(self.directory)
        self.refuse("", "--db")
        self.refuse(":memory:", "--db")

    def test_kinds_of_store_that_are_not_built_in(self):
        self.refuse("mysql://host/db", "--db")

    def test_reports_on_a_store_that_is_not_there_make_none(self):
        self.refuse(self.path("absent.db"), tools=TOOLS[1:])

    def test_a_directory_that_may_not_be_written(self):
        how = {}
        if os.geteuid() == 0:
            how = {"user": 65534, "group": 65534}
            try:
                subprocess.run([CONNEX, "--version"], capture_output=True, **how)
            except PermissionError:
                self.skipTest("root is never refused, and nobody else may run the tool where it lies")
        path = self.make_store()
        os.makedirs(self.path("closed"))
        shutil.copy(path, self.path("closed/db"))
        os.chmod(self.path("closed/db"), 0o444)
        os.chmod(self.path("closed"), 0o555)
        os.chmod(self.directory, 0o755)
        try:
            self.refuse(self.path("closed/new.db"), **how)
            self.refuse(self.path("closed/db"), tools=TOOLS[:1], **how)
        finally:
            os.chmod(self.path("closed"), 0o755)

    def test_no_room_to_begin_with(self):
        def little_room():
            resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

        path = self.path("db")
        done = connex("run", "--db", path, stdin=b"{}\n", preexec_fn=little_room, restore_signals=False)
        self.assertEqual((done.returncode, lines(done.stdout)[0]["error"]["code"]), (1, "storage"))
        self.assertIn(path, done.stderr.decode())

    def test_no_room_later(self):
        def some_room():
            resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 21, 1 << 21))

        path = self.path("db")
        booked = 0
        with Session("run", "--db", path, preexec_fn=some_room, restore_signals=False) as session:
            set_up(session)
            while True:
                answer = book(session, "v-%d" % booked)
                if not answer["ok"]:
                    break
                booked += 1
                self.assertLess(booked, 20_000)
            self.assertEqual(answer["error"]["code"], "storage")
            self.assertFalse(book(session, "v-%d" % booked)["ok"])  # and it goes on answering
            self.assertFalse(session.raw(b"{")["ok"])
            self.assertEqual(session.finish(), 1)  # the store did not do its part
        self.assertGreater(booked, 10)
        done = connex("audit", "verify", "--db", path)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(b"%d entries" % (booked + 4), done.stdout)
        with Session("run", "--db", path) as session:
            self.assertTrue(book(session, "v-%d" % booked)["ok"])


if __name__ == "__main__":
    unittest.main()
