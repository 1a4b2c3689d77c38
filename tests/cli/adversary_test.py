"""What an adversary writes stays hidden, and what only looks like a contact stays readable (adversary.py)."""

import json
import unittest
from collections import defaultdict

from adversary import leaks, messages
from support import connex, lines


class Adversary(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.messages = messages("all", seed=1, count=10)
        text = "".join(json.dumps({"id": m["id"], "text": m["text"]}) + "\n" for m in cls.messages)
        done = connex("redact", "--jsonl", stdin=text.encode())
        assert done.returncode == 0, done.stderr
        cls.answers = {a["id"]: [(s["start"], s["end"]) for s in a["spans"]] for a in lines(done.stdout)}

    def leak(self, novel):
        count = defaultdict(lambda: [0, 0])
        for message in self.messages:
            for span in message["spans"]:
                if message["novel"] == novel:
                    total = count[message["class"]]
                    total[0] += leaks(span, self.answers[message["id"]])
                    total[1] += 1
        found = sum(leaked for leaked, _ in count.values()) / sum(spans for _, spans in count.values())
        return found, {name: "%d of %d" % tuple(total) for name, total in sorted(count.items())}

    def test_families_that_guided_the_rules(self):
        share, each = self.leak(novel=False)
        self.assertLessEqual(share, 0.03, each)

    def test_families_that_did_not(self):
        share, each = self.leak(novel=True)
        self.assertLessEqual(share, 0.10, each)

    def test_messages_without_a_contact(self):
        characters = hidden = 0
        for message in self.messages:
            if message["spans"]:
                continue
            original = message["text"].encode()
            characters += len(message["text"])
            hidden += sum(len(original[s:e].decode()) for s, e in self.answers[message["id"]])
        self.assertLessEqual(1000 * hidden / characters, 1.0)


if __name__ == "__main__":
    unittest.main()
