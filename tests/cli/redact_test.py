"""connex redact: text in, text without contact details out."""

import json
import os
import pty
import subprocess
import unittest

from support import CONNEX, Session, TempDirTest, connex, lines

SAMPLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "redact_sample.jsonl")
PHONE = "98201 33447"


def redact(*args, text):
    done = connex("redact", *args, stdin=text.encode())
    assert done.returncode == 0, done.stderr
    return done.stdout.decode()


def redact_json(*args, text):
    return json.loads(redact("--json", *args, text=text))


class Sample(unittest.TestCase):
    def setUp(self):
        with open(SAMPLE, encoding="utf-8") as file:
            self.messages = [json.loads(line) for line in file]

    def test_every_contact_is_hidden_and_nothing_else(self):
        with open(SAMPLE, "rb") as file:
            done = connex("redact", "--jsonl", stdin=file.read())
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        for message, answer in zip(self.messages, lines(done.stdout), strict=True):
            self.assertEqual(list(answer), ["id", "text", "spans"])
            self.assertEqual(answer["id"], message["id"])
            original = message["text"].encode()
            hidden = bytearray(original)
            for span in answer["spans"]:
                self.assertIn(span["type"], message["type"])
                hidden[span["start"] : span["end"]] = b"\0" * (span["end"] - span["start"])
            left = bytes(hidden)
            for secret in message["hide"]:
                start = original.index(secret.encode())
                self.assertEqual(left[start : start + len(secret.encode())].strip(b"\0"), b"", message)
                self.assertNotIn(secret, answer["text"])
            if not message["hide"]:
                self.assertEqual((answer["text"], answer["spans"]), (message["text"], []))

    def test_the_text_is_the_original_with_a_marker_for_each_span(self):
        for message in self.messages:
            answer = redact_json(text=message["text"])
            original, kept, end = message["text"].encode(), [], 0
            for span in answer["spans"]:
                kept.append(original[end : span["start"]].decode())
                end = span["end"]
            kept.append(original[end:].decode())
            rest = answer["text"]
            for i, part in enumerate(kept):
                self.assertTrue(rest.startswith(part), message)
                rest = rest[len(part) :]
                if i + 1 < len(kept):
                    self.assertRegex(rest, r"^\[[a-z ]+ hidden\]")
                    rest = rest.partition("]")[2]
            self.assertEqual(rest, "")

    def test_plain_text_gives_the_same(self):
        for message in self.messages:
            self.assertEqual(redact(text=message["text"]), redact_json(text=message["text"])["text"])


class Edges(unittest.TestCase):
    def test_a_spelled_number_before_a_word_that_counts(self):
        out = redact(text="my number is nine eight two zero one three three four four seven ok")
        self.assertNotIn("nine", out)
        self.assertNotIn("seven", out)


class Lines(unittest.TestCase):
    def test_a_bad_line_is_an_error_that_repeats_nothing(self):
        bad = [
            b"",
            b"[]",
            b'"' + PHONE.encode() + b'"',
            b'{"id": 1}',
            b'{"text": "call %s"}' % PHONE.encode(),
            b'{"id": null, "text": "call %s"}' % PHONE.encode(),
            b'{"id": "%s", "text": "a"}' % (b"9" * 129),
            b'{"id": 1, "text": ["call %s"]}' % PHONE.encode(),
            b'{"id": 1, "text": "call %s' % PHONE.encode(),
            b'{"id": 1, "text": "call %s \xff"}' % PHONE.encode(),
            b'{"id": 1, "text": "a", "text": "call %s"}' % PHONE.encode(),
            b'{"id": 1, "text": "a", "%s": 1, "%s": 2}' % (PHONE.encode(), PHONE.encode()),
            b'{"id": 1, "text": "a", "%s": "\xff"}' % PHONE.encode(),
            b'{"id": 1, "text": "' + b"x" * 5_000_000 + b'"}',
        ]
        done = connex("redact", "--jsonl", stdin=b"\n".join(bad) + b'\n{"id": "z", "text": "fine"}\n')
        answers = lines(done.stdout)
        self.assertEqual(len(answers), len(bad) + 1)
        for line, answer in zip(bad, answers):
            self.assertIs(answer["ok"], False, line[:80])
            self.assertEqual(answer["error"]["code"], "invalid_argument")
        self.assertEqual(answers[-1], {"id": "z", "text": "fine", "spans": []})
        for part in (b"98201", b"33447", b"999"):
            self.assertNotIn(part, done.stdout)
        self.assertEqual((done.returncode, done.stderr), (1, b""))

    def test_each_answer_comes_before_the_next_line(self):
        with Session("redact", "--jsonl") as session:
            for number in range(3):
                self.assertEqual(session.raw(b'{"id": %d, "text": "a"}' % number)["id"], number)
            self.assertEqual(session.finish(), 0)


class Text(unittest.TestCase):
    def test_contacts_across_the_pieces_that_are_read(self):
        for before in (65_520, 65_530, 65_536, 131_060):
            words = ("clinic " * 20_000)[:before]
            out = redact(text=words + " call " + PHONE + " after lunch\n")
            self.assertNotIn("33447", out)
            self.assertEqual(out.count("[phone hidden]"), 1)

    def test_invalid_utf8_is_refused(self):
        for args in ((), ("--json",), ("--deidentify",)):
            done = connex("redact", *args, stdin=b"call 98201 33447 \xff\n")
            self.assertEqual((done.returncode, done.stdout), (1, b""))
            self.assertNotIn(b"98201", done.stderr)

    def test_explain(self):
        out = redact("--explain", text="call me on %s\n" % PHONE)
        self.assertRegex(out, r"(?m)^PHONE +11-22 +\d+\.\d +shape cue$")
        self.assertIn("call me on <<PHONE: %s>>\n" % PHONE, out)
        (span,) = redact_json("--explain", text="call me on " + PHONE)["spans"]
        self.assertEqual((span["start"], span["end"]), (11, 22))
        self.assertEqual(span["evidence"], ["shape", "cue"])
        self.assertGreater(span["score"], 0)

    def test_explain_tells_what_fell_short_of_its_threshold(self):
        out = redact("--explain", text="patient id 98480 22338\n")
        self.assertRegex(out, r"(?m)^not hidden: HANDLE at 11-16, -?\d+\.\d where \d+\.\d is needed: cue$")
        self.assertNotIn("not hidden", redact("--explain", text="call me on %s\n" % PHONE))

    def test_explain_shows_what_a_terminal_would_obey(self):
        out = redact("--explain", text="a\x1b[2Jb\x9bc\x07, call 98201 33447\n")
        self.assertIn("a\\x1b[2Jb\\x9bc\\x07, call <<PHONE: 98201 33447>>\n", out)

    def test_explain_highlights_on_a_terminal_and_nowhere_else(self):
        def on_terminal(**environment):
            ours, theirs = pty.openpty()
            done = subprocess.run([CONNEX, "redact", "--explain"], input=b"call me on 98201 33447\n", stdout=theirs,
                                  env={**os.environ, **environment}, check=True)
            os.close(theirs)
            out = b""
            try:
                while chunk := os.read(ours, 4096):
                    out += chunk
            except OSError:  # Linux says so when nobody writes any more
                pass
            os.close(ours)
            self.assertEqual(done.returncode, 0)
            return out.decode()

        self.assertIn("call me on \x1b[7m98201 33447\x1b[0m", on_terminal(TERM="xterm"))
        self.assertIn("call me on <<PHONE: 98201 33447>>", on_terminal(NO_COLOR="1"))
        self.assertNotIn("\x1b", redact("--explain", text="call me on 98201 33447"))

    def test_deidentify_says_what_may_be_left(self):
        text = "Met Dr Vaidya, call " + PHONE
        answer = redact_json("--deidentify", text=text)
        self.assertNotIn("98201", answer["text"])
        (risk,) = answer["risks"]
        self.assertEqual(risk["kind"], "unknown_titled_name")
        self.assertEqual(answer["text"][risk["start"] : risk["end"]], "Dr Vaidya")

    def test_usage(self):
        self.assertEqual(connex("redact", "--channel", "shouting").returncode, 2)


class Known(TempDirTest):
    def known(self, value):
        path = self.path("known.json")
        with open(path, "w", encoding="utf-8") as file:
            file.write(value if isinstance(value, str) else json.dumps(value))
        return path

    def test_registered_values_are_hidden_in_other_spellings(self):
        path = self.known({"phones": ["044 2345"], "names": ["Anita Deshmukh"], "organisations": ["Acme Pharma"]})
        answer = redact_json("--known", path, text="ANITA DESHMUKH of Acme Pharma, 0 4 4 2 3 4 5")
        self.assertEqual({span["type"] for span in answer["spans"]}, {"NAME", "ORGANISATION", "PHONE"})
        for part in ("ANITA", "DESHMUKH", "Acme", "Pharma", "4 4", "3 4"):
            self.assertNotIn(part, answer["text"])

    def test_a_registered_number_of_any_length_that_is_taken_is_hidden(self):
        for phone in ("982013", "9820133", "111111", "000000", "123456", "98201 33447 12345", "\u096f\u096e\u0968\u0966\u0967\u0969"):
            path = self.known({"phones": [phone]})
            self.assertNotIn(phone, redact("--known", path, text="order %s today" % phone))

    def test_people_become_placeholders(self):
        path = self.known({"names": ["Ravi Menon", "Anita Deshmukh"]})
        answer = redact_json("--deidentify", "--known", path, text="Anita Deshmukh agreed with Ravi Menon")
        self.assertEqual(answer["text"], "[person 2] agreed with [person 1]")

    def test_errors_point_into_the_file_and_repeat_no_value(self):
        secret = "secret 98201"
        for value, pointer in (
            ([secret], ""),
            ({"fax": [secret]}, "/fax"),
            ({"phones": secret}, "/phones"),
            ({"phones": [secret, 7]}, "/phones/1"),
            ({"emails": ["a@b.in", " "]}, "/emails/1"),
            ({"names": [secret * 50]}, "/names/0"),
            ({"names": [secret] * 257}, "/names"),
            ('{"names": [], "names": ["%s"]}' % secret, "/names"),
            ({"phones": ["98201 33447", "98201"]}, "/phones/1"),  # nothing that could be hidden
            ({"phones": [secret]}, "/phones/0"),
            ({"phones": ["98201 33447", "none"]}, "/phones/1"),
            ({"names": ["-"]}, "/names/0"),
            ({"addresses": [", ."]}, "/addresses/0"),
            ('{"names": ["%s"' % secret, ""),
            ('{"%s": [], "%s": []}' % (secret, secret), "/?"),
        ):
            done = connex("redact", "--known", self.known(value), stdin=b"text\n")
            self.assertEqual((done.returncode, done.stdout), (1, b""), value)
            self.assertIn(b"invalid_argument", done.stderr)
            self.assertNotIn(b"98201", done.stderr)
            if pointer:
                self.assertTrue(done.stderr.decode().endswith(" at %s\n" % pointer), done.stderr)
        self.assertEqual(connex("redact", "--known", self.path("none")).returncode, 1)


class Policy(TempDirTest):
    def redact(self, change, *args, text):
        pack = json.loads(connex("policy", "show").stdout)
        change(pack["redaction"])
        path = self.path("pack.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(pack, file)
        return redact("--policy", path, *args, text=text)

    def test_the_pack_opens_and_closes_hosts(self):
        text = "see https://trials.example.org/x and https://clinicaltrials.gov/y\n"

        def swap(rules):
            rules["open_hosts"] = ["example.org"]

        self.assertEqual(redact(text=text), "see [link hidden] and https://clinicaltrials.gov/y\n")
        self.assertEqual(self.redact(swap, text=text), "see https://trials.example.org/x and [link hidden]\n")

    def test_journals_guidelines_and_regulators_are_open(self):
        for link in ("https://www.nejm.org/doi/full/10.1056/NEJMoa1504720", "https://cdsco.gov.in/opencms/en/Home/",
                     "https://www.thelancet.com/journals/lancet/article/PIIS0140-6736(21)00676-0/fulltext"):
            self.assertEqual(redact(text=link + "\n"), link + "\n")

    def test_the_threshold_of_a_channel(self):
        def raise_notes(rules):
            rules["channels"]["note"]["threshold"] = 900

        text = "ring %s\n" % PHONE
        self.assertEqual(self.redact(raise_notes, "--channel", "note", text=text), text)
        self.assertEqual(self.redact(raise_notes, text=text), "ring [phone hidden]\n")


if __name__ == "__main__":
    unittest.main()
