"""The Python package: what it gives, what it refuses, and that it leaks nothing."""

import collections
import contextlib
import copy
import dataclasses
import errno
import fractions
import gc
import hmac
import itertools
import json
import keyword
import os
import pathlib
import pickle
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import unittest.mock
import warnings
import weakref
from datetime import date, datetime, timedelta, timezone

import connex
from connex import scenarios

IST = timezone(timedelta(hours=5, minutes=30))
NINE = datetime(2026, 11, 23, 9, tzinfo=IST)
PACKAGE = pathlib.Path(connex.__file__).parent
SCENARIOS = pathlib.Path(__file__).resolve().parents[1] / "scenarios"
(README_START,) = re.findall(r"^```python\n(.*?)^```$", (SCENARIOS.parents[1] / "README.md").read_text(), re.M | re.S)
README_SAYS = "call me on [phone hidden]\n['doctor_virtual_visits_disabled', 'opt_in_not_set_by_doctor']\n"
CALLS = int(os.environ.get("CONNEX_CALLS", "1000000"))
HALF = "a\ud800b"  # half of a surrogate pair, which is no Unicode
BUCKET = connex.Bucket(host="acct.r2.example", name="calls", access_key="AKIDEXAMPLE", secret_key="zq7x")


def resident():
    """Bytes of memory that the process holds."""
    gc.collect()
    return int(pathlib.Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def people(engine, at=NINE):
    system = engine.actor("system", at=at)
    system.organisation.put(id="acme", kind="pharma_company", name="Acme", recording_entitled=True)
    system.principal.register(id="dr", role="doctor", name="A Doctor", adult_attested=True)
    system.principal.register(
        id="mr", role="medical_representative", organisation="acme", name="R", birth_date=date(1990, 2, 3)
    )
    engine.actor("dr", at=at).preference.set(doctor="dr", virtual_visits=True)


class TempDirTest(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)


class Decisions(unittest.TestCase):
    def test_every_assignment_of_facts_of_every_gate(self):
        for gate in connex.gates():
            names = [fact["name"] for fact in gate["facts"]]
            permitted = 0
            for values in itertools.product((True, False, None), repeat=len(names)):
                facts = dict(zip(names, values))
                decision = connex.decide(gate["rule"], facts)
                written = connex._connex.evaluate(None, gate["rule"], json.dumps(facts))
                self.assertEqual(decision.to_json(), written)
                permitted += decision.permitted
            self.assertEqual(permitted, 1, gate["rule"])

    def test_facts_in_any_order_and_however_their_names_came_about(self):
        (names,) = ([fact["name"] for fact in gate["facts"]] for gate in connex.gates() if gate["rule"] == "visit.join")
        values = dict(zip(names, (True, False, None, True, False)))
        expected = connex.decide("visit.join", values)
        self.assertEqual([reason.state for reason in expected.reasons], ["no", "unknown", "no"])
        for order in itertools.permutations(names):
            facts = {sys.intern(name): values[name] for name in order}
            self.assertEqual(connex.decide("visit.join", facts), expected)
            facts = {"".join(list(name)): values[name] for name in order if values[name] is not None}
            self.assertEqual(connex.decide("visit.join", facts), expected)

    def test_a_decision_is_a_frozen_value(self):
        decision = connex.decide("recording.eligible", {"doctor_recording_enabled": True})
        self.assertEqual(decision, connex.decide("recording.eligible", dict(doctor_recording_enabled=True)))
        self.assertEqual(hash(decision), hash(dataclasses.replace(decision)))
        self.assertIs(decision.effect, connex.Effect.INDETERMINATE)
        self.assertEqual(decision.effect, "indeterminate")
        self.assertEqual([reason.clause for reason in decision.reasons], ["C6.3-b", "C6.3-b"])
        self.assertEqual(decision.would_permit, (("company_recording_entitled", "company_recording_enabled"),))
        self.assertEqual(decision.obligations[0].do, "show_recording_off")
        self.assertEqual(pickle.loads(pickle.dumps(decision)), decision)
        for field in dataclasses.fields(decision):
            with self.assertRaises(dataclasses.FrozenInstanceError):
                setattr(decision, field.name, True)

    def test_a_name_that_is_no_field_is_refused_by_its_name(self):
        decision = connex.decide("recording.eligible", {"doctor_recording_enabled": True})
        for value in (decision, decision.policy, decision.reasons[0], decision.obligations[0], connex.Known(), connex.KeyFile(),
                      connex.KeyEnvironment("A"), connex.redact("call 98200 55443"), connex.redact("call 98200 55443").findings[0]):  # fmt: skip
            with self.subTest(value=value):
                with self.assertRaisesRegex(dataclasses.FrozenInstanceError, "'foo'"):
                    value.foo = 1
                with self.assertRaisesRegex(dataclasses.FrozenInstanceError, "'foo'"):
                    del value.foo
                for field in dataclasses.fields(value):
                    with self.assertRaisesRegex(dataclasses.FrozenInstanceError, f"'{field.name}'"):
                        delattr(value, field.name)

    def test_a_decision_is_no_bool(self):
        with self.assertRaisesRegex(TypeError, "permitted"):
            if connex.decide("visit.book", {}):
                self.fail()
        with connex.open() as engine, self.assertRaisesRegex(TypeError, "permitted"):
            bool(engine.system.report.coverage())

    def test_wrong_types_are_type_errors(self):
        class Sly(str):
            def __eq__(self, other):
                raise AssertionError("asked")

            __hash__ = str.__hash__

        decide = connex.decide
        for call in (
            lambda: decide(),
            lambda: decide("visit.book"),
            lambda: decide(b"visit.book", {}),
            lambda: decide(None, {}),
            lambda: decide("visit.book", None),
            lambda: decide("visit.book", []),
            lambda: decide("visit.book", [("opt_in_set_by_doctor", True)]),
            lambda: decide("visit.book", "facts"),
            lambda: decide("visit.book", {"opt_in_set_by_doctor": 1}),
            lambda: decide("visit.book", {"opt_in_set_by_doctor": "true"}),
            lambda: decide("visit.book", {"opt_in_set_by_doctor": {}}),
            lambda: decide("visit.book", {b"opt_in_set_by_doctor": True}),
            lambda: connex.redact(b"text"),
            lambda: connex.redact(None),
            lambda: connex.redact("text", channel=3),
            lambda: connex.redact("text", known=connex.Known(phones=(3,))),
            lambda: connex.evaluate("view", None),
            lambda: connex.evaluate(3, {}),
            lambda: connex.open(3),
            lambda: connex.open(policy=3),
            lambda: connex._connex.Gates(3),
            lambda: connex._connex.policy(3),
        ):
            with self.assertRaises(TypeError):
                call()
        self.assertTrue(decide(Sly("visit.purpose"), {Sly("purpose_is_not_clinical"): True}).permitted)

    def test_unknown_names(self):
        with self.assertRaises(connex.NotFound):
            connex.decide("visit.dance", {})
        with self.assertRaises(connex.InvalidArgument) as caught:
            connex.decide("visit.book", {"opt_in": True})
        self.assertEqual((caught.exception.code, caught.exception.path), ("invalid_argument", "/opt_in"))
        with self.assertRaises(connex.InvalidArgument) as caught:
            connex.decide("visit.book", {"asha@city.example": True})
        self.assertNotIn("asha", str(caught.exception))

    def test_any_mapping_of_facts(self):
        from collections import ChainMap
        from types import MappingProxyType

        for facts in (MappingProxyType({"purpose_is_not_clinical": True}), ChainMap({"purpose_is_not_clinical": True})):
            self.assertTrue(connex.decide("visit.purpose", facts).permitted)

    def test_rules_that_say_more_than_a_gate(self):
        answer = connex.evaluate("retention.evaluate", {"class": "recording", "trigger_at": NINE, "now": NINE})
        self.assertEqual((answer["state"], answer["dispose_at"]), ("active", "2033-11-23T00:00:00+05:30"))
        with self.assertRaises(connex.InvalidArgument):
            connex.evaluate("view", {"viewer_role": "king"})


class Redaction(unittest.TestCase):
    def test_offsets_are_characters(self):
        text = "नमस्ते 👋 call 98200 55443, or a@b.co"
        redacted = connex.redact(text)
        self.assertEqual(redacted.text, "नमस्ते 👋 call [phone hidden], or [email hidden]")
        self.assertEqual(str(redacted), redacted.text)
        self.assertEqual([text[f.start : f.end] for f in redacted.findings], ["98200 55443", "a@b.co"])
        self.assertEqual([f.type for f in redacted.findings], [connex.SpanType.PHONE, connex.SpanType.EMAIL])
        self.assertIn("shape", redacted.findings[0].evidence)

    def test_registered_values(self):
        known = connex.Known(names=("Asha Rao",))
        self.assertNotIn("Asha", connex.redact("ask for Asha Rao", known=known).text)
        with self.assertRaises(connex.InvalidArgument) as caught:
            connex.redact("x", known=connex.Known(phones=("9" * 600,)))
        self.assertEqual(caught.exception.path, "/phones/0")
        with self.assertRaises(connex.NotFound):
            connex.redact("x", channel="smoke")

    def test_every_span_type_has_its_name(self):
        self.assertEqual([str(member) for member in connex.SpanType], connex._connex.span_types())


class Commands(TempDirTest):
    def test_each_command_is_a_method_with_its_documentation(self):
        with connex.open() as engine:
            for row in connex.commands():
                group, name = (part + "_" * (part in ("from", "class")) for part in row["name"].split("."))
                method = getattr(getattr(engine.system, group), name)
                self.assertIn(row["text"], method.__doc__)
                for argument in row["arguments"]:
                    self.assertIn(argument["text"], method.__doc__)

    def test_a_visit_is_booked(self):
        with connex.open(caller_clock=True) as engine:
            people(engine)
            mr = engine.actor("mr", at=NINE, request_id="one")
            slot = dict(starts_at=NINE + timedelta(hours=2), ends_at=NINE + timedelta(hours=2, minutes=15))
            booked = mr.visit.book(id="v", doctor="dr", representative="mr", **slot)
            self.assertTrue(booked.permitted)
            self.assertEqual(booked.result["state"], "booked")
            self.assertEqual(mr.visit.book(id="v", doctor="dr", representative="mr", **slot), booked)
            left = engine.actor("dr", at=NINE).preference.set(doctor="dr", virtual_visits=False)
            self.assertEqual(left.seq, booked.seq + 1)
            refused = engine.actor("mr", at=NINE).visit.book(id="w", doctor="dr", representative="mr", **slot)
            self.assertFalse(refused.permitted)
            self.assertEqual(refused.decision.rule, "visit.book")
            self.assertEqual(engine.system.audit.list(from_=refused.seq, limit=5).result["entries"][0]["outcome"], "denied")

    def test_due_obligations_have_aware_datetimes(self):
        with connex.open(caller_clock=True) as engine:
            people(engine)
            told = engine.actor("system", at=NINE).principal.report_minor(id="mr")
            (duty,) = told.decision.obligations
            self.assertEqual((duty.do, duty.due), ("erase_minor_data", NINE + timedelta(days=1)))
            self.assertIn(duty.due.isoformat(), told.decision.to_json())

    def test_errors_have_codes_and_paths(self):
        with connex.open() as engine:
            for kind, code, path, call in (
                (connex.NotFound, "not_found", "/args/id", lambda: engine.system.principal.terminate(id="nobody")),
                (connex.Unauthenticated, "unauthenticated", "/actor", lambda: engine.actor("who").report.coverage()),
                (connex.InvalidArgument, "invalid_argument", "/args/id", lambda: engine.system.principal.terminate(id="a b")),
                (connex.InvalidArgument, "invalid_argument", "/at", lambda: engine.actor("system", at=NINE).report.coverage()),
                (connex.InvalidArgument, "invalid_argument", "/command", lambda: engine.execute({"command": "a", "actor": "b"})),
            ):
                with self.assertRaises(kind) as caught:
                    call()
                self.assertEqual((caught.exception.code, caught.exception.path), (code, path))
                self.assertIsInstance(caught.exception.code, connex.ErrorCode)
        with self.assertRaises(connex.Unsupported):
            connex.open("postgres://nowhere")
        with self.assertRaises(connex.StorageError):
            connex.open(self.directory / "no" / "such" / "file.db")
        with self.assertRaises(connex.InvalidArgument):
            connex.open(policy="{}")

    def test_wrong_types_are_type_errors(self):
        with connex.open() as engine:
            system = engine.system
            book = dict(id="v", doctor="dr", representative="mr", starts_at=NINE, ends_at=NINE)
            for call in (
                lambda: system.visit.book(**{**book, "id": 3}),
                lambda: system.visit.book(**{**book, "starts_at": datetime(2026, 11, 23, 9)}),
                lambda: system.visit.book(**{**book, "starts_at": "2026-11-23T09:00:00+05:30"}),
                lambda: system.visit.book(**{**book, "starts_at": date(2026, 11, 23)}),
                lambda: system.visit.book(**book, colour="red"),
                lambda: system.visit.book(id="v"),
                lambda: system.visit.book("v"),
                lambda: system.audit.list(limit=True),
                lambda: system.audit.list(limit="3"),
                lambda: system.principal.register(id="a", role="doctor", name="A", birth_date=NINE),
                lambda: system.principal.register(id="a", role="doctor", name="A", adult_attested=1),
                lambda: connex.redact("Asha", known=connex.Known(names="Asha")),
                lambda: connex.open(caller_clock="no"),
                lambda: connex.open(busy_timeout=5),
                lambda: connex.open(clock=3),
                lambda: engine.actor(3),
                lambda: engine.actor("a", at=datetime(2026, 11, 23)),
                lambda: engine.actor("a", request_id=3),
                lambda: engine.execute_json(3),
                lambda: engine.execute_json(b"{}"),
            ):
                with self.assertRaises(TypeError):
                    call()

    def test_what_is_wrong_is_named(self):
        cycle = {}
        cycle["again"] = [cycle]
        with connex.open() as engine:
            rights = lambda details: engine.system.rights.submit(  # noqa: E731
                id="r", kind="access", principal="p", channel="email", details=details
            )
            for kind, name, call in (
                (TypeError, "store", lambda: connex.open(3)),
                (TypeError, "store", lambda: connex.open(b"store")),
                (TypeError, "policy", lambda: connex.open(policy={})),
                (TypeError, "durability", lambda: connex.open(durability=3)),
                (TypeError, "durability", lambda: connex.open(durability=None)),
                (ValueError, "durability", lambda: connex.open(durability="some")),
                (TypeError, "busy_timeout", lambda: connex.open(busy_timeout=None)),
                (ValueError, "busy_timeout", lambda: connex.open(busy_timeout=timedelta(seconds=-1))),
                (ValueError, "busy_timeout", lambda: connex.open(busy_timeout=timedelta.max)),
                (TypeError, "caller_clock", lambda: connex.open(caller_clock=None)),
                (TypeError, "clock", lambda: connex.open(clock=3)),
                (TypeError, "clock", lambda: connex.open(clock=datetime.now)),
                (TypeError, "clock", lambda: connex.open(clock=time.time)),
                (TypeError, "sink", lambda: connex.open(sink=3)),
                (TypeError, "checkpoint_entries", lambda: connex.open(checkpoint_entries=None)),
                (TypeError, "checkpoint_entries", lambda: connex.open(checkpoint_entries=True)),
                (ValueError, "checkpoint_entries", lambda: connex.open(checkpoint_entries=-1)),
                (ValueError, "checkpoint_entries", lambda: connex.open(checkpoint_entries=2**32)),
                (TypeError, "checkpoint_every", lambda: connex.open(checkpoint_every=60)),
                (ValueError, "checkpoint_every", lambda: connex.open(checkpoint_every=timedelta(milliseconds=999))),
                (ValueError, "checkpoint_every", lambda: connex.open(checkpoint_every=timedelta.max)),
                (TypeError, "bucket", lambda: connex.open(bucket={"host": "a"})),
                (TypeError, "bucket.access_key", lambda: connex.open(bucket=dataclasses.replace(BUCKET, access_key=None))),
                (ValueError, "bucket.name", lambda: connex.open(bucket=dataclasses.replace(BUCKET, name=""))),
                (TypeError, "keys.path", lambda: connex.open(keys=connex.KeyFile(b"keys"))),
                (TypeError, "keys.passphrase", lambda: connex.open(keys=connex.KeyFile(passphrase=3))),
                (TypeError, "keys.variable", lambda: connex.open(keys=connex.KeyEnvironment(None))),
                (TypeError, "keys", lambda: connex.open(keys="file:keys")),
                (TypeError, "rule", lambda: connex.decide(None, {})),
                (TypeError, "rule", lambda: connex.evaluate(None, {})),
                (TypeError, "facts", lambda: connex.decide("visit.book", None)),
                (TypeError, "facts", lambda: connex.evaluate("visit.book", None)),
                (TypeError, "facts", lambda: connex.evaluate("visit.book", [])),
                (ValueError, "facts/a", lambda: connex.evaluate("visit.book", {"a": float("nan")})),
                (TypeError, "text", lambda: connex.redact(None)),
                (TypeError, "channel", lambda: connex.redact("x", channel=3)),
                (TypeError, "known", lambda: connex.redact("x", known=None)),
                (TypeError, "known", lambda: connex.redact("x", known={"names": ["A"]})),
                (TypeError, "known.phones", lambda: connex.redact("x", known=connex.Known(phones=None))),
                (TypeError, "id", lambda: engine.actor(None)),
                (TypeError, "at", lambda: engine.actor("a", at=datetime(2026, 1, 1))),
                (TypeError, "request", lambda: engine.execute(None)),
                (TypeError, "request", lambda: engine.execute("{}")),
                (TypeError, "request/args/at", lambda: engine.execute({"args": {"at": len}})),
                (ValueError, "request", lambda: engine.execute(cycle)),
                (TypeError, "request", lambda: engine.execute_json(None)),
                (ValueError, "details", lambda: rights(cycle)),
                (ValueError, "details/n", lambda: rights({"n": 10**5000})),
                (ValueError, "limit", lambda: engine.system.audit.list(limit=10**5000)),
                (ValueError, "facts/now", lambda: connex.evaluate("retention.evaluate", {"now": -(10**5000)})),
                (ValueError, "details/n", lambda: rights({"n": float("inf")})),
                (TypeError, "details/a/0", lambda: rights({"a": [{1}]})),
                (TypeError, "details key", lambda: rights({3: "a"})),
            ):
                with self.subTest(name), self.assertRaisesRegex(kind, f"^`{name}`") as caught:
                    call()
                self.assertIs(type(caught.exception), kind)
            with self.assertRaisesRegex(TypeError, "`details/[?]`"):  # and a name that may be anybody's is not
                rights({"asha@city.example": len})
            self.assertEqual(engine.system.audit.verify().result["entries"], 0)

    def test_whatever_is_given_anywhere_an_error_names_it(self):
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(self.directory)
        values = [None, True, 3, -1, 10**30, -(2**70), 1.5, float("nan"), "", "a", "a\0b", HALF, b"a", bytearray(b"a"), [], ["a"], [3], (), {}, {"a": 1},
                  {3: 4}, {"a": {"b": object()}}, {"a"}, object(), len, datetime.now(), date.today(), timedelta(-1), fractions.Fraction(1),
                  range(3), iter([1]), connex, type, 1j, NINE]  # fmt: skip
        with connex.open() as engine:
            submit = lambda details: engine.system.rights.submit(  # noqa: E731
                id="r", kind="access", principal="p", channel="email", details=details
            )
            options = ("store", "keys", "policy", "durability", "busy_timeout", "caller_clock", "checkpoint_entries",
                       "checkpoint_every", "bucket")  # fmt: skip
            kinds = [field.name for field in dataclasses.fields(connex.Known)]
            calls = [
                *(lambda v, name=name: connex.open(**{name: v}) for name in options),
                *(lambda v, name=name: connex.redact("x", known=connex.Known(**{name: v})) for name in kinds),
                lambda v: connex.open(clock=v) if not callable(v) else None,
                lambda v: connex.open(sink=v),
                lambda v: connex.open(bucket=dataclasses.replace(BUCKET, name=v)),
                lambda v: connex.open(keys=connex.KeyFile(v)),
                lambda v: connex.open(keys=connex.KeyFile(passphrase=v)),
                lambda v: connex.open(keys=connex.KeyEnvironment(v)),
                lambda v: connex.decide(v, {}),
                lambda v: connex.decide("visit.book", v),
                lambda v: connex.decide("visit.book", {"opt_in_set_by_doctor": v}),
                lambda v: connex.evaluate(v, {}),
                lambda v: connex.evaluate("visit.book", v),
                lambda v: connex.evaluate("view", {"viewer_role": v}),
                lambda v: connex.redact(v),
                lambda v: connex.redact("x", channel=v),
                lambda v: connex.redact("x", known=v),
                lambda v: connex.redact("x", known=connex.Known(names=(v,))),
                lambda v: engine.actor(v).report.coverage(),
                lambda v: engine.actor("system", at=v).report.coverage(),
                lambda v: engine.actor("system", request_id=v).organisation.put(id="a b", kind="clinic", name="A"),
                engine.execute,
                engine.execute_json,
                submit,
                lambda v: submit({"x": v}),
            ]
            for call in calls:
                for value in values:
                    try:
                        given = call(value)
                    except connex.Error:
                        continue
                    except (TypeError, ValueError) as error:
                        self.assertRegex(str(error), "^`", repr(value))
                    else:
                        getattr(given, "close", lambda: None)()

    def test_what_is_no_unicode_is_refused_by_the_name_of_its_field(self):
        with connex.open() as engine:
            system = engine.system
            for path, call in (
                ("/store", lambda: connex.open(HALF)),
                ("/policy", lambda: connex.open(policy=HALF)),
                ("/keys/path", lambda: connex.open(keys=connex.KeyFile(HALF))),
                ("/keys/passphrase", lambda: connex.open(keys=connex.KeyFile(passphrase=HALF))),
                ("/keys/variable", lambda: connex.open(keys=connex.KeyEnvironment(HALF))),
                ("/text", lambda: connex.redact(HALF)),
                ("/text", lambda: engine.redact(HALF)),
                ("/channel", lambda: connex.redact("x", channel=HALF)),
                ("/names/1", lambda: connex.redact("x", known=connex.Known(names=("A", HALF)))),
                ("/rule", lambda: connex.evaluate(HALF, {})),
                ("/rule", lambda: connex.decide(HALF, {})),
                ("/bucket/host", lambda: connex.open(bucket=dataclasses.replace(BUCKET, host=HALF))),
                ("/bucket/secret_key", lambda: connex.open(bucket=dataclasses.replace(BUCKET, secret_key=HALF))),
                ("/viewer_role", lambda: connex.evaluate("view", {"viewer_role": HALF})),
                ("", lambda: connex.evaluate("visit.book", {HALF: True})),
                ("/actor", lambda: engine.actor(HALF).report.coverage()),
                ("/request_id", lambda: engine.actor("system", request_id=HALF).organisation.put(id="a", kind="clinic", name="A")),
                ("/args/name", lambda: system.organisation.put(id="a", kind="clinic", name=HALF)),
                ("/args/details/a/1", lambda: system.rights.submit(
                    id="r", kind="access", principal="p", channel="email", details={"a": ["b", HALF]})),
                ("/args/name", lambda: engine.execute({"command": "organisation.put", "actor": "system", "args": {"name": HALF}})),
            ):  # fmt: skip
                with self.subTest(path), self.assertRaises(connex.InvalidArgument) as caught:
                    call()
                self.assertEqual(caught.exception.path, path)
                self.assertIn("text is not valid UTF-8", caught.exception.message)
            said = json.loads(engine.execute_json('{"command":"organisation.put","actor":"system","args":{"name":"%s"}}' % HALF))
            self.assertEqual((said["error"]["code"], said["error"]["path"]), ("invalid_argument", "/args/name"))
            self.assertEqual(system.audit.verify().result["entries"], 0)

    def test_every_wrong_type_of_every_argument_is_a_type_error_that_names_it(self):
        right = {
            "boolean": True, "integer": 3, "instant": NINE, "day": NINE.date(), "ids": ["a"], "object": {"a": 1},
            "objects": [{"a": 1}], "scalar": "a", **dict.fromkeys(("id", "line", "text", "sha256", "email", "phone", "choice"), "a"),
        }  # fmt: skip
        values = [True, 3, 1.5, float("nan"), "a", b"a", [], ["a"], [3], ("a",), {}, {"a": 1}, {1: "a"}, {"a": b""}, {"a": {2}},
                  None, NINE, NINE.replace(tzinfo=None), NINE.date(), object(), len, Ellipsis, {"a"}, 1 + 2j]
        fine = {
            "boolean": lambda v: isinstance(v, bool),
            "integer": lambda v: type(v) is int,
            "instant": lambda v: v is NINE,
            "day": lambda v: type(v) is date,
            "ids": lambda v: v in ([], ["a"], ("a",)) and isinstance(v, (list, tuple)),
            "object": lambda v: v in ({}, {"a": 1}) and isinstance(v, dict),
            "objects": lambda v: v == [] and isinstance(v, list),
            "scalar": lambda v: isinstance(v, (str, bool, int, float)) and v == v,
        }
        tried = 0
        with connex.open() as engine:
            for command in connex.commands():
                group, name = (part + "_" * (part in ("from", "class")) for part in command["name"].split("."))
                method = getattr(getattr(engine.system, group), name)
                python = lambda n: n + "_" * keyword.iskeyword(n)  # noqa: E731
                given = {python(a["name"]): right[a["type"]] for a in command["arguments"] if a["required"]}
                for argument in command["arguments"]:
                    for value in values:
                        if fine.get(argument["type"], lambda v: isinstance(v, str))(value):
                            continue
                        if value is None and not argument["required"]:
                            continue
                        named = python(argument["name"])
                        with self.subTest(command["name"], argument=named, value=value):
                            kind = ValueError if argument["type"] == "scalar" and isinstance(value, float) else TypeError
                            with self.assertRaisesRegex(kind, f"^`{named}"):
                                method(**{**given, named: value})
                        tried += 1
            self.assertEqual(engine.system.audit.verify().result["entries"], 0)
        self.assertGreater(tried, 1000)

    def test_a_closed_engine_is_an_error(self):
        engine = connex.open()
        handle = engine._handle
        engine.close()
        engine.close()
        self.assertTrue(engine.closed)
        for call in (
            lambda: engine.system.report.coverage(),
            lambda: engine.decide("visit.book", {}),
            lambda: engine.evaluate("visit.book", {}),
            lambda: engine.redact("text"),
            lambda: engine.policy,
            lambda: handle.execute("{}"),
            lambda: connex._connex.policy(handle),
        ):
            with self.assertRaisesRegex(ValueError, "^closed: the engine is closed$") as caught:
                call()
            self.assertIsInstance(caught.exception, connex.Closed)
            self.assertIs(caught.exception.code, connex.ErrorCode.CLOSED)
        with self.assertRaisesRegex(connex.Closed, "^closed: the engine is closed$"):
            with engine:
                pass

    def test_an_engine_is_not_copied(self):
        with connex.open() as engine:
            for call in (copy.copy, copy.deepcopy, pickle.dumps):
                with self.assertRaisesRegex(TypeError, "^an engine can be neither copied nor pickled$"):
                    call(engine)

    def test_an_engine_that_is_closed_while_it_decides(self):
        pack = connex.policy()
        pack["version"] = "mine"

        class Facts(dict):
            def keys(self):
                engine.close()
                return ["doctor_virtual_visits_enabled"]

        for decided_before in (False, True):
            engine = connex.open(policy=json.dumps(pack))
            if decided_before:
                self.assertEqual(engine.decide("visit.book", {}).policy.version, "mine")
            facts = collections.UserDict(doctor_virtual_visits_enabled=True)
            facts.keys = Facts().keys
            with self.assertRaises(connex.Closed):
                engine.decide("visit.book", facts)

    def test_an_engine_that_is_closed_while_it_names_its_policy(self):
        pack = connex.policy()
        pack["version"] = "mine"
        for _ in range(30):
            engine = connex.open(policy=json.dumps(pack))
            imported = __import__

            def closing(name, *args):
                if name == "connex._values":
                    engine.close()
                return imported(name, *args)

            with unittest.mock.patch("builtins.__import__", closing):
                self.assertEqual(engine.decide("visit.book", {}).policy.version, "mine")

    def test_what_the_engine_answers_with_cannot_be_changed(self):
        with connex.open(caller_clock=True) as engine:
            people(engine)
            seen = engine.actor("dr", at=NINE).principal.view(subject="dr")
            fields = seen.result["fields"]
            entries = engine.system.audit.list(limit=2).result["entries"]
            answer = connex.evaluate("view", {"viewer_role": "doctor", "relation": "self", "subject_role": "doctor"})
        for change in (
            lambda: setattr(seen, "result", {}),
            lambda: seen.result.update(a=1),
            lambda: fields.__setitem__("name", "B"),
            lambda: fields.__delitem__("name"),
            lambda: fields.clear(),
            lambda: fields.pop("name"),
            lambda: fields.popitem(),
            lambda: fields.setdefault("a", 1),
            lambda: fields.__ior__({"a": 1}),
            lambda: setattr(fields, "a", 1),
            lambda: entries.append({}),
            lambda: entries[0].update(seq=3),
            lambda: answer.update(a=1),
            lambda: answer["show"].append("phone"),
        ):
            with self.assertRaises((TypeError, AttributeError)):
                change()
        self.assertEqual(fields["name"], "A Doctor")
        self.assertIsInstance(entries, tuple)
        self.assertEqual(connex._values.freeze(json.loads(json.dumps(seen.result))), seen.result)
        for again in (pickle.loads(pickle.dumps(seen)), copy.deepcopy(seen)):
            self.assertEqual(again, seen)
            with self.assertRaises(TypeError):
                again.result["fields"]["name"] = "B"
        mine = fields.copy() | {"name": "B"}
        mine["name"] += "C"
        self.assertEqual((mine["name"], fields["name"]), ("BC", "A Doctor"))

    def test_every_answer_can_be_hashed(self):
        with connex.open(caller_clock=True) as engine:
            answers, kinds, disclosed = [], set(), ""
            for line in (SCENARIOS.parent / "faults/commands.jsonl").read_text().splitlines():
                request = json.loads(line.replace("$hash", disclosed))
                try:
                    answers.append(engine.execute(request))
                except connex.Error:
                    continue
                kinds.add(request["command"])
                disclosed = answers[-1].result.get("hash", disclosed)
            self.assertGreater(len(kinds), 80)
            for answer in answers:
                self.assertEqual(hash(answer), hash(copy.deepcopy(answer)))
                self.assertEqual(len({answer, pickle.loads(pickle.dumps(answer))}), 1)
        view = connex.evaluate("view", {"viewer_role": "doctor", "relation": "self", "subject_role": "doctor"})
        turned = connex._values.freeze(dict(reversed(view.items())))
        self.assertNotEqual(list(turned), list(view))
        self.assertEqual((turned, hash(turned)), (view, hash(view)))
        other = connex.evaluate("view", {"viewer_role": "doctor", "relation": "none", "subject_role": "doctor"})
        self.assertNotEqual((other, hash(other)), (view, hash(view)))
        with self.assertRaises(TypeError):
            hash(view.copy())  # which anybody may change

    def test_a_storage_error_is_an_os_error(self):
        with self.assertRaises(OSError) as caught:
            connex.open(self.directory / "no" / "such" / "file.db")
        error = caught.exception
        self.assertIsInstance(error, connex.StorageError)
        self.assertEqual((error.code, error.errno, error.strerror, error.filename), ("storage", errno.EIO, error.message, None))
        self.assertEqual(str(error), f"storage: {error.message}")

    def test_every_error_survives_pickling(self):
        for code in connex.ErrorCode:
            for error in (connex._errors.error_for(code, "why", "/a"), connex._errors.error_for(code, "why")):
                again = pickle.loads(pickle.dumps(error))
                self.assertIs(type(again), type(error))
                self.assertEqual(vars(again) | {"said": str(again)}, vars(error) | {"said": str(error)})
                self.assertEqual(getattr(again, "errno", None), getattr(error, "errno", None))

    def test_the_hosts_clock(self):
        ticks = iter([NINE, NINE, NINE + timedelta(seconds=1), datetime(2026, 1, 1), datetime(2026, 1, 1),
                      RuntimeError("no time"), NINE + timedelta(seconds=2)])  # fmt: skip

        def clock():
            tick = next(ticks)
            if isinstance(tick, Exception):
                raise tick
            return tick

        heard = []
        hook, sys.unraisablehook = sys.unraisablehook, heard.append
        try:
            with connex.open(clock=clock) as engine:
                put = lambda: engine.system.organisation.put(id="a", kind="clinic", name="A")  # noqa: E731
                put(), put()
                entries = engine.execute_json('{"command":"audit.list","actor":"system"}')  # naive: not a time
                self.assertIn('"ok":false', entries)
                with self.assertRaisesRegex(TypeError, "^`clock` must give an aware datetime"):
                    put()
                with self.assertRaises(connex.InternalError) as caught:
                    put()
                self.assertEqual(str(caught.exception.__cause__), "no time")
                self.assertTrue(put().permitted)
        finally:
            sys.unraisablehook = hook
        self.assertEqual([isinstance(said.exc_value, RuntimeError) for said in heard], [False, False, True])

    def test_a_policy_of_the_hosts(self):
        pack = connex.policy()
        pack["version"] = "2-mine"
        with connex.open(policy=json.dumps(pack)) as engine:
            self.assertEqual(engine.decide("visit.book", {}).policy.version, "2-mine")
            self.assertEqual(engine.policy["version"], "2-mine")
            self.assertNotEqual(connex.decide("visit.book", {}).policy.version, "2-mine")


    def test_a_policy_that_is_published_decides_at_once(self):
        pack = connex.policy() | {"version": "2-tighter"}
        pack["visit"] = pack["visit"] | {"opens_minutes_before": pack["visit"]["opens_minutes_before"] - 5}
        with connex.open(caller_clock=True) as engine, connex.open() as other:
            system = engine.actor("system", at=NINE)
            self.assertNotEqual(engine.decide("visit.book", {}).policy.version, "2-tighter")
            self.assertTrue(system.policy.publish(pack=pack, effective_at=NINE, material=False).permitted)
            system.report.coverage()
            decision = engine.decide("visit.book", {})
            self.assertEqual((decision.policy.version, engine.policy["version"]), ("2-tighter", "2-tighter"))
            self.assertEqual(decision.to_json(), connex._connex.evaluate(engine._handle, "visit.book", "{}"))
            for apart in (connex, other):
                self.assertNotEqual(apart.decide("visit.book", {}).policy.version, "2-tighter")


class KeyService:
    """A key service of a host's own, in few lines: a keystream, and a tag over it."""

    def __init__(self, secret):
        self.secret, self.calls = secret, []

    def tag(self, *parts):
        return hmac.digest(self.secret, b"|".join(parts), "sha256")

    def current(self):
        return connex.OuterKey("kms:main", 3)

    def wrap(self, key, label, secret):
        self.calls.append((key, len(secret)))
        hidden = bytes(a ^ b for a, b in zip(secret, self.tag(label)))
        return hidden + self.tag(label, hidden)

    def unwrap(self, key, label, wrapped):
        if wrapped[32:] != self.tag(label, wrapped[:32]):
            raise ValueError("another key")
        return bytes(a ^ b for a, b in zip(wrapped[:32], self.tag(label)))


class OuterKeys(TempDirTest):
    def setUp(self):
        super().setUp()
        self.path = self.directory / "connex.db"
        self.beside = self.directory / "connex.db.key"

    def make(self, keys):
        with connex.open(self.path, keys=keys) as engine:
            engine.system.principal.register(id="dr", role="doctor", name="Dr Asha Rao", adult_attested=True)
        self.opens(keys)

    def opens(self, keys):
        with connex.open(self.path, keys=keys) as engine:
            seen = engine.actor("dr").principal.view(subject="dr").result
            self.assertEqual(seen["fields"]["name"], "Dr Asha Rao")

    def refused(self, keys, kind, text):
        with self.assertRaisesRegex(kind, text) as caught:
            connex.open(self.path, keys=keys)
        self.assertNotIn("geheim", str(caught.exception))

    def test_the_file_beside_the_store(self):
        self.make(None)
        self.assertEqual(self.beside.stat().st_mode & 0o777, 0o600)
        self.opens(connex.KeyFile(self.beside))
        self.beside.rename(self.directory / "kept")
        self.refused(None, connex.NotFound, "is missing")
        with connex.open(self.directory / "other.db") as other:
            other.system.principal.register(id="dr", role="doctor", name="A", adult_attested=True)
        self.refused(connex.KeyFile(self.directory / "other.db.key"), connex.NotFound, "does not hold the key that the store is sealed under")
        self.opens(connex.KeyFile(self.directory / "kept"))

    def test_a_file_elsewhere_and_a_passphrase(self):
        keys = self.directory / "keys"
        self.make(connex.KeyFile(str(keys), passphrase="geheim 1"))
        self.assertFalse(self.beside.exists())
        self.refused(connex.KeyFile(keys), connex.InvalidArgument, "needs a passphrase")
        self.refused(connex.KeyFile(keys, passphrase="geheim 2"), connex.Corrupt, "the passphrase is another")
        self.assertNotIn("geheim", repr(connex.KeyFile(keys, passphrase="geheim 1")))
        keys.chmod(0o644)
        self.refused(connex.KeyFile(keys, passphrase="geheim 1"), connex.StorageError, "its mode must be 0600")

    def test_a_passphrase_for_the_file_beside_the_store(self):
        self.make(connex.KeyFile(passphrase="geheim"))
        self.assertTrue(self.beside.exists())
        self.refused(None, connex.InvalidArgument, "needs a passphrase")

    def test_an_environment_variable(self):
        first, second = "ab" * 32, "cd" * 32
        with unittest.mock.patch.dict(os.environ, CONNEX_TEST_KEYS=first):
            self.make(connex.KeyEnvironment("CONNEX_TEST_KEYS"))
            os.environ["CONNEX_TEST_KEYS"] = second
            self.refused(connex.KeyEnvironment("CONNEX_TEST_KEYS"), connex.NotFound, "does not hold the key")
            os.environ["CONNEX_TEST_KEYS"] = f"{second},{first}"
            self.opens(connex.KeyEnvironment("CONNEX_TEST_KEYS"))
            with connex.open(self.path, keys=connex.KeyEnvironment("CONNEX_TEST_KEYS")) as engine:
                engine.system.key.rotate()
            os.environ["CONNEX_TEST_KEYS"] = second
            self.opens(connex.KeyEnvironment("CONNEX_TEST_KEYS"))
            os.environ["CONNEX_TEST_KEYS"] = "no key"
            self.refused(connex.KeyEnvironment("CONNEX_TEST_KEYS"), connex.InvalidArgument, "64 hexadecimal digits")
        self.refused(connex.KeyEnvironment("CONNEX_TEST_KEYS"), connex.NotFound, "is not set")

    def test_a_key_service_of_the_hosts(self):
        service = KeyService(b"one")
        self.make(service)
        self.assertFalse(self.beside.exists())
        self.assertEqual(set(service.calls), {(connex.OuterKey("kms:main", 3), 32)})
        service.wrap = service.unwrap = None
        heard = []
        hook, sys.unraisablehook = sys.unraisablehook, heard.append
        try:
            self.refused(KeyService(b"two"), connex.StorageError, "the host's key provider did not unwrap a key")
            for method, wrong in (
                ("current", lambda: ("no id!", 1)), ("current", lambda: ("a", -1)), ("current", lambda: ("a", "b")),
                ("current", lambda: ("a" * 65, 1)), ("current", lambda: None),
                ("wrap", lambda *_: b"x" * 5000), ("wrap", lambda *_: "text"), ("wrap", lambda *_: None),
            ):  # fmt: skip
                broken = KeyService(b"one")
                setattr(broken, method, wrong)
                with self.assertRaisesRegex(connex.StorageError, "key provider"):
                    with connex.open(keys=broken) as engine:
                        engine.system.principal.register(id="dr", role="doctor", name="A", adult_attested=True)
            short = KeyService(b"one")
            short.unwrap = lambda *_: b"short"
            self.refused(short, connex.StorageError, "did not unwrap")
        finally:
            sys.unraisablehook = hook
        self.assertTrue(any(isinstance(said.exc_value, ValueError) and "another key" in str(said.exc_value) for said in heard))

    def test_a_key_service_is_used_from_any_thread(self):
        with connex.open(keys=KeyService(b"one")) as engine:
            failed = []

            def work(n):
                try:
                    for i in range(20):
                        engine.system.principal.register(id=f"p{n}-{i}", role="doctor", name="A", adult_attested=True)
                except Exception as error:  # noqa: BLE001: whatever it is, the test fails for it
                    failed.append(error)

            threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assertEqual(failed, [])

    def test_wrong_types(self):
        for keys in (3, "file:keys", b"keys", {}, object(), connex.KeyFile(3), connex.KeyFile(b"keys"),
                     connex.KeyFile(passphrase=3), connex.KeyFile(passphrase=b"p"), connex.KeyEnvironment(3)):  # fmt: skip
            with self.subTest(keys=keys), self.assertRaises(TypeError):
                connex.open(keys=keys)


class Options(TempDirTest):
    """Checkpoints, the bucket, and that every option of the C interface is here."""

    def hears(self, call):
        """What sys.unraisablehook hears of meanwhile."""
        heard = []
        with unittest.mock.patch.object(sys, "unraisablehook", lambda said: heard.append(type(said.exc_value))):
            call()
        return heard

    def test_every_option_of_the_c_interface(self):
        root = SCENARIOS.parents[1]
        header = (root / "include/connex/connex.h").read_text()
        for struct, name in (("connex_engine_options", "options."), ("connex_bucket", "bucket."), ("connex_redaction_options", "options.")):
            body = re.search(r"typedef struct %s \{(.*?)\} %s;" % (struct, struct), header, re.S)[1]
            fields = re.findall(r"\(?\*?(\w+)\)?(?:\([^;]*\))?;", re.sub(r"/\*.*?\*/", "", body, flags=re.S))
            self.assertGreaterEqual(len(fields), 7)
            for field in set(fields) - {"reserved"}:
                self.assertIn(name + field, (root / "bindings/python/_connex.c").read_text())

    def test_files_and_buckets_that_cannot_be_are_told_by_name(self):
        for store in ("", ":memory:", "a\0b"):
            with self.assertRaisesRegex(ValueError, "^`store` must name a file"):
                connex.open(store)
        for path in ("", "a\0b"):
            with self.assertRaisesRegex(ValueError, "^`keys.path` must name a file"):
                connex.open(keys=connex.KeyFile(path))
        for host, name in (("https://x.example", "n"), ("x\0", "n"), ("x.example", "n/m")):
            with self.assertRaisesRegex(connex.InvalidArgument, "the bucket's (host|name) is malformed"):
                connex.open(bucket=connex.Bucket(host, name, "a", "s"))

    def test_an_interrupt_of_the_clock_is_nobodys_error(self):
        def clock():
            if interrupt is not None:
                raise interrupt
            return NINE

        for raised in (KeyboardInterrupt(), SystemExit(3)):
            interrupt = None
            with connex.open(clock=clock) as engine:
                interrupt = raised
                with self.assertRaises(type(raised)) as told:
                    self.hears(engine.system.report.coverage)
                self.assertIs(told.exception, raised)

    def test_a_moment_is_written_as_datetime_writes_it(self):
        class Sloppy(datetime):
            def isoformat(self, *args, **named):
                return None

        with connex.open(caller_clock=True) as engine:
            at = Sloppy(2026, 1, 2, 3, tzinfo=timezone.utc)
            answer = engine.actor("system", at=at).report.coverage().result
            self.assertEqual(answer, engine.actor("system", at=NINE.replace(2026, 1, 2, 3, 0, tzinfo=timezone.utc)).report.coverage().result)

    def test_checkpoints_go_to_the_sink(self):
        kept = []
        with connex.open(self.directory / "connex.db", sink=kept.append) as engine:
            engine.system.organisation.put(id="a", kind="clinic", name="A")
            self.assertEqual(kept, [])
            asked = engine.system.audit.checkpoint()
            self.assertTrue(asked.result["published"])
            self.assertEqual(kept, [asked.result["checkpoint"]])
            self.assertRegex(kept[0], r"^connex/[^\n]+\n1\n")
        with connex.open(self.directory / "connex.db") as engine:
            self.assertFalse(engine.system.audit.checkpoint().result["published"])

    def test_checkpoints_fall_due(self):
        put = lambda engine, id: engine.system.organisation.put(id=id, kind="clinic", name="A")  # noqa: E731
        kept = []
        with connex.open(sink=kept.append, checkpoint_entries=3) as engine:
            for id in "abcd":
                put(engine, id)
        self.assertEqual([note.split("\n")[1] for note in kept], ["3"])
        kept, now = [], [NINE]
        with connex.open(sink=kept.append, checkpoint_every=timedelta(minutes=1), clock=lambda: now[0]) as engine:
            put(engine, "a")
            kept.clear()  # the first comes at once, there being none before it
            put(engine, "b")
            self.assertEqual(kept, [])
            now[0] += timedelta(minutes=1)
            put(engine, "c")
            self.assertEqual(len(kept), 1)

    def test_a_sink_that_fails_hinders_nothing(self):
        class Broken:
            def __call__(self, note):
                raise OSError("no room")

        async def later(note):
            pass

        def leave(note):
            raise SystemExit

        for sink, kind in ((Broken(), OSError), (lambda note: False, TypeError), (lambda note: True, TypeError), (len, TypeError),
                           (lambda: None, TypeError), (later, TypeError), (leave, SystemExit)):  # fmt: skip
            with self.subTest(sink=sink), connex.open(sink=sink) as engine:
                engine.system.organisation.put(id="a", kind="clinic", name="A")
                asked = []
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", RuntimeWarning)  # of the coroutine that nobody awaits
                    heard = self.hears(lambda: asked.append(engine.system.audit.checkpoint()))
                self.assertTrue(asked[0].permitted)
                self.assertFalse(asked[0].result["published"])
                self.assertEqual(heard, [kind])
                self.assertTrue(engine.system.audit.verify().result["valid"])

    def test_a_sink_lives_as_long_as_its_engine(self):
        class Sink:
            def __call__(self, note):
                pass

        sink = Sink()
        gone = weakref.ref(sink)
        engine = connex.open(sink=sink)
        engine.system.organisation.put(id="a", kind="clinic", name="A")
        del sink
        gc.collect()
        self.assertTrue(engine.system.audit.checkpoint().result["published"])
        engine.close()
        del engine
        gc.collect()
        self.assertIsNone(gone())

    def test_a_callback_has_no_command_carried_out(self):
        for how in ("clock", "sink", "keys"):
            opened, raised = [], []

            def nested():
                for engine in opened:
                    try:
                        engine.system.organisation.put(id="b", kind="clinic", name="B")
                    except connex.Error as error:
                        raised.append(error.code)

            class Service(KeyService):
                def wrap(self, *args):
                    nested()
                    return super().wrap(*args)

            def clock():
                nested()
                return NINE

            def work():
                engine.system.principal.register(id="dr", role="doctor", name="A", adult_attested=True)
                engine.system.audit.checkpoint()

            given = {"clock": clock, "sink": lambda note: nested(), "keys": Service(b"one")}[how]
            with self.subTest(how), connex.open(**{how: given}) as engine:
                opened.append(engine)
                thread = threading.Thread(target=work, daemon=True)
                thread.start()
                thread.join(20)
                self.assertFalse(thread.is_alive())
                opened.clear()
                self.assertEqual(set(raised), {"conflict"})
                self.assertTrue(engine.system.audit.verify().result["valid"])

    def test_a_sink_is_used_from_any_thread(self):
        kept = []
        with connex.open(sink=kept.append, checkpoint_entries=1) as engine:
            def work(n):
                for i in range(20):
                    engine.system.organisation.put(id=f"o-{n}-{i}", kind="clinic", name="A")

            threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assertGreater(len(kept), 20)
            self.assertTrue(engine.system.audit.verify().result["valid"])

    def test_a_bucket_gives_addresses(self):
        hash = url = ""
        with connex.open(bucket=BUCKET, caller_clock=True) as engine:
            for line in (SCENARIOS.parent / "faults/commands.jsonl").read_text().replace("s3://bucket/key", "calls/v-1.mp4").splitlines():
                result = json.loads(engine.execute_json(line.replace("$hash", hash))).get("result", {})
                hash = result.get("hash", hash)
                url = url or result.get("url", "")
        self.assertRegex(url, r"^https://acct\.r2\.example/calls/calls/v-1\.mp4\?.*X-Amz-Credential=AKIDEXAMPLE%2F\d+%2Fauto%2F")
        self.assertNotIn("zq7x", url)
        self.assertNotRegex(repr(BUCKET), "zq7x|AKID")


INTERPRETERS = '''
import connex, datetime, sys, threading
try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters
other = interpreters.create("legacy") if sys.version_info >= (3, 13) else interpreters.create(isolated=False)
program = """
import connex, datetime, threading
now = datetime.datetime.now(datetime.timezone.utc)
kept = []
class Keys:
    current = lambda self: connex.OuterKey("a", 1)
    wrap = unwrap = lambda self, key, label, data: data
with connex.open(clock=lambda: now, sink=kept.append, keys=Keys()) as engine:
    def work(id):
        engine.system.principal.register(id=id, role="doctor", name="A", adult_attested=True)
        engine.system.audit.checkpoint()
    thread = threading.Thread(target=work, args=("a",))
    thread.start()
    thread.join()
    work("b")
assert len(kept) == 2, kept
print("went well", flush=True)
"""
interpreters.run_string(other, program)
interpreters.destroy(other)
exec(program)
'''

FORK = '''
import connex, gc, os, sqlite3
engine = connex.open("connex.db")
engine.system.organisation.put(id="a", kind="clinic", name="A")
child = os.fork()
if child == 0:
    for call in (lambda: engine.system.report.coverage(), lambda: engine.redact("x"), lambda: engine.policy):
        try:
            call()
        except connex.Unsupported as error:
            assert "another process" in error.message
        else:
            os._exit(3)
    engine.close()
    del engine, call
    gc.collect()
    with connex.open("connex.db") as own:
        own.system.organisation.put(id="b", kind="clinic", name="B")
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
engine.system.organisation.put(id="c", kind="clinic", name="C")
assert engine.system.audit.verify().result["entries"] == 3
engine.close()
assert sqlite3.connect("connex.db").execute("pragma integrity_check").fetchone() == ("ok",)
'''


class Processes(TempDirTest):
    """Forks, other interpreters and the end."""

    def run_program(self, program):
        environment = dict(os.environ, PYTHONPATH=str(PACKAGE.parent), PYTHONDONTWRITEBYTECODE="1")
        done = subprocess.run([sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True, env=environment,
                              cwd=self.directory, timeout=60)  # fmt: skip
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        return done.stdout

    def test_a_forked_process_opens_its_own(self):
        self.run_program(FORK)

    def test_another_interpreter_calls_back_into_itself(self):
        self.assertEqual(self.run_program(INTERPRETERS), "went well\n" * 2)

    def test_the_end_of_a_process_that_left_things_open(self):
        for program in (
            "import connex; engine = connex.open('a.db'); engine.me = engine",
            "import connex; connex.open('a.db', sink=[].append, checkpoint_entries=1).system.organisation.put(id='a', kind='clinic', name='A')",
            "import connex, threading; engine = connex.open('a.db')\n"
            "def work():\n while True: engine.system.organisation.put(id='a', kind='clinic', name='A')\n"
            "[threading.Thread(target=work, daemon=True).start() for _ in range(3)]; import time; time.sleep(0.3)",
            "import connex, sys; engine = connex.open('a.db'); decision = engine.decide('visit.book', {}); sys.exit()",
            "import connex, atexit; engine = connex.open('a.db'); atexit.register(engine.system.audit.checkpoint)",
        ):
            with self.subTest(program):
                self.run_program(program)

    def test_the_end_of_a_process_whose_threads_are_called_back(self):
        for options, ends in (
            ("clock=lambda: dt.datetime.now(dt.timezone.utc)", ""),
            ("keys=Keys()", ""),
            ("sink=lambda checkpoint: None, checkpoint_entries=1", ""),
            ("sink=lambda checkpoint: None, checkpoint_entries=1", "class Last:\n def __del__(self): engine.close()\nimport sys; sys.last = Last(); "),
        ):  # fmt: skip
            program = (
                "import connex, datetime as dt, itertools, threading, time\n"
                "class Keys:\n"
                "    current = lambda self: connex.OuterKey('k', 1)\n"
                "    wrap = unwrap = lambda self, key, label, data: data\n"
                f"engine = connex.open({options})\n"
                "ids = itertools.count()\n"
                "def work():\n"
                "    while True: engine.system.principal.register(id=f'p{next(ids)}', role='doctor', name='A', adult_attested=True)\n"
                "for _ in range(4): threading.Thread(target=work, daemon=True).start()\n"
                f"{ends}time.sleep(0.3)"
            )
            with self.subTest(options, ends=ends):
                for _ in range(3):
                    self.run_program(program)

    def test_exit_called_from_below_while_threads_go_on(self):
        # Neither stops nor waits for them; what is registered before the library is there, runs behind all that it undoes.
        self.run_program(
            "import ctypes\n"
            "libc = ctypes.CDLL(None)\n"
            "libc.__cxa_atexit(libc.usleep, ctypes.c_void_p(300_000), None)\n"
            "import connex, itertools, threading, time\n"
            "engine = connex.open(checkpoint_entries=20)\n"
            "ids = itertools.count()\n"
            "def work():\n"
            "    while True:\n"
            "        try: engine.system.principal.register(id=f'p{next(ids)}', role='doctor', name='A', adult_attested=True)\n"
            "        except connex.Error: pass\n"
            "for _ in range(4): threading.Thread(target=work, daemon=True).start()\n"
            "time.sleep(0.1)\n"
            "libc.exit(0)"
        )


class Threads(TempDirTest):
    def test_four_threads_on_one_engine(self):
        with connex.open(self.directory / "connex.db", durability=connex.Durability.NORMAL) as engine:
            failed = []

            def work(n):
                try:
                    for i in range(100):
                        engine.system.organisation.put(id=f"o-{n}-{i}", kind="clinic", name="A")
                        engine.system.audit.list(limit=1)
                        assert not engine.decide("visit.book", {}).permitted
                        connex.redact("call 98200 55443")
                except Exception as error:  # noqa: BLE001: whatever it is, the test fails for it
                    failed.append(error)

            threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assertEqual(failed, [])
            verified = engine.system.audit.verify()
            self.assertEqual(verified.result["entries"], 400)

    def test_closing_waits_for_calls_under_way(self):
        for _ in range(20):
            engine = connex.open(self.directory / "connex.db", durability=connex.Durability.NORMAL)
            ends = []

            def work():
                try:
                    while True:
                        engine.system.organisation.put(id="a", kind="clinic", name="A")
                except ValueError as error:
                    ends.append(str(error))

            threads = [threading.Thread(target=work) for _ in range(4)]
            for thread in threads:
                thread.start()
            time.sleep(0.005)
            engine.close()
            for thread in threads:
                thread.join()
            self.assertEqual(ends, ["closed: the engine is closed"] * 4)

    def within_a_call(self, engine_of):
        """A thread within a call, the clock of which waits: the engine, the thread, and what lets the clock go."""
        entered, go = threading.Event(), threading.Event()

        def clock():
            if threading.current_thread() is thread:
                entered.set()
                go.wait(20)
            return NINE

        put = lambda: engine.system.organisation.put(id="a", kind="clinic", name="A")  # noqa: E731
        thread = threading.Thread(target=put, daemon=True)
        engine = engine_of(clock)
        thread.start()
        self.assertTrue(entered.wait(20))
        return engine, thread, go

    def test_closing_returns_once_no_call_is_under_way(self):
        for close in (connex.Engine.close, lambda engine: engine.__exit__(None, None, None)):
            engine, thread, go = self.within_a_call(lambda clock: connex.open(clock=clock))
            closers = [threading.Thread(target=close, args=(engine,), daemon=True) for _ in range(2)]
            for closer in closers:
                closer.start()
                closer.join(0.1)
                self.assertTrue(closer.is_alive())
            self.assertTrue(engine.closed)
            with self.assertRaisesRegex(ValueError, "closed"):
                engine.system.report.coverage()
            go.set()
            for ended in (*closers, thread):
                ended.join(20)
                self.assertFalse(ended.is_alive())
            engine.close()

    def test_a_signal_ends_the_wait_of_closing(self):
        def stop(*_):
            raise InterruptedError("enough")

        engine, thread, go = self.within_a_call(lambda clock: connex.open(clock=clock))
        before = signal.signal(signal.SIGALRM, stop)
        try:
            signal.setitimer(signal.ITIMER_REAL, 0.1)
            with self.assertRaisesRegex(InterruptedError, "enough"):
                engine.close()
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
        threading.Timer(0.1, go.set).start()
        engine.close()
        self.assertTrue(go.is_set())
        thread.join(20)
        self.assertFalse(thread.is_alive())

    def test_a_callback_that_closes_does_not_wait_for_itself(self):
        class Service(KeyService):
            def wrap(self, *args):
                close()
                return super().wrap(*args)

        def clock():
            close()
            return NINE

        def close():
            if opened:
                opened[0].close()
                closed.append(opened[0].closed)

        def work():
            with contextlib.suppress(IndexError):
                answers.append(opened[0].system.principal.register(id="dr", role="doctor", name="A", adult_attested=True))

        for how in ({"clock": clock}, {"keys": Service(b"one")}):
            opened, closed, answers = [], [], []
            opened.append(connex.open(**how))
            thread = threading.Thread(target=work, daemon=True)
            thread.start()
            thread.join(20)
            with self.subTest(how=how):
                self.assertFalse(thread.is_alive())
                self.assertTrue(closed and all(closed))
                self.assertTrue(answers[0].permitted)
                opened[0].close()

    def test_a_callback_that_closes_leaves_the_end_to_others_under_way(self):
        def clock_of(clock):
            def read():
                if threading.current_thread() is other:
                    engine.close()
                    inside.append(thread.is_alive())
                    told.set()
                return clock()

            return connex.open(clock=read)

        inside, told, other = [], threading.Event(), None
        engine, thread, go = self.within_a_call(clock_of)
        other = threading.Thread(target=lambda: engine.system.organisation.put(id="b", kind="clinic", name="B"), daemon=True)
        other.start()
        told.wait(20)
        self.assertEqual(inside, [True])
        go.set()
        engine.close()
        for ended in (thread, other):
            ended.join(20)
            self.assertFalse(ended.is_alive())

    def test_others_run_while_the_store_is_waited_for(self):
        path = self.directory / "connex.db"
        with connex.open(path, busy_timeout=timedelta(seconds=30)) as engine:
            other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            other.execute("BEGIN IMMEDIATE")
            thread = threading.Thread(target=lambda: engine.system.organisation.put(id="a", kind="clinic", name="A"))
            thread.start()
            time.sleep(0.05)
            self.assertTrue(thread.is_alive())
            other.execute("ROLLBACK")
            other.close()
            thread.join(20)
            self.assertFalse(thread.is_alive())
            self.assertEqual(engine.system.audit.verify().result["entries"], 1)


class Memory(unittest.TestCase):
    """Every call many times over: what it took it gave back."""

    def flat(self, call, calls, warm_up=0):
        for _ in range(max(calls // 10, warm_up)):
            call()
        before = resident()
        for _ in range(calls):
            call()
        grown = resident() - before
        print(f"{self._testMethodName[5:].replace('_', ' ')}: {grown / 1024:+.0f} KiB after {calls} calls", flush=True)
        self.assertLess(grown, 2 << 20, f"{grown} bytes more after {calls} calls")

    def refused(self, kind, call):
        def attempt():
            try:
                call()
            except kind:
                return
            raise AssertionError

        return attempt

    def test_decisions(self):
        facts = {"doctor_recording_enabled": True, "company_recording_enabled": False}
        self.flat(lambda: connex.decide("recording.eligible", facts), CALLS)

    def test_decisions_on_ever_other_facts(self):
        names = [fact["name"] for fact in next(g for g in connex.gates() if g["rule"] == "recording.start")["facts"]]
        every = itertools.cycle(
            dict(zip(names, values)) for values in itertools.product((True, False, None), repeat=len(names))
        )
        self.flat(lambda: connex.decide("recording.start", next(every)), CALLS, warm_up=20_000)

    def test_refusals(self):
        self.flat(self.refused(connex.InvalidArgument, lambda: connex.decide("visit.book", {"no": True})), CALLS)
        self.flat(self.refused(TypeError, lambda: connex.decide("visit.book", {"opt_in_set_by_doctor": 1})), CALLS)
        self.flat(self.refused(connex.NotFound, lambda: connex.evaluate("no.rule", {})), CALLS // 2)
        self.flat(self.refused(connex.InvalidArgument, lambda: connex.redact(HALF)), CALLS // 2)

    def test_pure_rules(self):
        facts = {"viewer_role": "doctor", "relation": "self", "subject_role": "doctor"}
        self.flat(lambda: connex.evaluate("view", facts), CALLS // 5)

    def test_redaction(self):
        known = connex.Known(phones=("+91 98200 55443",), names=("Asha Rao",))
        self.flat(lambda: connex.redact("call Asha Rao at 98200 55443", known=known), CALLS // 10)

    def test_commands(self):
        with connex.open() as engine:
            people(engine, None)
            self.flat(lambda: engine.system.audit.list(limit=1), CALLS // 10)
            request = '{"command":"report.deadlines","actor":"system","args":{}}'
            self.flat(lambda: engine.execute_json(request), CALLS // 10)
            self.flat(self.refused(connex.InvalidArgument, lambda: engine.actor(HALF).audit.list()), CALLS // 10)
            self.flat(self.refused(TypeError, lambda: engine.system.rights.submit(
                id="r", kind="access", principal="p", channel="email", details={"a": len})), CALLS // 10)  # fmt: skip
            self.flat(self.refused(connex.Unauthenticated, lambda: engine.actor("x").audit.list()), CALLS // 10)

    def test_engines(self):
        def cycle():
            engine = connex.open(clock=lambda: NINE, keys=KeyService(b"one"), sink=lambda note: engine, checkpoint_entries=1)
            engine.decide("visit.book", {})
            engine.me = engine  # a cycle, for the collector to find

        self.flat(cycle, 300, warm_up=100)

    def test_scenarios(self):
        step = {"command": "policy.list", "actor": "system", "args": {}}
        told = {"title": "T", "scenarios": [{"name": "n", "clauses": [], "steps": [step]}, {"name": "m", "clauses": [], "steps": [step, {}]}]}
        self.flat(lambda: scenarios.play(told["scenarios"][0]), 300, warm_up=100)
        self.flat(self.refused(scenarios.Malformed, lambda: scenarios.File(json.dumps(told))), CALLS // 10)


class StableAbi(TempDirTest):
    """One wheel for CPython 3.10 and all that follow."""

    def test_what_it_takes_of_python_is_on_file(self):
        """A name that comes to it goes on file once it is known to be in the stable ABI of 3.10, as the wheel says."""
        (module,) = PACKAGE.glob("_connex*.so")
        self.assertEqual(module.name, "_connex.abi3.so")
        listed = subprocess.run(["nm", "-D", "--undefined-only", module], capture_output=True, text=True, check=True).stdout
        names = sorted(name for name in (line.split()[-1] for line in listed.splitlines()) if name.startswith(("Py", "_Py")))
        self.assertEqual(names, pathlib.Path(__file__).with_name("python_symbols.txt").read_text().split())
        try:
            from test.test_stable_abi_ctypes import SYMBOL_NAMES
        except ImportError:
            return  # Python's own list comes with its tests, which Debian packs apart
        self.assertEqual(set(names) - set(SYMBOL_NAMES), set())

    def test_other_pythons(self):
        """The same package with every other CPython on this machine."""
        pyenv = pathlib.Path(os.environ.get("PYENV_ROOT", pathlib.Path.home() / ".pyenv"))
        found = [shutil.which(f"python3.{minor}", path="/usr/bin:/usr/local/bin") for minor in range(10, 20)]
        found += sorted(map(str, pyenv.glob("versions/3.*/bin/python3")))
        (wheel,) = PACKAGE.parent.glob("connex-*.whl")
        shutil.unpack_archive(wheel, self.directory, "zip")
        environment = dict(os.environ, PYTHONPATH=str(self.directory), PYTHONDONTWRITEBYTECODE="1")
        versions = {sys.version_info[:2]}
        ask = "import sqlite3, sys; print(*sys.version_info[:2], sys.implementation.name)"
        for python in filter(None, found):
            said = subprocess.run([python, "-c", ask], capture_output=True, text=True).stdout.split()
            if len(said) != 3 or said[2] != "cpython" or int(said[1]) < 10 or (version := (3, int(said[1]))) in versions:
                continue
            versions.add(version)
            with self.subTest(python):
                done = subprocess.run([python, __file__, "Decisions", "Redaction", "Commands", "Options", "Processes", "Threads"], capture_output=True,
                                      text=True, env=environment, timeout=300)  # fmt: skip
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertRegex(done.stderr, r"Ran [4-9]\d tests")
        print("CPython " + ", ".join(f"{major}.{minor}" for major, minor in sorted(versions)))


class Tools(TempDirTest):
    """The package as it is used: from a wheel, with mypy, with pytest and from the command line."""

    def run_tool(self, *args, code=0, **how):
        environment = dict(os.environ, PYTHONPATH=str(PACKAGE.parent), PYTHONDONTWRITEBYTECODE="1")
        done = subprocess.run(
            [str(arg) for arg in args], capture_output=True, text=True, timeout=120, cwd=self.directory,
            env=how.pop("env", environment), **how,
        )
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout

    def tool(self, variable):
        program = os.environ.get(variable)
        if not program or not shutil.which(program):
            self.skipTest(f"{variable.lower()} is not installed")
        return program

    def test_the_wheel_installs_into_an_empty_directory(self):
        (wheel,) = PACKAGE.parent.glob("connex-*.whl")
        self.assertRegex(wheel.name, r"^connex-[0-9.]+-cp310-abi3-linux_\w+\.whl$")
        target = self.directory / "site"
        try:
            self.run_tool(sys.executable, "-m", "pip", "--version")
        except AssertionError:
            shutil.unpack_archive(wheel, target, "zip")  # which is what installing a wheel comes to
        else:
            self.run_tool(
                sys.executable, "-m", "pip", "install", "--no-index", "--no-deps", "--disable-pip-version-check",
                "--root-user-action=ignore", "--target", target, wheel,
            )
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        (self.directory / "start.py").write_text("import connex; print(connex.__file__)\n" + README_START)
        said = self.run_tool(sys.executable, "start.py", env=dict(environment, PYTHONPATH=str(target)))
        self.assertTrue(said.startswith(str(target / "connex" / "__init__.py")), said)
        self.assertTrue(said.endswith(README_SAYS), said)
        (licence,) = target.glob("connex-*.dist-info/LICENSE")
        self.assertEqual(licence.read_bytes(), (SCENARIOS.parents[1] / "LICENSE").read_bytes())

    def test_the_start_in_the_readme(self):
        (self.directory / "start.py").write_text(README_START)
        said = self.run_tool(sys.executable, "start.py")
        self.assertRegex(said, r"^C6\.3-b ")
        self.assertTrue(said.endswith(README_SAYS), said)
        if shutil.which(os.environ.get("MYPY", "")):
            self.run_tool(os.environ["MYPY"], "--strict", "--cache-dir", self.directory, "start.py")

    def test_mypy_is_content_with_the_package_and_finds_mistakes(self):
        mypy = self.tool("MYPY")
        for version in ("3.10", "3.11"):
            self.run_tool(mypy, "--strict", "--python-version", version, "--cache-dir", self.directory, PACKAGE)
        (self.directory / "mistakes.py").write_text(
            "import connex\n"
            "connex.decide('visit.book', {'opt_in_set_by_doctor': True})\n"
            "connex.decide('visit.book', {'opt_in': True}).permitted\n"
            "with connex.open(keys=connex.KeyFile(passphrase='p')) as engine:\n"
            "    engine.system.principal.terminate(id='a')\n"
            "    engine.system.principal.terminate(id=3)\n"
            "    engine.system.principal.fly(id='a')\n"
            "connex.open(keys='file:keys')\n"
            "class Service:\n"
            "    def current(self) -> connex.OuterKey: return connex.OuterKey('a', 1)\n"
            "    def wrap(self, key: connex.OuterKey, label: bytes, secret: bytes) -> bytes: return secret\n"
            "    def unwrap(self, key: connex.OuterKey, label: bytes, wrapped: bytes) -> bytes: return wrapped\n"
            "connex.open(keys=Service())\n"
            "def sink(note: str) -> bool: return False\n"
            "connex.open(sink=sink)\n"
            "kept: list[str] = []\n"
            "answer = connex.open(sink=kept.append, checkpoint_entries=3, bucket=connex.Bucket('h', 'n', 'a', 's')).system.audit.checkpoint()\n"
            "answer.result['published'] = True\n"
            "connex.open(bucket=('h', 'n', 'a', 's'))\n"
            "for result in connex.scenarios.play_file('a.json'): print(result.name, result.passed)\n"
            "decision: connex.Decision = connex.decide('visit.book', {'opt_in_set_by_doctor': 'yes'})\n"
            "connex.decide('visit.book', ['opt_in_set_by_doctor'])\n"
            "connex.decide(3, {})\n"
            "with connex.open() as engine: engine.decide('visit.dance', {'opt_in': True}).permitted()\n"
        )
        said = self.run_tool(mypy, "--strict", "--cache-dir", self.directory, "mistakes.py", code=1)
        found = {line.split(":")[1] for line in said.splitlines() if " error:" in line}
        self.assertEqual(found, {"3", "6", "7", "8", "15", "18", "19", "21", "22", "23", "24"})

    def test_mypy_is_content_with_rules_and_facts_that_only_the_program_knows(self):
        (self.directory / "known_later.py").write_text(
            "import json\n"
            "from collections.abc import Mapping\n"
            "from typing import Any\n"
            "import connex\n"
            "from connex.facts import VisitBookFacts\n"
            "def rule_and_facts(rule: str, facts: Mapping[str, object]) -> connex.Decision:\n"
            "    return connex.decide(rule, facts)\n"
            "def each(a: dict[str, bool], b: dict[str, bool | None], c: dict[str, object], d: Mapping[str, Any],\n"
            "         e: Mapping[str, bool], f: VisitBookFacts) -> list[connex.Decision]:\n"
            "    decide = connex.decide\n"
            "    return [decide('visit.book', a), decide('visit.book', b), decide('visit.book', c), decide('visit.book', d),\n"
            "            decide('visit.book', e), decide('visit.book', f), decide('visit.book', json.loads('{}'))]\n"
            "with connex.open() as engine:\n"
            "    facts = {'opt_in_set_by_doctor': True}\n"
            "    if engine.decide('visit.book', facts).permitted:\n"
            "        pass\n"
            "    for row in connex.gates():\n"
            "        assert not engine.decide(row['rule'], {}).permitted\n"
            "    for rule in ('visit.book', 'visit.join'):\n"
            "        assert not rule_and_facts(rule, {}).permitted\n"
            "print(*each({}, {}, {}, {}, {}, {}))\n"
        )
        self.run_tool(self.tool("MYPY"), "--strict", "--cache-dir", self.directory, "known_later.py")
        self.run_tool(sys.executable, "known_later.py")

    def test_pytest_plays_scenarios(self):
        pytest = self.tool("PYTEST")
        shutil.copy(SCENARIOS / "10_children.json", self.directory / "children.json")
        wrong = json.loads((SCENARIOS / "11_transfers.json").read_text())
        wrong["scenarios"][0]["expect"] = {"permitted": True}
        (self.directory / "wrong.json").write_text(json.dumps(wrong))
        (self.directory / "pytest.ini").write_text("[pytest]\nconnex_scenarios = *.json\naddopts = -p connex.pytest_plugin\n")
        (self.directory / "test_mine.py").write_text(
            "from connex.pytest_plugin import assert_refused\n"
            "def test_engine(connex_engine):\n"
            "    assert connex_engine.system.report.coverage().permitted\n"
            "    assert_refused(connex_engine.decide('account.open', {'holder_is_adult': False,\n"
            "                   'holder_not_reported_minor': True}), 'C10-a')\n"
        )
        said = self.run_tool(pytest, "-p", "no:cacheprovider", code=1)
        self.assertIn("expected permitted true, got false", said)
        children = json.loads((SCENARIOS / "10_children.json").read_text())["scenarios"]
        played = [*children, *wrong["scenarios"][1:]]
        decided = {row["id"] for row in connex.clauses() if row["coverage"] == "decided"}
        told = decided & {clause for scenario in played for clause in scenario["clauses"]}
        self.assertIn(f"{len(told)} of {len(decided)} decided clauses exercised", said)
        self.assertIn(f"1 failed, {len(played) + 1} passed", said)
        (self.directory / "wrong.json").write_text('{"title": 3, "scenarios": []}')
        said = self.run_tool(pytest, "-p", "no:cacheprovider", code=2)
        self.assertRegex(said, "\nE? *`.*wrong.json`: another type is expected at /title\n")
        self.assertNotIn("Traceback", said)
        (self.directory / "wrong.json").write_text('{"title": "T", "scenarios": []}')
        said = self.run_tool(pytest, "-p", "no:cacheprovider", code=2)
        self.assertRegex(said, "\nE? *`.*wrong.json`: there are no scenarios in it at /scenarios\n")

    def test_pytest_finds_the_plugin_of_the_wheel_and_may_be_told_of_it(self):
        pytest = self.tool("PYTEST")
        (wheel,) = PACKAGE.parent.glob("connex-*.whl")
        shutil.unpack_archive(wheel, self.directory / "site", "zip")
        (self.directory / "test_mine.py").write_text("def test_engine(connex_engine): assert not connex_engine.closed\n")
        environment = dict(os.environ, PYTHONPATH=str(self.directory / "site"), PYTHONDONTWRITEBYTECODE="1")
        for told in ((), ("-p", "connex.pytest_plugin")):
            self.assertIn("1 passed", self.run_tool(pytest, "-p", "no:cacheprovider", *told, "test_mine.py", env=environment))

    def test_pytest_is_told_of_a_pattern_that_matches_no_file(self):
        pytest = self.tool("PYTEST")
        (self.directory / "told").mkdir()
        shutil.copy(SCENARIOS / "10_children.json", self.directory / "told" / "children.json")
        (self.directory / "test_mine.py").write_text("def test_nothing(): pass\n")
        for patterns, missing in (("told/*.json", ()), ("told/*.json tolled/*.json", ("tolled/*.json",)),
                                  ("told/children.jso tolled/*", ("told/children.jso", "tolled/*"))):  # fmt: skip
            (self.directory / "pytest.ini").write_text(f"[pytest]\nconnex_scenarios = {patterns}\naddopts = -p connex.pytest_plugin\n")
            environment = dict(os.environ, PYTHONPATH=str(PACKAGE.parent), PYTHONDONTWRITEBYTECODE="1")
            done = subprocess.run([pytest, "-p", "no:cacheprovider", "test_mine.py"], capture_output=True, text=True, cwd=self.directory,
                                  env=environment, timeout=120)  # fmt: skip
            said = done.stdout + done.stderr
            self.assertEqual(done.returncode, 4 if missing else 0, said)
            told = "ERROR: connex_scenarios: no file matches " + ", ".join(f"`{pattern}`" for pattern in missing)
            self.assertEqual([line for line in said.splitlines() if line.startswith("ERROR")], [told] * bool(missing))
            self.assertNotIn("Traceback", said)

    def pytest(self, *args, ini, code, cwd=None):
        (self.directory / "pytest.ini").write_text(f"[pytest]\naddopts = -p connex.pytest_plugin\n{ini}\n")
        environment = dict(os.environ, PYTHONPATH=str(PACKAGE.parent), PYTHONDONTWRITEBYTECODE="1")
        done = subprocess.run([self.tool("PYTEST"), "-p", "no:cacheprovider", *args], capture_output=True, text=True,
                              cwd=cwd or self.directory, env=environment, timeout=120)  # fmt: skip
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        self.assertNotIn("Traceback", done.stdout + done.stderr)
        return done.stdout + done.stderr

    def test_pytest_leaves_no_scenarios_out_of_a_run_of_everything(self):
        for folder in ("tests", "build", "compliance/deep"):
            (self.directory / folder).mkdir(parents=True)
        (self.directory / "tests" / "test_mine.py").write_text("def test_nothing(): pass\n")
        for path in ("build/a.json", "compliance/a.scenario", "compliance/deep/a.json"):
            shutil.copy(SCENARIOS / "10_children.json", self.directory / path)
        played = str(len(json.loads((SCENARIOS / "10_children.json").read_text())["scenarios"]) + 1) + " passed"
        left_out = "connex_scenarios: not among what is collected: `{}`"
        compliance = "connex_scenarios = compliance/*.scenario"
        self.assertIn(played, self.pytest(ini=compliance, code=0))
        self.assertIn(left_out.format("compliance/a.scenario"), self.pytest(ini=compliance + "\ntestpaths = tests", code=4))
        self.assertIn(played, self.pytest(ini=compliance + "\ntestpaths = tests compliance", code=0))
        self.assertIn(left_out.format("build/a.json"), self.pytest(ini="connex_scenarios = build/*.json", code=4))
        self.assertIn("no file matches", self.pytest(ini="connex_scenarios = compliance/*.json", code=4))
        self.assertIn(played, self.pytest(ini="connex_scenarios = compliance/**/*.json", code=0))
        for absolute in ("/*.json", "''"):
            self.assertIn("connex_scenarios: `", self.pytest(ini=f"connex_scenarios = {absolute}", code=4))
        # Whoever asks for a part gets it.
        self.assertIn("1 passed", self.pytest("tests", ini=compliance, code=0))
        self.assertIn("1 passed", self.pytest(ini=compliance, code=0, cwd=self.directory / "tests"))

    def test_pytest_minds_no_json_of_others(self):
        outside = self.directory / "outside"
        outside.mkdir()
        (outside / "data.json").write_text("{}")
        (outside / "test_x.py").write_text("def test_nothing(): pass\n")
        inside = self.directory / "inside"
        inside.mkdir()
        for ini in ("", "connex_scenarios = pytest.ini"):
            said = self.pytest("-c", "../pytest.ini", "--rootdir", ".", "../outside", ini=ini, code=4 if ini else 0, cwd=inside)
            self.assertIn("no file matches" if ini else "1 passed", said)

    def test_the_little_brother_stops_when_it_is_interrupted(self):
        environment = dict(os.environ, PYTHONPATH=str(PACKAGE.parent))
        with subprocess.Popen([sys.executable, "-m", "connex", "run", "--db", "memory:"], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as running:  # fmt: skip
            running.stdin.write(b'{"command":"report.coverage","actor":"system"}\n')
            running.stdin.flush()
            self.assertIn(b'"ok":true', running.stdout.readline())
            running.send_signal(signal.SIGINT)
            self.assertEqual(running.wait(timeout=60), 130)
            self.assertEqual(running.stderr.read(), b"")

    def test_the_little_brother(self):
        module = [sys.executable, "-m", "connex"]
        facts = '{"doctor_recording_enabled":true}\n{"doctor_recording_enabled":true,"doctor_recording_enabled":true}\n'
        for line, code in zip(facts.splitlines(), (3, 1)):
            ours = self.run_tool(*module, "decide", "recording.eligible", input=line + "\n", code=code)
            big = self.run_tool(os.environ["CONNEX"], "decide", "recording.eligible", input=line + "\n", code=code)
            self.assertEqual(ours, big)
        self.assertEqual(self.run_tool(*module, "redact", input="call 98200 55443"), "call [phone hidden]")
        ran = self.run_tool(*module, "run", "--db", "memory:", input='{"command":"report.coverage","actor":"system"}\n')
        self.assertTrue(json.loads(ran)["ok"])
        self.assertIn(" passed, 0 failed", self.run_tool(*module, "test", SCENARIOS / "10_children.json"))
        self.assertEqual(json.loads(self.run_tool(*module, "clauses", "--json")), connex.clauses())
        self.run_tool(*module, "test", "nowhere.json", code=1)

    def both(self, *args, **how):
        """What the little and the big brother come to: codes and outputs, as bytes."""
        environment = dict(os.environ, PYTHONPATH=str(PACKAGE.parent), PYTHONDONTWRITEBYTECODE="1", **how.pop("env", {}))
        return [
            subprocess.run([*tool, *map(str, args)], capture_output=True, timeout=60, cwd=self.directory, env=environment, **how)
            for tool in ([sys.executable, "-m", "connex"], [os.environ["CONNEX"]])
        ]

    def test_the_brothers_answer_alike(self):
        permit = b'{"purpose_is_not_clinical": true}\n'
        deny = permit.replace(b"true", b"false")
        put = b'{"command":"organisation.put","actor":"system","at":"2026-11-23T09:00:00+05:30","args":{"id":"a","kind":"clinic","name":"A"}}'
        for code, args, told in (
            (0, ("decide", "visit.purpose"), permit),
            (3, ("decide", "visit.purpose"), deny),
            (3, ("decide", "visit.purpose"), deny + permit),
            (1, ("decide", "visit.purpose"), deny + b"nonsense\n" + deny),
            (1, ("decide", "visit.purpose"), b'{"\xff": true}\n{"purpose_is_not_clinical": "\xff"}\n\xfe\n' + permit),
            (0, ("decide", "visit.purpose"), b"{\n" + permit[1:-2] + b"\n}\n" + permit.replace(b"\n", b"\r\n") + permit[:-1]),
            (1, ("decide", "visit.purpose"), permit[:-2] + b"\n" + permit + deny),
            (1, ("decide", "visit.purpose"), b"{\n" + permit + deny),
            (1, ("decide", "visit.purpose"), b"[\n" + permit[1:] + deny),
            (1, ("decide", "visit.purpose"), b'{"purpose_is\n' + permit[1:] + deny),
            (0, ("decide", "visit.purpose"), permit.replace(b": ", b":\n\n") + permit),
            (1, ("decide", "visit.purpose"), b""),
            (2, ("decide", "no.such.rule"), b""),
            (2, ("decide", "no.such.rule"), permit),
            (3, ("decide", "--json", "visit.purpose"), deny),
            (2, ("decide",), b""),
            (2, ("dance",), b""),
            (2, ("redact", "--channel", "nope"), b"x"),
            (0, ("run", "--db", "memory:"), put + b"\n" + put.replace(b'"A"', b'"\xff"') + b"\r\n\n" + put.replace(b"+05:30", b"")),
            (2, ("run",), b""),
            (1, ("run", "--db", "no/such/file.db"), b""),
            (1, ("run", "--db", ""), b""),
            (1, ("run", "--db", ":memory:"), b""),
            (1, ("run", "--db", "postgres://nowhere"), b""),
            (1, ("run", "--db", "memory:", "--keys", "nowhere"), b""),
            (0, ("redact",), "नमस्ते 👋 98200 55443 \r\n".encode()),
            (1, ("redact",), b"call \xff"),
        ):
            for locale in ({}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"}):
                with self.subTest(args=args, told=told, locale=locale):
                    ours, big = self.both(*args, input=told, env=locale)
                    self.assertEqual((ours.returncode, big.returncode), (code, code), ours.stderr + big.stderr)
                    self.assertNotIn(b"Traceback", ours.stderr)
                    answers = [re.sub(rb'"(root|id|digest|key)":"[^"]*"', b"", said.stdout) for said in (ours, big)]
                    if args[0] != "redact" or code == 0:  # of which the big brother may have written a part
                        self.assertEqual(*answers)
                    self.assertEqual(bool(ours.stderr), bool(big.stderr))

    def test_a_store_that_fails_is_a_failure_for_both(self):
        path = self.directory / "connex.db"
        put = b'{"command":"organisation.put","actor":"system","args":{"id":"a","kind":"clinic","name":"A"}}\n'
        for done in self.both("run", "--db", path, input=put):
            self.assertEqual(done.returncode, 0, done.stderr)
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            for done in self.both("run", "--db", path, input=put + b"{}\n"):
                self.assertIn(b'{"ok":false,"error":{"code":"busy"', done.stdout)
                self.assertEqual((done.returncode, done.stdout.count(b"\n")), (1, 2))

    def test_nobody_reads_any_more(self):
        environment = dict(os.environ, PYTHONPATH=str(PACKAGE.parent))
        read, write = os.pipe()
        os.close(read)
        with os.fdopen(write, "wb") as nobody, open("/dev/full", "wb") as full:
            for where in (nobody, full):
                for args in (["clauses"], ["decide", "visit.purpose"], ["redact"]):
                    done = subprocess.run([sys.executable, "-m", "connex", *args], input=b"{}", stdout=where, stderr=subprocess.PIPE, env=environment)
                    self.assertEqual(done.returncode, 1)
                    self.assertRegex(done.stderr, rb"^connex: [^\n]*\n$")

    def test_what_is_no_result_exercises_nothing(self):
        with self.assertRaisesRegex(TypeError, "^`results` must be an iterable of Result, not int$"):
            scenarios.exercised(3)
        played = list(scenarios.play_file(SCENARIOS / "10_children.json"))
        for wrong in (3, None, {}, "C10-a", played[0].clauses):
            with self.assertRaisesRegex(TypeError, "^`results/1` must be Result, not "):
                scenarios.exercised(iter([played[0], wrong]))
        self.assertEqual(scenarios.exercised(iter(played)), scenarios.exercised(played))

    def test_files_that_are_no_scenarios_are_refused_alike(self):
        decides = {"name": "n", "clauses": ["C10-a"], "rule": "account.open", "facts": {}, "expect": {}}
        step = {"command": "a", "actor": "b"}
        tells = lambda *steps: {"name": "n", "clauses": [], "steps": list(steps)}  # noqa: E731
        files = [
            b"", b"[]", b"{", b"\xff", b'{"title": "\xff", "scenarios": []}', b'{"scenarios": []}', b'{"title": "T"}',
            b'{"title": 3, "scenarios": []}', b'{"title": "T", "title": "T", "scenarios": []}', b'{"title": NaN, "scenarios": []}',
            b'{"title": "T", "scenarios": [{"facts": {"a~/b": 1, "a~/b": 2}}]}', b'{"title": "T", "scenarios": {}}',
            b'{"title": "T", "scenarios": [], "more": 1}', b"[" * 100_000,
        ]  # fmt: skip
        told = [
            3, {}, {"name": "n"}, {**decides, "colour": 1}, {**decides, "expect": {"effects": 1}}, {**decides, "clauses": ["C99-z"]},
            {**decides, "clauses": [3]}, {**decides, "facts": []}, {**decides, "name": None}, tells("nowhere"), tells(3),
            tells({**step, "argh": {}}), tells({**step, "save": {"x": 3}}), tells({"command": "a"}), tells({**step, "expect": {"a": 1}}),
            tells({**step, "args": 3}), {"name": "n", "clauses": [], "steps": {}},
        ]  # fmt: skip
        files += [json.dumps({"title": "T", "scenarios": [decides, bad]}).encode() for bad in told]
        setups = ({"a": ["b"], "b": []}, {"a": ["a"]}, {"a": {}}, {"a/b": [3]})
        files += [json.dumps({"title": "T", "setups": setup, "scenarios": [decides]}).encode() for setup in setups]
        fact = lambda text: json.dumps({"title": "T", "scenarios": [{**decides, "facts": {"a": ["?"]}}]}).replace('"?"', text).encode()  # noqa: E731
        files += [fact(text) for text in ("1e400", "-1e400", "1e-400", "9007199254740992", "-9007199254740992", "18446744073709551616",
                                          "9" * 30, "9" * 5000, "[" * 28 + "]" * 28, "[" * 500 + "]" * 500)]  # fmt: skip
        files += [fact('{"%s": {"b": {"b": 1, "b": 2}}}' % ("k" * size)) for size in (300, 480, 481, 482, 483, 484, 485, 486, 487, 600)]
        path = self.directory / "told.json"
        for content in files:
            path.write_bytes(content)
            ours, big = self.both("test", path)
            with self.subTest(content=content[:100]):
                self.assertEqual((ours.returncode, ours.stdout, ours.stderr), (1, big.stdout, big.stderr))
                self.assertTrue(ours.stdout.endswith(b"\n0 passed, 0 failed, 1 of the files cannot be played\n"), ours.stdout)
                with self.assertRaises(scenarios.Malformed) as caught:
                    scenarios.read(path)
                self.assertEqual(f"connex: invalid_argument: {caught.exception}\n".encode(), ours.stderr)
        path.write_bytes(fact("[" * 27 + "]" * 27))  # the rule's own answer: it is a scenario
        for done in self.both("test", path):
            self.assertTrue(done.stdout.endswith(b"\n0 passed, 1 failed\n"), done.stdout + done.stderr)
        with self.assertRaisesRegex(scenarios.Malformed, "^this is missing at /scenarios/0/name$"):
            scenarios.play({"rule": "account.open"})
        with self.assertRaisesRegex(scenarios.Malformed, "^no such setup stands before this at /scenarios/0/steps/0$"):
            scenarios.play(tells("nowhere"))
        for wrong in (3, None, [], "a", b"a"):
            with self.assertRaises((TypeError, scenarios.Malformed)):
                scenarios.play(wrong)
            with self.assertRaises((TypeError, scenarios.Malformed)):
                scenarios.File(wrong)

    def test_the_report_is_that_of_the_big_brother(self):
        told = json.loads((SCENARIOS / "10_children.json").read_text())
        told["title"] = 'T\x1b <&>"\ufffe\n'
        told["scenarios"][1] |= {"name": 'é\x07 <&>"\t', "expect": {"effect": "permit"}}
        told["scenarios"][2]["clauses"] = ["C1-a"]
        wrong, none, pack = self.directory / "wrong.json", self.directory / "none.json", self.directory / "pack.json"
        wrong.write_text(json.dumps(told))
        none.write_text('{"title": "T", "scenarios": []}')
        pack.write_text(json.dumps(connex.policy() | {"version": "mine"}))
        every = sorted(SCENARIOS.glob("*.json"))
        for code, args in (
            (0, every), (0, [*every, "--clauses"]), (0, [every[0], "--policy", pack]), (1, [every[0], "--all-clauses"]), (0, [*every, "--json"]),
            (1, [wrong, none, "nowhere.json", every[0]]), (1, [wrong, none, "nowhere.json", every[0], "--json"]),
            (2, ["--dance", every[0]]), (2, []), (2, ["--policy=", every[0]]), (2, ["--junit=", every[0]]),
        ):  # fmt: skip
            junit = [self.directory / "ours.xml", self.directory / "big.xml"]
            more = [["--junit", file] if code < 2 else [] for file in junit]
            ours, _ = self.both("test", *args, *more[0])
            _, big = self.both("test", *args, *more[1])
            with self.subTest(args=args):
                self.assertEqual((ours.returncode, big.returncode), (code, code), ours.stderr)
                self.assertEqual(ours.stdout, big.stdout)
                self.assertEqual(bool(ours.stderr), bool(big.stderr))
                if code < 2:
                    self.assertEqual(ours.stderr, big.stderr)
                    self.assertEqual(junit[0].read_bytes(), junit[1].read_bytes())

    def test_files_of_the_report_that_cannot_be_used_are_refused_alike(self):
        one = SCENARIOS / "10_children.json"
        broken = {"empty": b"", "half": b'{"a": "\xe2\x82"}', "long": b" " * ((16 << 20) + 1), "older": b"{}", "shut": b"[", "twice": b'{"a": 1, "a": 1}'}
        for name, content in broken.items():
            (self.directory / name).write_bytes(content)
        cases = [option for name in ("nowhere.json", "no/such.json", ".", *broken) for option in (["--policy", name], [name])]
        cases += [["--junit", "no/such.xml"], ["--junit", "."], ["--policy", "nowhere.json", "--junit", "."]]
        cases += [["--junit", "/dev/full"]] if os.path.exists("/dev/full") else []
        for options in cases:
            with self.subTest(options=options):
                ours, big = self.both("test", one, *options)
                self.assertEqual((ours.returncode, ours.stdout, ours.stderr), (1, big.stdout, big.stderr))
                self.assertRegex(ours.stderr, rb"^connex: [a-z_]+: [^\n]*`[^\n]*\n$")

    def test_whatever_fails_fails_alike_in_the_big_brother(self):
        facts = {"holder_is_adult": True, "holder_not_reported_minor": True}
        decide = lambda expect, **more: {"clauses": [], "rule": "account.open", "facts": facts, "expect": expect, **more}  # noqa: E731
        at = "2026-11-23T09:00:00+05:30"
        put = {"command": "organisation.put", "actor": "system", "at": at, "args": {"id": "ä\u007f", "kind": "clinic", "name": "A"}}
        fine = {**put, "args": {**put["args"], "id": "a"}}
        view = {"command": "report.deadlines", "actor": "system"}
        lists = {"command": "audit.list", "actor": "system"}
        tell = lambda *steps: {"clauses": [], "steps": [{**fine, "at": at}, *steps]}  # noqa: E731
        keep = lambda pointer, then=(): tell({**lists, "save": {"x": pointer}}, *then)  # noqa: E731
        gives = lambda result: tell({**lists, "expect": {"result": result}})  # noqa: E731
        minor = {**facts, "holder_is_adult": False}
        fails = [
            decide({"permitted": 1}), decide({"permitted": 1.0}), decide({"permitted": None}), decide({"permitted": "true"}),
            decide({"permitted": True, "result": None}), decide({"result": None}), decide({"error": "not_found"}), decide({"path": ""}),
            decide({"permitted": False}, facts={"no_such_fact": True}), decide({"error": "invalid_argument", "permitted": None}, facts={"b": 1}),
            decide({"error": "conflict"}, facts={"b": 1}), decide({"error": "invalid_argument", "path": "/c"}, facts={"b": 1}),
            decide({"error": "not_found", "path": ""}, rule="no.such"), decide({"error": "not_found", "path": "/"}, rule="no.such"),
            decide({}, rule="no.such"), decide({"effect": "permit"}, facts=minor), decide({"effect": "deny", "would_permit": []}, facts=minor),
            decide({"effect": "deny", "would_permit": [[1e0, 2.5e-7, -0.0, 1e22, True, None, "é\n\u001f\"/"]]}, facts=minor),
            decide({"permitted": False, "obligations": ["what"]}, facts=minor), decide({"permitted": False, "unknown": ["b"]}, facts=minor),
            decide({"permitted": False, "reasons": ["b", "c"]}, facts=minor), decide({"permitted": False, "clauses": []}, facts=minor),
            decide({"permitted": True}, clauses=["C1-a"]), decide({"result": {}}), decide({"result": []}),
            decide({}, rule="view", facts={"viewer_role": "king"}), decide({"permitted": None}, rule="view", facts={"viewer_role": "king"}),
            tell(put), tell({**fine, "expect": {"result": None}}), tell({**view, "expect": {"result": {"no": None}}}),
            tell({**fine, "expect": {"error": "$x"}}), tell({**fine, "expect": {"result": "$x"}}),
            tell({**fine, "args": {"id": "$x"}}), tell({**fine, "args": {"id": "$"}}), tell({**fine, "expect": {"effect": "$x"}}),
            tell({**fine, "actor": "nobody"}), tell({"command": "no.such", "actor": "system"}), tell({**fine, "expect": {"path": "/a"}}),
            tell({**lists, "args": {"limit": 1.0}}), tell({**lists, "args": {"limit": True}}), tell({**lists, "args": {"limit": -0.0}}),
            gives({"entries": []}), gives({"entries": [{"seq": False}]}), gives({"entries": [{"seq": 0.0}]}), gives({"entries": {}}),
            gives({"entries": [{"seq": 0, "more": None}]}), gives([]), gives("a"), gives(1e300), gives({"entries": [{"seq": 0}, {}]}),
            *map(keep, (
                "nonslash", "/nonslash", "/result/entries/-1", "/result/entries/01", "/result/entries/00", "/result/entries/-",
                "/result/entries/1", "/result/entries/ 0", "/result/entries/+0", "/result/entries/0_0", "/result/entries/٠",
                "/result/entries/" + "9" * 30, "/result/entries/", "/ok/a", "/ok/0", "/result/~", "/result/~2", "/result/entries/0/seq/0",
                "/result~1entries", "result/entries", "/", "//", "#/result", "/result/",
            )),
            keep("/result/entries/0/seq", [{**lists, "expect": {"result": "$x"}}]),
            keep("/result", [{**lists, "expect": {"result": {"entries": "$x"}}}]),
        ]  # fmt: skip
        passes = [
            tell({**view, "at": ""}), decide({}), decide({"permitted": True, "reasons": []}), decide({"error": "not_found"}, rule="no.such"),
            keep(""), keep("/result/entries/0/seq"), keep("/ok"), gives({}), gives({"entries": [{"seq": 0}]}),
            keep("/result/entries/0/seq", [{**lists, "expect": {"result": {"entries": [{"seq": "$x"}]}}}]),
            tell({**lists, "expect": {"error": "unauthenticated"}, "actor": "nobody"}),
        ]  # fmt: skip
        told = {"title": "T\x1b[2J", "scenarios": [{"name": f"{n} \x7f\n", **scenario} for n, scenario in enumerate([*fails, *passes])]}
        path = self.directory / "told.json"
        path.write_text(json.dumps(told))
        ours, big = self.both("test", path)
        self.assertEqual((ours.returncode, ours.stdout, ours.stderr), (1, big.stdout, b""))
        passed = [int(line.split()[1]) for line in ours.stdout.decode().splitlines() if line.startswith("  ok")]
        self.assertEqual(passed, list(range(len(fails), len(told["scenarios"]))))


if __name__ == "__main__":
    unittest.main()
