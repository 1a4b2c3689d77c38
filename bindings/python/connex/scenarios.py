"""Scenario files: what a policy must decide, told as data. The same files that `connex test` plays."""

from __future__ import annotations

import functools
import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from . import _connex
from ._engine import Engine
from ._errors import Error


@dataclass(frozen=True)
class Result:
    """How a scenario came out."""

    name: str
    clauses: tuple[str, ...]
    failure: str
    """What was not as expected; empty when it passed."""

    @property
    def passed(self) -> bool:
        return not self.failure


class Mismatch(Exception):
    """A scenario did not go as it was told."""


def decided_clauses() -> list[str]:
    """The clauses that a rule or a command carries out."""
    return [row["id"] for row in json.loads(_connex.clauses()) if row["coverage"] == "decided"]


class Malformed(ValueError):
    """A file is no scenario file, or a scenario none; the message names the file, and points to where."""


class _Repeated(dict[str, Any]):
    """An object in which a key stands twice."""

    def __init__(self, key: str) -> None:
        super().__init__()
        self.key = key


@dataclass(frozen=True)
class _OutOfRange:
    """A number that the engine does not read."""

    what: str


def _integer(text: str) -> Any:
    return int(text) if len(text) <= 17 and abs(int(text)) < 2**53 else _OutOfRange("integer is out of range")


def _double(text: str) -> Any:
    value = float(text)
    lost = value == 0 and re.match("[-0.]*[1-9]", text)
    return _OutOfRange("number is out of range") if lost or abs(value) == float("inf") else value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key, value in pairs:
        if key in made:
            return _Repeated(key)
        made[key] = value
    return made


def _no_number(text: str) -> Any:
    raise ValueError(f"{text} is no JSON")


_FILE = {"title": "text!", "setups": "object", "scenarios": "list!"}
_DECIDES = {"name": "text!", "clauses": "texts!", "rule": "text!", "facts": "object!", "expect": "object!"}
_TELLS = {"name": "text!", "clauses": "texts!", "steps": "list!"}
_STEP = {"command": "text!", "actor": "text!", "at": "text", "request_id": "text", "args": "object", "save": "object",
         "expect": "object"}  # fmt: skip
_EXPECT = {"permitted": "any", "effect": "text", "reasons": "texts", "clauses": "texts", "unknown": "texts",
           "would_permit": "list", "obligations": "texts", "error": "text", "path": "text", "result": "any"}  # fmt: skip
_TYPES = {"text": str, "texts": list, "list": list, "object": dict, "any": object}


class _Fault(Exception):
    """What is wrong, and where."""


def _below(at: str, token: object) -> str:
    """As src/json/pointer.hpp has it."""
    name = str(token)
    if len((at + name).encode("utf-8", "surrogatepass")) >= 512:
        return at
    return at + "/" + name.replace("~", "~0").replace("/", "~1")


def _check_unicode(text: str, at: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise _Fault("text is not valid UTF-8", at) from None


_BYTES, _DEPTH = 16 << 20, 32
_TOO_DEEP = f"JSON is nested deeper than {_DEPTH} levels"


def _check_json(told: Any, at: str, depth: int = 0) -> None:
    if isinstance(told, _OutOfRange):
        raise _Fault(told.what, at)
    if isinstance(told, (dict, list)) and depth == _DEPTH:
        raise _Fault(_TOO_DEEP, "")
    if isinstance(told, _Repeated):
        raise _Fault("key is repeated in its object", _below(at, told.key))
    if isinstance(told, str):
        _check_unicode(told, at)
    elif isinstance(told, dict):
        for key, item in told.items():
            _check_unicode(key, at)
            _check_json(item, _below(at, key), depth + 1)
    elif isinstance(told, list):
        for i, item in enumerate(told):
            _check_json(item, _below(at, i), depth + 1)


def _are_texts(items: Any) -> bool:
    return all(isinstance(item, str) for item in items)


def _check(told: Any, members: dict[str, str], at: str) -> None:
    """The layout, as in src/cli/scenarios.cpp."""
    if not isinstance(told, dict):
        raise _Fault("an object is expected", at)
    for name, item in told.items():
        if name not in members:
            raise _Fault("nothing of this name belongs here", _below(at, name))
        kind = members[name].rstrip("!")
        if not isinstance(item, _TYPES[kind]) or (kind == "texts" and not _are_texts(item)):
            raise _Fault("another type is expected", _below(at, name))
    for name, kind in members.items():
        if kind.endswith("!") and name not in told:
            raise _Fault("this is missing", _below(at, name))


def _check_steps(steps: Any, at: str, setups: list[str]) -> None:
    if not isinstance(steps, list):
        raise _Fault("a list of steps is expected", at)
    for i, step in enumerate(steps):
        here = _below(at, i)
        if isinstance(step, str):
            if step not in setups:
                raise _Fault("no such setup stands before this", here)
            continue
        _check(step, _STEP, here)
        if "expect" in step:
            _check(step["expect"], _EXPECT, _below(here, "expect"))
        if not all(isinstance(pointer, str) for pointer in step.get("save", {}).values()):
            raise _Fault("a JSON pointer is expected", _below(here, "save"))


@functools.cache
def _clauses() -> frozenset[str]:
    return frozenset(row["id"] for row in json.loads(_connex.clauses()))


def _check_scenario(told: Any, at: str, setups: list[str]) -> None:
    decides = isinstance(told, dict) and "rule" in told
    _check(told, _DECIDES if decides else _TELLS, at)
    for clause in told["clauses"]:
        if clause not in _clauses():
            raise _Fault(f"no such clause: `{clause}`", at)
    if decides:
        _check(told["expect"], _EXPECT, _below(at, "expect"))
    else:
        _check_steps(told["steps"], _below(at, "steps"), setups)


def _check_file(told: Any) -> None:
    _check_json(told, "")
    _check(told, _FILE, "")
    setups: list[str] = []
    for name, steps in told.get("setups", {}).items():
        _check_steps(steps, _below("/setups", name), setups)
        setups.append(name)
    for i, scenario in enumerate(told["scenarios"]):
        _check_scenario(scenario, _below("/scenarios", i), setups)
    if not told["scenarios"]:
        raise _Fault("there are no scenarios in it", "/scenarios")


def read(path: str | os.PathLike[str]) -> dict[str, Any]:
    """A scenario file. Malformed when it is none, OSError when it cannot be read."""
    with open(path, "rb") as file:
        content = file.read()
    try:
        if len(content) > _BYTES:
            raise _Fault(f"JSON is longer than {_BYTES} bytes", "")
        told: dict[str, Any] = json.loads(
            content.decode("utf-8", "surrogateescape"),
            object_pairs_hook=_object, parse_int=_integer, parse_float=_double, parse_constant=_no_number,
        )  # fmt: skip
        _check_file(told)
    except _Fault as fault:
        what, at = fault.args
        raise Malformed(f"`{os.fspath(path)}`: {what}" + (f" at {at}" if at else "")) from None
    except json.JSONDecodeError as error:
        raise Malformed(f"`{os.fspath(path)}`: not valid JSON at line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise Malformed(f"`{os.fspath(path)}`: {_TOO_DEEP}") from None
    except ValueError:
        raise Malformed(f"`{os.fspath(path)}`: not valid JSON") from None
    return told


def play(scenario: dict[str, Any], setups: dict[str, Any] | None = None, *, policy: str | None = None) -> Result:
    """Plays one scenario on an empty engine of its own. Malformed when it is none."""
    try:
        _check_scenario(scenario, "", list(setups or {}))
    except _Fault as fault:
        raise Malformed(" at ".join(filter(None, fault.args))) from None
    player = _Player(setups or {}, policy)
    failure = ""
    try:
        player.play(scenario)
    except Mismatch as mismatch:
        failure = str(mismatch)
    finally:
        player.engine.close()
    return Result(scenario["name"], tuple(scenario["clauses"]), failure)


def play_file(path: str | os.PathLike[str], *, policy: str | None = None) -> Iterator[Result]:
    yield from play_all(read(path), policy=policy)


def play_all(told: dict[str, Any], *, policy: str | None = None) -> Iterator[Result]:
    """Plays what read() gave, one scenario after the other."""
    for scenario in told["scenarios"]:
        yield play(scenario, told.get("setups"), policy=policy)


def not_exercised(results: Iterable[Result]) -> list[str]:
    """The decided clauses that no scenario which passed tells of."""
    told = {clause for result in results if result.passed for clause in result.clauses}
    return [clause for clause in decided_clauses() if clause not in told]


def _written(value: Any) -> str:
    """JSON as the command line tool writes it."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{_written(name)}:{_written(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_written, value)) + "]"
    if isinstance(value, float):
        sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
        first, *more = map(str, digits)
        return "-" * sign + first + "." * bool(more) + "".join(more) + f"E{int(exponent) + len(more)}"
    return json.dumps(value, ensure_ascii=False)


def _agrees(given: Any, wanted: Any, *, whole: bool) -> bool:
    """Whether they are the same; unless `whole`, objects may have more than is wanted. 1 is neither true nor 1.0."""
    if isinstance(wanted, dict):
        if not isinstance(given, dict) or (whole and len(given) != len(wanted)):
            return False
        return all(name in given and _agrees(given[name], item, whole=whole) for name, item in wanted.items())
    if isinstance(wanted, list):
        if not isinstance(given, list) or len(given) != len(wanted):
            return False
        return all(_agrees(one, other, whole=whole) for one, other in zip(given, wanted))
    return bool(given == wanted) and (isinstance(wanted, str) or type(given) is type(wanted))


_NONE = object()
"""What an answer does not say."""


def _find(answer: dict[str, Any], name: str) -> Any:
    """What an answer says of an expectation's name."""
    if name == "result":
        return answer.get("result", _NONE)
    if name in ("error", "path"):
        return answer.get("error", {}).get("code" if name == "error" else "path", _NONE)
    if "decision" not in answer:
        return _NONE
    decision = answer["decision"]
    listed = {"reasons": ("reasons", "code"), "clauses": ("reasons", "clause"), "obligations": ("obligations", "do")}
    if name in listed:
        rows, member = listed[name]
        return [row[member] for row in decision[rows]]
    return decision[name]


def _compare(answer: dict[str, Any], expect: dict[str, Any]) -> None:
    if "error" not in expect and not answer["ok"]:
        raise Mismatch(f"failed: {_written(answer['error'])}")
    if not {"error", "permitted", "effect"} & expect.keys() and "decision" in answer:
        expect = {**expect, "permitted": True}
    for name, wanted in expect.items():
        given = _find(answer, name)
        if given is _NONE or not _agrees(given, wanted, whole=name != "result"):
            raise Mismatch(f"expected {name} {_written(wanted)}, got {'none' if given is _NONE else _written(given)}")


class _Player:
    def __init__(self, setups: dict[str, Any], policy: str | None) -> None:
        self.engine = Engine(policy=policy, caller_clock=True)
        self._setups = setups
        self._at = ""
        self._saved: dict[str, Any] = {}
        self._touched: set[str] = set()
        self._gates = {g["rule"]: {f["clause"] for f in g["facts"]} for g in json.loads(_connex.gates())}
        self._commands = {c["name"]: c["clauses"] for c in json.loads(_connex.commands())}

    def play(self, scenario: dict[str, Any]) -> None:
        if "rule" in scenario:
            self._decide(scenario)
        else:
            self._steps(scenario["steps"])
        for clause in scenario["clauses"]:
            if clause not in self._touched:
                raise Mismatch(f"nothing in it was decided or done under {clause}")

    def _decide(self, scenario: dict[str, Any]) -> None:
        answer: dict[str, Any]
        try:
            decided = self.engine.evaluate(scenario["rule"], scenario["facts"])
            answer = {"ok": True, "decision" if scenario["rule"] in self._gates else "result": decided}
        except Error as error:
            told = {"code": error.code, "message": error.message} | ({"path": error.path} if error.path else {})
            answer = {"ok": False, "error": told}
        self._touch(answer)
        _compare(answer, scenario["expect"])

    def _steps(self, steps: list[Any]) -> None:
        for number, step in enumerate(steps, 1):
            what = step if isinstance(step, str) else step["command"]
            try:
                if isinstance(step, str):
                    touched = set(self._touched)  # what a setup does touches no clause
                    self._steps(self._setups[step])
                    self._touched = touched
                else:
                    self._step(step)
            except Mismatch as mismatch:
                raise Mismatch(f"step {number}, {what}: {mismatch}") from None

    def _step(self, step: dict[str, Any]) -> None:
        self._at = step.get("at", self._at)
        request = {"command": step["command"], "actor": step["actor"], "args": self._fill(step.get("args", {}))}
        if self._at:
            request["at"] = self._at
        if "request_id" in step:
            request["request_id"] = step["request_id"]
        expect = dict(step.get("expect", {}))
        if "result" in expect:
            expect["result"] = self._fill(expect["result"])
        answer = json.loads(self.engine.execute_json(_written(request)))
        if answer["ok"]:
            self._touched.update(self._commands.get(step["command"], ()))
        self._touch(answer)
        _compare(answer, expect)
        for name, pointer in step.get("save", {}).items():
            self._saved[name] = self._point(answer, pointer)

    @staticmethod
    def _point(answer: Any, pointer: str) -> Any:
        """What a JSON pointer (RFC 6901) finds."""
        first, *tokens = pointer.split("/")
        for token in tokens:
            name: Any = token.replace("~1", "/").replace("~0", "~")
            if isinstance(answer, list):
                name = int(token) if re.fullmatch("0|[1-9][0-9]{0,15}", token) else len(answer)
                found = name < len(answer)
            else:
                found = isinstance(answer, dict) and name in answer and not re.search("~(?![01])", token)
            if not found:
                break
            answer = answer[name]
        else:
            if not first:
                return answer
        raise Mismatch(f"the answer has no {pointer}")

    def _fill(self, value: Any) -> Any:
        if isinstance(value, str) and value.startswith("$"):
            if value[1:] not in self._saved:
                raise Mismatch("a name was not saved before")
            return self._saved[value[1:]]
        if isinstance(value, list):
            return [self._fill(item) for item in value]
        if isinstance(value, dict):
            return {name: self._fill(item) for name, item in value.items()}
        return value

    def _touch(self, answer: dict[str, Any]) -> None:
        """What the answer cites: of a permit every condition of its gate, else what was not met; what follows."""
        result, decision = answer.get("result"), answer.get("decision")
        if isinstance(result, dict) and isinstance(result.get("clause"), str):
            self._touched.add(result["clause"])
        if decision is None:
            return
        self._touched.update(row["clause"] for row in [*decision["reasons"], *decision["obligations"]])
        if decision["permitted"]:
            self._touched.update(self._gates.get(decision["rule"], ()))
