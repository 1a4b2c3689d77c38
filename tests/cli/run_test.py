"""connex run: commands in, answers out, one line each."""

import json
import unittest

from support import Session, TempDirTest, at, book, connex, lines, set_up


class Run(TempDirTest):
    def stores(self):
        return ("memory:", self.path("db"))

    def test_each_answer_comes_before_the_next_request(self):
        for store in self.stores():
            with Session("run", "--db", store) as session:
                set_up(session)
                for n in range(20):
                    answer = book(session, "v-%d" % n)
                    self.assertTrue(answer["decision"]["permitted"])
                    self.assertEqual(answer["result"]["visit"], "v-%d" % n)
                    self.assertEqual(answer["audit"]["seq"], 4 + n)
                self.assertTrue(session.ask("audit.verify", "system", at(9))["result"]["valid"])
                self.assertEqual(session.finish(), 0)

    def test_a_store_goes_on_where_it_was(self):
        with Session("run", "--db", self.path("db")) as session:
            set_up(session)
            self.assertTrue(book(session, "v-1")["ok"])
            self.assertEqual(session.finish(), 0)
        with Session("run", "--db", self.path("db")) as session:
            self.assertEqual(book(session, "v-1")["error"]["code"], "conflict")
            backwards = session.ask("visit.cancel", "mr-7", at(8), visit="v-1")
            self.assertEqual(backwards["error"]["path"], "/at")
            self.assertEqual(session.ask("visit.cancel", "mr-7", at(9), visit="v-1")["result"]["state"], "cancelled")

    def test_two_processes_share_one_file(self):
        with Session("run", "--db", self.path("db")) as session:
            set_up(session)
        sessions = [Session("run", "--db", self.path("db")) for _ in range(2)]
        with sessions[0], sessions[1]:
            for n in range(100):  # both have a request under way before either answer is read
                for who, session in enumerate(sessions):
                    visit = {"id": "v-%d-%d" % (who, n), "doctor": "dr-1", "representative": "mr-7"}
                    slot = {"starts_at": at(10), "ends_at": at(10, 15)}
                    request = {"command": "visit.book", "actor": "mr-7", "at": at(9), "args": {**visit, **slot}}
                    session.send(json.dumps(request).encode())
            answers = [session.receive() for session in sessions for _ in range(100)]
            self.assertTrue(all(answer["decision"]["permitted"] for answer in answers))
            self.assertEqual(sorted(answer["audit"]["seq"] for answer in answers), list(range(4, 204)))
            verified = sessions[0].ask("audit.verify", "system", at(9))["result"]
            self.assertEqual((verified["valid"], verified["entries"]), (True, 204))

    def test_a_published_pack_waits_for_the_customers(self):
        """A processor that a version adds gets nothing until every customer was told and 15 days are over."""
        pack = json.loads(connex("policy", "show", "--json").stdout)
        mailer = {**pack["processors"][0], "id": "mailer", "purposes": ["communication"], "fields": [{"name": "email", "guard": "none"}]}
        pack = {**pack, "version": "2", "processors": [*pack["processors"], mailer]}

        def day(n):
            return "2026-12-%02dT10:00:00+05:30" % n

        for store in self.stores():
            with Session("run", "--db", store) as session:
                set_up(session)
                published = session.ask("policy.publish", "system", day(1), pack=pack, effective_at=day(1), material=True)
                self.assertEqual([row["processor"] for row in published["result"]["waiting"]], ["mailer"])
                session.ask("principal.register", "system", day(1), id="dr-9", role="doctor", name="D", adult_attested=True)
                session.ask("attestation.put", "system", day(1), claim="agreement:mailer", value=True, evidence_ref="d",
                            valid_until=at(9).replace("2026", "2027"))

                def sends(when):
                    answer = session.ask("egress.check", "system", when, processor="mailer", purpose="communication",
                                         fields={"email": "x"}, context={"principals": ["dr-9"]})
                    return answer["result"]["send"] or [reason["code"] for reason in answer["decision"]["reasons"]]

                self.assertEqual(sends(day(1)), ["processor_not_engaged"])
                waiting = session.ask("notice.pending", "system", day(2), processor="mailer")["result"]["notices"]
                for customer in (row["recipient"] for row in waiting):
                    args = {"processor": "mailer", "customer": customer, "at": day(3)}
                    session.send(json.dumps({"command": "processor.notify", "actor": "system", "at": day(3), "args": args}).encode())
                    self.assertTrue(session.receive()["ok"])
                self.assertFalse(session.ask("processor.engage", "system", day(17), processor="mailer")["decision"]["permitted"])
                self.assertEqual(sends(day(17)), ["processor_not_engaged"])
                self.assertTrue(session.ask("processor.engage", "system", day(18), processor="mailer")["decision"]["permitted"])
                self.assertEqual(sends(day(18)), ["email"])
                self.assertEqual(session.ask("audit.replay", "system", day(18), version="2")["result"]["flips"], [])

    def test_malformed_requests_change_nothing(self):
        request = {"command": "visit.cancel", "actor": "mr-7", "at": at(9), "args": {"visit": "v-1"}}

        def changed(**fields):
            return json.dumps({**request, **fields}).encode()

        malformed = [
            (b"", ""),
            (b" ", ""),
            (b"{", ""),
            (b"[]", ""),
            (b"null", ""),
            (b"{}", "/command"),
            (b"\x00", ""),
            (b'{"command": "\xff\xfe"}', "/command"),
            (b'{"command": "\xed\xa0\x80"}', "/command"),
            (b'{"command": "\\ud800"}', "/command"),
            (b'{"command": "organisation.put", "args": {"name": "A \\udead"}}', "/args/name"),
            (b'{"args": {"details": {"a": ["b", "\xc3("]}}}', "/args/details/a/1"),
            (b'{"command": "visit.cancel", "command": "visit.book"}', "/command"),
            (b"[" * 100_000, ""),
            (b'{"command": "' + b"x" * 5_000_000 + b'"}', ""),
            (changed(command="nothing"), "/command"),
            (changed(command=7), "/command"),
            (changed(actor=""), "/actor"),
            (changed(actor=None), "/actor"),
            (changed(actor="x" * 129), "/actor"),
            (changed(actor="white space"), "/actor"),
            (changed(at="yesterday"), "/at"),
            (changed(at="2026-11-23T09:00:00"), "/at"),
            (changed(at="2026-02-30T09:00:00Z"), "/at"),
            (changed(at=1), "/at"),
            (changed(request_id=""), "/request_id"),
            (changed(args=[]), "/args"),
            (changed(args={}), "/args/visit"),
            (changed(args={"visit": 1}), "/args/visit"),
            (changed(args={"visit": "v-1", "more": 1}), "/args/more"),
            (changed(more=1), "/more"),
        ]
        with Session("run", "--db", self.path("db")) as session:
            set_up(session)
            book(session, "v-1")
            for line, path in malformed:
                error = session.raw(line)
                self.assertFalse(error["ok"], line[:80])
                self.assertEqual(error["error"]["code"], "invalid_argument", line[:80])
                self.assertEqual(error["error"].get("path", ""), path, line[:80])
                self.assertLess(len(json.dumps(error)), 1000)
            verified = session.ask("audit.verify", "system", at(9))["result"]
            self.assertEqual((verified["valid"], verified["entries"]), (True, 5))
            self.assertEqual(session.raw(json.dumps(request).encode())["result"]["state"], "cancelled")
            self.assertEqual(session.finish(), 0)

    def test_an_unknown_actor(self):
        with Session("run", "--db", "memory:") as session:
            answer = session.ask("report.summary", "nobody", at(9))
            self.assertEqual(answer["error"]["code"], "unauthenticated")

    def test_a_request_id_is_answered_once(self):
        with Session("run", "--db", self.path("db")) as session:
            set_up(session)
            put = {"id": "clinic", "kind": "clinic", "name": "C"}
            first = session.ask("organisation.put", "system", at(9), "q-1", **put)
            again = session.ask("organisation.put", "system", at(9), "q-1", **put)
            self.assertEqual(first, again)
            other = session.ask("organisation.put", "system", at(9), "q-1", **{**put, "name": "D"})
            self.assertEqual(other["error"]["path"], "/request_id")

    def test_a_denial_is_an_answer(self):
        with Session("run", "--db", "memory:") as session:
            set_up(session)
            answer = session.ask("visit.book", "dr-1", at(9), id="v", doctor="dr-1", representative="mr-7",
                                 starts_at=at(10), ends_at=at(10, 15))
            self.assertTrue(answer["ok"])
            self.assertFalse(answer["decision"]["permitted"])
            self.assertEqual(session.finish(), 0)

    def test_a_line_without_its_time_leaves_a_replay_in_its_time(self):
        with Session("run", "--db", "memory:") as session:
            set_up(session)
            session.send(json.dumps({"command": "visit.cancel", "actor": "mr-7", "args": {"visit": "x"}}).encode())
            self.assertEqual(session.receive()["error"]["code"], "not_found")
            self.assertTrue(session.ask("preference.set", "dr-1", at(9), doctor="dr-1", recording=True)["ok"])

    def test_lines_may_end_as_on_other_systems(self):
        request = json.dumps({"command": "report.summary", "actor": "system", "at": at(9)})
        done = connex("run", "--db", "memory:", stdin=(request + "\r\n" + request).encode())
        self.assertEqual([answer["ok"] for answer in lines(done.stdout)], [True, True])

    def test_nobody_reads_any_more(self):
        with Session("run", "--db", "memory:") as session:
            session.process.stdout.close()
            session.send(b"{}")
            session.process.stdin.close()
            self.assertNotEqual(session.process.wait(60), 0)


if __name__ == "__main__":
    unittest.main()
