"""What the engine answers with: decisions and findings, as frozen values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import FrozenInstanceError, dataclass, field
from datetime import datetime
from typing import Any, NoReturn, TypeVar

from ._strenum import StrEnum


_Kind = TypeVar("_Kind", bound=type)


def frozen(kind: _Kind) -> _Kind:
    """Lets a frozen dataclass with slots refuse any name: its own refusal fails at one that is no field."""

    def refuse_to_set(self: object, name: str, value: object) -> NoReturn:
        raise FrozenInstanceError(f"cannot assign to field {name!r}")

    def refuse_to_delete(self: object, name: str) -> NoReturn:
        raise FrozenInstanceError(f"cannot delete field {name!r}")

    setattr(kind, "__setattr__", refuse_to_set)
    setattr(kind, "__delattr__", refuse_to_delete)
    return kind


class Frozen(dict[str, Any]):
    """A JSON object that nobody changes: json.dumps(), pickle and == take it for the dict that it is. It can be hashed, as a
    dict cannot: equal ones alike, in whatever order their names stand."""

    __slots__ = ()

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("what the engine answers with cannot be changed")

    __setitem__ = __delitem__ = __ior__ = clear = pop = popitem = setdefault = update = _refuse  # type: ignore[assignment]

    def copy(self) -> dict[str, Any]:
        """A dict of its own, with the same frozen values."""
        return dict(self)

    def __reduce__(self) -> tuple[type[Frozen], tuple[dict[str, Any]]]:
        return Frozen, (dict(self),)


def freeze(value: Any) -> Any:
    """JSON with Frozen for each object and a tuple for each list."""
    if isinstance(value, dict):
        return Frozen((name, freeze(item)) for name, item in value.items())
    return tuple(map(freeze, value)) if isinstance(value, list) else value


class Effect(StrEnum):
    """What a decision comes to. Only PERMIT permits."""

    DENY = "deny"
    INDETERMINATE = "indeterminate"
    PERMIT = "permit"


class State(StrEnum):
    """Why a condition does not hold: it is known not to, or not known at all."""

    NO = "no"
    UNKNOWN = "unknown"


@frozen
@dataclass(frozen=True, slots=True)
class Policy:
    """Which policy pack decided."""

    version: str
    digest: str


@frozen
@dataclass(frozen=True, slots=True)
class Reason:
    """A condition that does not hold, and the clause that demands it."""

    code: str
    clause: str
    fact: str
    state: State
    text: str


@frozen
@dataclass(frozen=True, slots=True)
class Obligation:
    """Something that must now follow."""

    do: str
    who: str
    due: datetime | None
    clause: str
    visit: str | None = None


@frozen
@dataclass(frozen=True, slots=True)
class Decision:
    """A decision: a value, and no bool."""

    rule: str
    effect: Effect
    permitted: bool = field(init=False)
    policy: Policy
    reasons: tuple[Reason, ...]
    """Every unmet condition, in the order of the gate; none when it permits."""
    unknown: tuple[str, ...]
    """The facts that were not known."""
    would_permit: tuple[tuple[str, ...], ...]
    """The smallest sets of facts that would have to hold."""
    obligations: tuple[Obligation, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "permitted", self.effect is Effect.PERMIT)

    def __bool__(self) -> NoReturn:
        raise TypeError("a Decision is no bool: ask for its `permitted`")

    def to_json(self) -> str:
        """As the engine wrote it."""
        return json.dumps(
            {
                "rule": self.rule,
                "effect": self.effect,
                "permitted": self.permitted,
                "policy": {"version": self.policy.version, "digest": self.policy.digest},
                "reasons": [
                    {"code": r.code, "clause": r.clause, "fact": r.fact, "state": r.state, "text": r.text}
                    for r in self.reasons
                ],
                "unknown": self.unknown,
                "would_permit": self.would_permit,
                "obligations": [
                    {"do": o.do, "who": o.who, "due": o.due and o.due.isoformat(), "clause": o.clause}
                    | ({"visit": o.visit} if o.visit is not None else {})
                    for o in self.obligations
                ],
            },
            ensure_ascii=False,
            separators=(",", ":"),
        )


def decision_from(given: dict[str, Any]) -> Decision:
    return Decision(
        rule=given["rule"],
        effect=Effect(given["effect"]),
        policy=Policy(given["policy"]["version"], given["policy"]["digest"]),
        reasons=tuple(
            Reason(r["code"], r["clause"], r["fact"], State(r["state"]), r["text"]) for r in given["reasons"]
        ),
        unknown=tuple(given["unknown"]),
        would_permit=tuple(tuple(facts) for facts in given["would_permit"]),
        obligations=tuple(
            Obligation(
                o["do"],
                o["who"],
                None if o["due"] is None else datetime.fromisoformat(o["due"]),
                o["clause"],
                o.get("visit"),
            )
            for o in given["obligations"]
        ),
    )


@frozen
@dataclass(frozen=True, slots=True)
class Answer:
    """What a command came to: a value that can be compared and hashed. A denial is an answer too, and no bool either."""

    result: Mapping[str, Any]
    """What the command gives, as the reference of commands says, frozen to its leaves: lists are tuples, moments and days
    are ISO 8601 strings."""
    decision: Decision
    seq: int | None
    """Number of the entry in the audit log; None for a command that only reports."""

    @property
    def permitted(self) -> bool:
        return self.decision.permitted

    def __bool__(self) -> NoReturn:
        raise TypeError("an Answer is no bool: ask for its `permitted`")


class SpanType(StrEnum):
    """What kind of contact detail a finding is."""

    PHONE = "PHONE"
    EMAIL = "EMAIL"
    ADDRESS = "ADDRESS"
    URL = "URL"
    HANDLE = "HANDLE"
    UPI = "UPI"
    AADHAAR = "AADHAAR"
    PAN = "PAN"
    GSTIN = "GSTIN"
    CARD = "CARD"
    REGISTRATION = "REGISTRATION"
    NAME = "NAME"
    ORGANISATION = "ORGANISATION"


@frozen
@dataclass(frozen=True, slots=True)
class Finding:
    """Characters [start, end) of the text hold a contact detail. The score is in log-odds; the evidence says what it rests
    on: "shape", "checksum", "cue", "negative_cue", "spelled", "separated", "disguised", "reversed", "known_value",
    "conversation", "provider"."""

    type: SpanType
    start: int
    end: int
    score: float
    evidence: tuple[str, ...] = ()


@frozen
@dataclass(frozen=True, slots=True)
class Redacted:
    """A text without the contact details that were found in it."""

    text: str
    findings: tuple[Finding, ...]

    def __str__(self) -> str:
        return self.text


@frozen
@dataclass(frozen=True, slots=True)
class Known:
    """Registered values, hidden in every spelling that can be reached, whatever the score says: of each kind at most 256, of
    1 to 512 bytes each in UTF-8."""

    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()
