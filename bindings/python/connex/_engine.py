"""The engine, and the actors who use it."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from types import TracebackType
from typing import Any, NoReturn, cast

from . import _connex, _encode
from ._commands import Commands
from ._errors import error_for
from ._keys import Keys, native_keys
from ._strenum import StrEnum
from ._values import Answer, Finding, Known, Redacted, SpanType, decision_from, freeze, frozen
from .facts import Decide

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MICROSECOND = timedelta(microseconds=1)


class Durability(StrEnum):
    """What a commit survives."""

    FULL = "full"
    """Loss of power."""
    NORMAL = "normal"
    """The end of the process."""


@frozen
@dataclass(frozen=True, slots=True)
class Bucket:
    """Where the host keeps recordings: a bucket of an S3-compatible store. The keys stay in memory."""

    host: str
    """"account.r2.cloudflarestorage.com", without a scheme."""
    name: str
    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    region: str = "auto"


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _ask(call: Callable[[str | bytes], str], text: str) -> str:
    """What is no Unicode goes on as it is, for the engine to refuse by the name of its field."""
    try:
        return call(text)
    except UnicodeEncodeError:
        return call(text.encode("utf-8", "surrogatepass"))


def evaluate_in(engine: _connex.Engine | None, rule: str, facts: Mapping[str, object]) -> Mapping[str, Any]:
    given = _dump(_encode.required("facts", _encode.mapping("facts", facts)))
    answer: Mapping[str, Any] = freeze(json.loads(_ask(lambda text: _connex.evaluate(engine, rule, text), given)))
    return answer


def redact_in(engine: _connex.Engine | None, text: str, channel: str, known: Known) -> Redacted:
    _encode.string_given("text", text)
    _encode.string_given("channel", channel)
    if not isinstance(known, Known):
        raise _encode.wrong("known", "Known", known)
    for name in ("phones", "emails", "addresses", "names", "organisations"):
        values = getattr(known, name)
        _encode.required(f"known.{name}", _encode.ids(f"known.{name}", values))  # a str would be taken for many of one letter
    lists = (known.phones, known.emails, known.addresses, known.names, known.organisations)
    clean, found = _connex.redact(text, engine, channel, lists)
    return Redacted(clean, tuple(Finding(SpanType(kind), start, end, score, tuple(on)) for kind, start, end, score, on in found))


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
        return self._engine._carry_out({"command": command, **self._envelope, "args": given})


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
        sink: Callable[[str], None] | None = None,
        checkpoint_entries: int = 0,
        checkpoint_every: timedelta | None = None,
        bucket: Bucket | None = None,
    ) -> None:
        _encode.required("caller_clock", _encode.boolean("caller_clock", caller_clock))
        if sink is not None and not callable(sink):
            raise _encode.wrong("sink", "callable", sink)
        self._clock = None if clock is None else _Clock(clock)
        self._handle = _connex.Engine(
            _store_of(store),
            None if policy is None else _encode.unicode("policy", policy),
            _durability_of(durability),
            caller_clock,
            _milliseconds_of(busy_timeout),
            self._clock,
            *native_keys(keys),
            sink,
            _entries_of(checkpoint_entries),
            _seconds_of(checkpoint_every),
            _bucket_of(bucket),
        )
        self.decide: Decide = cast(Decide, _connex.Gates(self._handle).decide)
        """Decides a gate on {fact: True, False or None} without touching the store, by this engine's policy."""

    def __enter__(self) -> Engine:
        if self.closed:
            raise error_for("closed", "the engine is closed", "")
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("an engine can be neither copied nor pickled")

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the engine, and waits for the calls under way; from within its clock or key service it does not wait, and
        the last of them ends it. Every later call raises Closed. In a process that was forked from the one that opened it,
        it is of no use: open another."""
        self._handle.close()

    @property
    def closed(self) -> bool:
        return self._handle.closed

    def actor(self, id: str, *, at: datetime | None = None, request_id: str | None = None) -> Actor:
        """The commands of a registered principal, or of "system". `at` is the time of the commands and needs
        an engine opened with `caller_clock`. A change repeated with its `request_id` is carried out once."""
        envelope = {"actor": _encode.string_given("id", id), "at": _encode.instant("at", at)}
        envelope["request_id"] = _encode.string("request_id", request_id)
        return Actor(self, {name: value for name, value in envelope.items() if value is not None})

    @property
    def system(self) -> Actor:
        """The commands of the host's own scheduled work."""
        return self.actor("system")

    def execute(self, request: Mapping[str, Any]) -> Answer:
        """Carries out a request, {"command", "actor", "at", "request_id", "args"} as COMMANDS.md among the headers of the
        library lays it down. Raises Error when it fails; a denial is an answer."""
        return self._carry_out(_encode.required("request", _encode.mapping("request", request)))

    def _carry_out(self, request: dict[str, Any]) -> Answer:
        answer = json.loads(self.execute_json(_dump(request)))
        if not answer["ok"]:
            error = answer["error"]
            failed = self._clock.failed() if self._clock is not None else None
            if isinstance(failed, _NoTime):
                raise TypeError(str(failed))
            if failed is not None and not isinstance(failed, Exception):
                raise failed  # KeyboardInterrupt is nobody's error
            raise error_for(error["code"], error["message"], error.get("path", "")) from failed
        return Answer(freeze(answer["result"]), decision_from(answer["decision"]), answer.get("audit", {}).get("seq"))

    def execute_json(self, request: str) -> str:
        """The same, JSON in and out: an error is an answer with `"ok": false`."""
        if self._clock is not None:
            self._clock.failed()  # of a call before
        return _ask(self._handle.execute, _encode.string_given("request", request))

    def evaluate(self, rule: str, facts: Mapping[str, object]) -> Mapping[str, Any]:
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


def _store_of(store: str | os.PathLike[str]) -> str:
    try:
        path = os.fspath(store)
    except TypeError:
        raise _encode.wrong("store", "str or os.PathLike", store) from None
    if path == ":memory:":
        raise ValueError("`store` must name a file or be `memory:`")
    return _encode.path("store", path)


def _durability_of(durability: Durability) -> int:
    if not isinstance(durability, str):
        raise _encode.wrong("durability", "Durability", durability)
    if durability not in tuple(Durability):
        raise ValueError("`durability` must be `full` or `normal`")
    return tuple(Durability).index(Durability(durability))


def _milliseconds_of(timeout: timedelta) -> int:
    if not isinstance(timeout, timedelta):
        raise _encode.wrong("busy_timeout", "timedelta", timeout)
    if not timedelta(0) <= timeout <= timedelta(days=24):
        raise ValueError("`busy_timeout` must be between 0 and 24 days")
    return max(1, timeout // timedelta(milliseconds=1))


_MOST = 2**32 - 1


def _entries_of(entries: int) -> int:
    given: int = _encode.required("checkpoint_entries", _encode.integer("checkpoint_entries", entries))
    if not 0 <= given <= _MOST:
        raise ValueError(f"`checkpoint_entries` must be between 0 and {_MOST}")
    return given


def _seconds_of(every: timedelta | None) -> int:
    if every is None:
        return 0
    if not isinstance(every, timedelta):
        raise _encode.wrong("checkpoint_every", "timedelta", every)
    if not timedelta(seconds=1) <= every <= timedelta(seconds=_MOST):
        raise ValueError(f"`checkpoint_every` must be between 1 and {_MOST} seconds")
    return every // timedelta(seconds=1)


def _bucket_of(bucket: Bucket | None) -> tuple[str, str, str, str, str] | None:
    if bucket is None:
        return None
    if not isinstance(bucket, Bucket):
        raise _encode.wrong("bucket", "Bucket", bucket)
    given = (bucket.host, bucket.name, bucket.region, bucket.access_key, bucket.secret_key)
    for name, text in zip(("host", "name", "region", "access_key", "secret_key"), given):
        if not _encode.unicode(f"bucket.{name}", text):
            raise ValueError(f"`bucket.{name}` must not be empty")
    return given


class _NoTime(TypeError):
    """What the host's clock gave is no time."""


class _Clock:
    """The host's clock in microseconds. What went wrong with it is kept for the thread that asked."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        if not callable(clock):
            raise _encode.wrong("clock", "callable", clock)
        self._clock = clock
        self._kept = threading.local()
        try:
            self._read()  # a clock that does not work is no surprise for later
        except _NoTime as error:
            raise TypeError(str(error)) from None

    def __call__(self) -> int:
        try:
            return self._read()
        except BaseException as error:
            self._kept.error = error
            raise

    def _read(self) -> int:
        now = self._clock()
        if not isinstance(now, datetime) or now.utcoffset() is None:
            raise _NoTime("`clock` must give an aware datetime")
        return (now - _EPOCH) // _MICROSECOND

    def failed(self) -> BaseException | None:
        """What went wrong on this thread, once."""
        error: BaseException | None = getattr(self._kept, "error", None)
        self._kept.error = None
        return error
