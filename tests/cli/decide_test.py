"""connex decide: facts in, decisions out."""

import json
import unittest

from support import Session, connex, lines

RULES = {
    "visit.book": ["doctor_virtual_visits_enabled", "booker_is_medical_representative", "opt_in_set_by_doctor"],
    "visit.join": [
        "visit_is_current",
        "doctor_virtual_visits_enabled",
        "joiner_is_invited",
        "joiner_role_fits_side",
        "joiner_accepted_disclosure",
    ],
    "visit.start": [
        "doctor_virtual_visits_enabled",
        "every_participant_accepted",
        "acceptances_match_disclosure",
        "participants_are_distinct",
    ],
    "recording.eligible": ["doctor_recording_enabled", "company_recording_entitled", "company_recording_enabled"],
    "recording.start": [
        "doctor_recording_enabled",
        "company_recording_entitled",
        "company_recording_enabled",
        "representative_company_unchanged",
        "visit_started",
        "every_participant_consented",
        "consents_match_disclosure",
        "screen_matches_decision",
    ],
    "recording.access": [
        "recording_available",
        "viewer_is_participant_or_compliance_officer",
        "viewer_company_matches",
        "mode_allowed",
    ],
    "media.engage": ["doctor_virtual_visits_enabled", "visit_is_virtual", "visit_is_current"],
    "ai.extract": [
        "ai_enabled",
        "provider_listed",
        "source_is_completion_note",
        "text_deidentified",
        "agreement_in_force",
        "no_training_attested",
    ],
    "processor.engage": [
        "agreement_in_force",
        "affected_customers_notified",
        "notice_period_elapsed",
        "countries_permitted",
    ],
}
NOT_FACTS = [0, 1, -1, 1.5, "", "true", "yes", [], [True], {}, {"value": True}]


def decide(rule, *texts):
    return connex("decide", rule, stdin="".join(text + "\n" for text in texts).encode())


class Decide(unittest.TestCase):
    def test_only_all_facts_true_permit(self):
        for rule, facts in RULES.items():
            everything = dict.fromkeys(facts, True)
            inputs, expected = [everything], ["permit"]
            for fact in facts:
                inputs += [{**everything, fact: False}, {**everything, fact: None}]
                inputs.append({name: value for name, value in everything.items() if name != fact})
                expected += ["deny", "indeterminate", "indeterminate"]
            done = decide(rule, *map(json.dumps, inputs))
            decisions = lines(done.stdout)
            self.assertEqual([decision["effect"] for decision in decisions], expected, rule)
            self.assertEqual([decision["permitted"] for decision in decisions], [e == "permit" for e in expected])
            self.assertEqual(done.returncode, 3)
            for index, fact in enumerate(facts):  # each says which fact was missing
                for decision in decisions[1 + 3 * index : 4 + 3 * index]:
                    self.assertEqual([reason["fact"] for reason in decision["reasons"]], [fact])
                    self.assertEqual(decision["would_permit"], [[fact]])

    def test_what_is_no_fact_never_permits(self):
        for rule, facts in RULES.items():
            for fact in facts:
                inputs = [json.dumps({**dict.fromkeys(facts, True), fact: value}) for value in NOT_FACTS]
                done = decide(rule, *inputs)
                answers = lines(done.stdout)
                self.assertEqual(len(answers), len(inputs))
                for answer in answers:
                    self.assertFalse(answer["ok"])
                    self.assertEqual(answer["error"]["code"], "invalid_argument")
                    self.assertEqual(answer["error"]["path"], "/" + fact)
                self.assertEqual(done.returncode, 1)

    def test_malformed_lines_are_errors(self):
        facts = json.dumps(dict.fromkeys(RULES["visit.book"], True))
        repeated = facts[:-1] + ', "opt_in_set_by_doctor": true}'
        malformed = [
            "",
            "   ",
            "[]",
            "{",
            "}",
            "null",
            "true",
            '"text"',
            "nonsense",
            facts + facts,
            facts[:-1],
            facts[:-1] + ",}",
            facts.replace("true", "TRUE", 1),
            facts.replace("true", "NaN", 1),
            "// comment",
            repeated,
            facts[:-1] + ', "other_fact": true}',
            "{} " * 3,
        ]
        done = decide("visit.book", *malformed)
        answers = lines(done.stdout)
        self.assertEqual(len(answers), len(malformed))
        for line, answer in zip(malformed, answers):
            self.assertEqual(answer.get("ok"), False, line)
            self.assertNotIn("permitted", answer)
        self.assertEqual(done.returncode, 1)

    def test_answers_come_in_order(self):
        names = RULES["recording.start"]
        inputs = [{name: bool(n >> i & 1) for i, name in enumerate(names)} for n in range(2 ** len(names))]
        decisions = lines(decide("recording.start", *map(json.dumps, inputs)).stdout)
        for facts, decision in zip(inputs, decisions, strict=True):
            self.assertEqual([r["fact"] for r in decision["reasons"]], [name for name in names if not facts[name]])

    def test_each_answer_comes_before_the_next_line(self):
        facts = dict.fromkeys(RULES["visit.book"], True)
        with Session("decide", "visit.book") as session:
            for permitted in (True, False, True):
                facts["opt_in_set_by_doctor"] = permitted
                self.assertEqual(session.raw(json.dumps(facts).encode())["permitted"], permitted)
            self.assertFalse(session.raw(b"junk")["ok"])
            self.assertEqual(session.finish(), 1)

    def test_an_object_laid_out_over_lines(self):
        facts = dict.fromkeys(RULES["visit.book"], True)
        done = decide("visit.book", json.dumps(facts, indent=2))
        self.assertEqual([decision["permitted"] for decision in lines(done.stdout)], [True])
        self.assertEqual(done.returncode, 0)
        done = decide("visit.book", json.dumps(facts).replace(",", ",\n"), "{}", "null")
        self.assertEqual([answer.get("permitted") for answer in lines(done.stdout)], [True, False, None])

    def test_a_first_line_that_is_broken_takes_no_other_with_it(self):
        everything = json.dumps(dict.fromkeys(RULES["visit.book"], True))
        with Session("decide", "visit.book") as session:  # the end of this line awaits no other
            session.send(everything[:-1].encode())
            self.assertFalse(session.receive()["ok"])
        objects = '{"class": "billing", "trigger_at": "2026-01-01T00:00:00Z", "now": "2026-02-01T00:00:00Z", "holds": [\n{'
        done = decide("retention.evaluate", objects + '"basis": "statute", "placed_at": "2026-01-02T00:00:00Z"}\n]}')
        self.assertEqual([answer.get("state") for answer in lines(done.stdout)], ["held"])
        for broken in ("{", everything[:-1], everything[:-1] + ",", '{"opt_in_set_by_doctor":', "[", '{"opt'):
            done = decide("visit.book", broken, everything, "{}", everything)
            self.assertEqual([answer.get("permitted") for answer in lines(done.stdout)], [None, True, False, True])
            with Session("decide", "visit.book") as session:
                session.send(broken.encode())
                session.send(everything.encode())
                self.assertFalse(session.receive()["ok"])
                self.assertTrue(session.receive()["permitted"])

    def test_exit_codes(self):
        everything = json.dumps(dict.fromkeys(RULES["visit.book"], True))
        self.assertEqual(decide("visit.book", everything).returncode, 0)
        self.assertEqual(decide("visit.book", "{}").returncode, 3)
        self.assertEqual(decide("visit.book", "{}", everything).returncode, 3)
        self.assertEqual(decide("visit.book", "{", "{}", everything).returncode, 1)
        self.assertEqual(decide("no.such.rule", "{}").returncode, 2)
        self.assertEqual(connex("decide").returncode, 2)

    def test_invalid_utf8_and_long_lines(self):
        text = b'{"\xff": true}\n' + b'{"opt_in_set_by_doctor": true, "' + b"x" * 5_000_000 + b'": true}\n{}\n'
        done = connex("decide", "visit.book", stdin=text)
        answers = lines(done.stdout)
        self.assertEqual([answer.get("ok", True) for answer in answers], [False, False, True])
        self.assertLess(len(done.stdout), 10_000)

    def test_another_policy(self):
        pack = connex("policy", "show").stdout
        self.assertEqual(connex("decide", "visit.book", "--policy", "/no/such/file", stdin=b"{}\n").returncode, 1)
        self.assertIn(b"{", pack)


if __name__ == "__main__":
    unittest.main()
