"""Connex: privacy and compliance decisions, and the evidence for them.

    import connex

    decision = connex.decide("recording.eligible", {"doctor_recording_enabled": True})
    if not decision.permitted:
        print([reason.clause for reason in decision.reasons])

    with connex.open("platform.db") as engine:
        answer = engine.actor("dr-1").preference.set(doctor="dr-1", virtual_visits=True)
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, cast

from . import _connex, scenarios
from ._engine import Actor, Bucket, Durability, Engine, evaluate_in, redact_in
from ._errors import (
    Busy,
    Closed,
    Conflict,
    Corrupt,
    Error,
    ErrorCode,
    InternalError,
    InvalidArgument,
    NotFound,
    StorageError,
    Unauthenticated,
    Unsupported,
)
from ._keys import KeyEnvironment, KeyFile, KeyProvider, Keys, OuterKey
from ._values import (
    Answer,
    Decision,
    Effect,
    Finding,
    Known,
    Obligation,
    Policy,
    Reason,
    Redacted,
    SpanType,
    State,
)
from .facts import Decide

__version__: str = _connex.version

decide: Decide = cast(Decide, _connex.Gates(None).decide)
"""Decides a gate on {fact: True, False or None}, by the policy compiled in. A fact that is missing is unknown,
and unknown never permits. A name that the gate does not know is an error."""


def open(  # noqa: A001: as in `with connex.open(...)`
    store: str | os.PathLike[str] = "memory:",
    *,
    keys: Keys | None = None,
    policy: str | None = None,
    durability: Durability = Durability.FULL,
    busy_timeout: timedelta = timedelta(seconds=5),
    caller_clock: bool = False,
    clock: Callable[[], datetime] | None = None,
    sink: Callable[[str], None] | None = None,
    checkpoint_entries: int = 0,
    checkpoint_every: timedelta | None = None,
    bucket: Bucket | None = None,
) -> Engine:
    """Opens an engine on "memory:" or an SQLite file, which is made when it is missing.

    keys: where the outer keys of all that is sealed are; without, in the file `<store>.key`
    policy: a pack as JSON, instead of the one compiled in
    durability: what a commit survives
    busy_timeout: how long to wait for another process's write, up to 24 days
    caller_clock: whether a command may say when it happens
    clock: tells the time as an aware datetime; without, the system's. What it raises fails the command
    sink: is given each signed checkpoint of the audit log (a C2SP signed note) and returns once it is kept, apart from the
        database; when it raises, or returns anything but None, the answer says `"published": false` and sys.unraisablehook
        hears of it. May be called from any thread that uses the engine
    checkpoint_entries, checkpoint_every: the engine signs a checkpoint of its own accord at the end of a command, once the
        log has grown by so many entries since the last one, or the last one is so old (whole seconds); 0 and None: never
    bucket: where recordings are, for which `recording.access` signs addresses

    A callback may close the engine, and may not have it carry out a command: that is a Conflict."""
    return Engine(
        store,
        keys=keys,
        policy=policy,
        durability=durability,
        busy_timeout=busy_timeout,
        caller_clock=caller_clock,
        clock=clock,
        sink=sink,
        checkpoint_entries=checkpoint_entries,
        checkpoint_every=checkpoint_every,
        bucket=bucket,
    )


def evaluate(rule: str, facts: Mapping[str, object]) -> Mapping[str, Any]:
    """Answers any pure rule by the policy compiled in, also those that say more than a gate: for
    "retention.evaluate" the dates, for "view" the fields. Frozen to its leaves."""
    return evaluate_in(None, rule, facts)


def redact(text: str, *, channel: str = "message", known: Known = Known()) -> Redacted:
    """Hides the contact details of a text: `connex.redact("call 98200 55443").text`."""
    return redact_in(None, text, channel, known)


def commands() -> list[dict[str, Any]]:
    """The command table."""
    rows: list[dict[str, Any]] = json.loads(_connex.commands())
    return rows


def clauses() -> list[dict[str, Any]]:
    """The clauses of the policy, and the rules that carry each out."""
    rows: list[dict[str, Any]] = json.loads(_connex.clauses())
    return rows


def gates() -> list[dict[str, Any]]:
    """The gates with their facts."""
    rows: list[dict[str, Any]] = json.loads(_connex.gates())
    return rows


def policy() -> dict[str, Any]:
    """The policy pack compiled in."""
    pack: dict[str, Any] = json.loads(_connex.policy(None))
    return pack


__all__ = [
    "Actor",
    "Answer",
    "Bucket",
    "Busy",
    "Closed",
    "Conflict",
    "Corrupt",
    "Decide",
    "Decision",
    "Durability",
    "Effect",
    "Engine",
    "Error",
    "ErrorCode",
    "Finding",
    "InternalError",
    "InvalidArgument",
    "KeyEnvironment",
    "KeyFile",
    "KeyProvider",
    "Keys",
    "Known",
    "NotFound",
    "Obligation",
    "OuterKey",
    "Policy",
    "Reason",
    "Redacted",
    "SpanType",
    "State",
    "StorageError",
    "Unauthenticated",
    "Unsupported",
    "clauses",
    "commands",
    "decide",
    "evaluate",
    "gates",
    "open",
    "policy",
    "redact",
    "scenarios",
]
