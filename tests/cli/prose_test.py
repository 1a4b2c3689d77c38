"""Ordinary prose, as Debian's packages bring it, arrives unharmed.

Paragraphs that name a host or an address are left out: a web site or a mailbox is how to reach somebody, and hidden by
design unless the policy lists it.
"""

import glob
import gzip
import json
import os
import re
import unittest

from support import connex, lines

PLACES = ["/usr/share/common-licenses/*", "/usr/share/doc/*/README*", "/usr/share/doc/*/FAQ*", "/usr/share/doc/*/NEWS*",
          "/usr/share/doc/*/*.txt*"]
REACHES = re.compile(r"@|://|\bwww\.|\[at\]|\b[\w-]+\.(com|org|net|edu|info|gov|io|in|de|uk|example)\b", re.I)
ENOUGH = 1_500_000  # characters


def paragraphs():
    seen = set()
    total = 0
    for place in PLACES:
        for path in sorted(glob.glob(place)):
            if not os.path.isfile(path) or total > ENOUGH:
                continue
            try:
                raw = gzip.open(path).read() if path.endswith(".gz") else open(path, "rb").read()
                text = raw.decode()
            except (OSError, UnicodeDecodeError):
                continue
            for paragraph in text.split("\n\n"):
                prose = sum(c.isalpha() or c.isspace() for c in paragraph) > 0.92 * len(paragraph)
                sentence = paragraph.rstrip()[-1:] in (".", ":", ";", ")", "?", "!")
                if len(paragraph) < 120 or not prose or not sentence or REACHES.search(paragraph) or paragraph in seen:
                    continue
                seen.add(paragraph)
                total += len(paragraph)
                yield paragraph


class Prose(unittest.TestCase):
    def test_ordinary_prose(self):
        texts = list(paragraphs())
        characters = sum(map(len, texts))
        self.assertGreater(characters, 100_000)
        done = connex("redact", "--jsonl",
                      stdin="".join(json.dumps({"id": i, "text": t}) + "\n" for i, t in enumerate(texts)).encode())
        self.assertEqual(done.returncode, 0, done.stderr)
        hidden = []
        for answer in lines(done.stdout):
            raw = texts[answer["id"]].encode()
            hidden += [raw[s["start"]:s["end"]].decode() for s in answer["spans"]]
        self.assertLessEqual(1000 * sum(map(len, hidden)) / characters, 0.1, hidden[:20])


if __name__ == "__main__":
    unittest.main()
