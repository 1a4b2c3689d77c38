"""The engine, and the actors who use it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from types import TracebackType
from typing import Any, cast

from . import _connex, _encode
from ._commands import Commands
from ._errors import error_for
from ._keys import Keys, native_keys
from ._strenum import StrEnum
from ._values import Answer, Finding, Known, Redacted, SpanType, decision_from
from .facts import Decide

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MICROSECOND = timedelta(microseconds=1)


class Durability(StrEnum):
    """What a commit survives."""

    FULL = "full"
    """Loss of power."""
    NORMAL = "normal"
    """The end of the process."""


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def evaluate_in(engine: _connex.Engine | None, rule: str, facts: Mapping[str, object]) -> dict[str, Any]:
    if not isinstance(facts, Mapping):
        raise TypeError(f"facts must be a mapping, not {type(facts).__name__}")
    answer: dict[str, Any] = json.loads(_connex.evaluate(engine, rule, _dump(_encode.other("facts", dict(facts)))))
    return answer


def redact_in(engine: _connex.Engine | None, text: str, channel: str, known: Known) -> Redacted:
    for name in ("phones", "emails", "addresses", "names", "organisations"):
        _encode.ids(f"known.{name}", getattr(known, name))  # a str would be taken for many of one letter
    lists = (known.phones, known.emails, known.addresses, known.names, known.organisations)
    clean, found = _connex.redact(text, engine, channel, lists)
    return Redacted(clean, tuple(Finding(SpanType(kind), start, end, score) for kind, start, end, score in found))


class Actor(Commands):
    """Who issues commands: `engine.actor("mr-7").visit.book(...)`."""

    __slots__ = ("_engine", "_envelope")

    def __init__(self, engine: Engine, envelope: dict[str, str]) -> None:
        self._engine = engine
        self._envelope = envelope

    @property
    def id(self) -> str:
        return self._envelope["actor"]

    def _run(self, command: str, args: dict[str, Any]) -> Answer:
        given = {name: value for name, value in args.items() if value is not None}
        return self._engine.execute({"command": command, **self._envelope, "args": given})


class Engine:
    """Carries out commands, each with its audit entry in one transaction. Any number of threads may use it at
    once; it lets go of the interpreter's lock while it works. Close it, or use it in a `with` statement."""

    def __init__(
        self,
        store: str | os.PathLike[str] = "memory:",
        *,
        keys: Keys | None = None,
        policy: str | None = None,
        durability: Durability = Durability.FULL,
        busy_timeout: timedelta = timedelta(seconds=5),
        caller_clock: bool = False,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        _encode.boolean("caller_clock", caller_clock)
        if not isinstance(busy_timeout, timedelta):
            raise TypeError(f"`busy_timeout` must be timedelta, not {type(busy_timeout).__name__}")
        if clock is not None and not callable(clock):
            raise TypeError(f"`clock` must be callable, not {type(clock).__name__}")
        self._handle = _connex.Engine(
            os.fspath(store),
            policy,
            list(Durability).index(Durability(durability)),
            caller_clock,
            max(1, busy_timeout // timedelta(milliseconds=1)),
            None if clock is None else _micros_of(clock),
            *native_keys(keys),
        )
        self.decide: Decide = cast(Decide, _connex.Gates(self._handle).decide)
        """Decides a gate on {fact: True, False or None} without touching the store, by this engine's policy."""

    def __enter__(self) -> Engine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the engine once the calls under way are done. Every later call raises ValueError."""
        self._handle.close()

    @property
    def closed(self) -> bool:
        return self._handle.closed

    def actor(self, id: str, *, at: datetime | None = None, request_id: str | None = None) -> Actor:
        """The commands of a registered principal, or of "system". `at` is the time of the commands and needs
        an engine opened with `caller_clock`. A change repeated with its `request_id` is carried out once."""
        envelope = {"actor": _encode.string("id", id), "at": _encode.instant("at", at)}
        envelope["request_id"] = _encode.string("request_id", request_id)
        return Actor(self, {name: value for name, value in envelope.items() if value is not None})

    @property
    def system(self) -> Actor:
        """The commands of the host's own scheduled work."""
        return self.actor("system")

    def execute(self, request: Mapping[str, Any]) -> Answer:
        """Carries out a request as commands.md lays it down. Raises Error when it fails; a denial is an answer."""
        answer = json.loads(self._handle.execute(_dump(request)))
        if not answer["ok"]:
            error = answer["error"]
            raise error_for(error["code"], error["message"], error.get("path", ""))
        return Answer(answer["result"], decision_from(answer["decision"]), answer.get("audit", {}).get("seq"))

    def execute_json(self, request: str) -> str:
        """The same, JSON in and out: an error is an answer with `"ok": false`."""
        return self._handle.execute(request)

    def evaluate(self, rule: str, facts: Mapping[str, object]) -> dict[str, Any]:
        """Answers any pure rule, also those that say more than a gate ("retention.evaluate", "view")."""
        return evaluate_in(self._handle, rule, facts)

    def redact(self, text: str, *, channel: str = "message", known: Known = Known()) -> Redacted:
        """Hides the contact details of a text, by the thresholds of this engine's policy."""
        return redact_in(self._handle, text, channel, known)

    @property
    def policy(self) -> dict[str, Any]:
        """The policy pack."""
        pack: dict[str, Any] = json.loads(_connex.policy(self._handle))
        return pack


def _micros_of(clock: Callable[[], datetime]) -> Callable[[], int]:
    def micros() -> int:
        now = clock()
        if not isinstance(now, datetime) or now.utcoffset() is None:
            raise TypeError("a clock must give an aware datetime")
        return (now - _EPOCH) // _MICROSECOND

    return micros
