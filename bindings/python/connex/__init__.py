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

from . import _connex
from ._engine import Actor, Durability, Engine, evaluate_in, redact_in
from ._errors import (
    Busy,
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
) -> Engine:
    """Opens an engine on "memory:" or an SQLite file, which is made when it is missing. `keys` says where the outer
    keys of all that is sealed are; without, in the file `<store>.key`. `policy` is a pack as JSON, instead of the one
    compiled in. With `caller_clock` a command may say when it happens."""
    return Engine(
        store,
        keys=keys,
        policy=policy,
        durability=durability,
        busy_timeout=busy_timeout,
        caller_clock=caller_clock,
        clock=clock,
    )


def evaluate(rule: str, facts: Mapping[str, object]) -> dict[str, Any]:
    """Answers any pure rule by the policy compiled in, also those that say more than a gate: for
    "retention.evaluate" the dates, for "view" the fields."""
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
    "Busy",
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
]
