"""Scenario files: what a policy must decide, told as data, as `connex test` plays them.

    for result in connex.scenarios.play_file("compliance/recording.json"):
        assert result.passed, result.failure
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from . import _connex
from ._encode import other, wrong
from ._engine import Engine
from ._errors import InvalidArgument
from ._values import frozen


@frozen
@dataclass(frozen=True, slots=True)
class Scenario:
    """One of a file, and the clauses that it tells of."""

    name: str
    clauses: tuple[str, ...]


@frozen
@dataclass(frozen=True, slots=True)
class Result:
    """How a scenario came out."""

    name: str
    clauses: tuple[str, ...]
    failure: str
    """What was not as expected; empty when it passed."""

    @property
    def passed(self) -> bool:
        return not self.failure


class Malformed(ValueError):
    """A file is no scenario file, or a scenario none; the message names the file, and points to where."""


class File:
    """A scenario file. Each scenario is played on an empty engine of its own."""

    def __init__(self, content: str | bytes) -> None:
        try:
            self._handle = _connex.Scenarios(content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content)
        except InvalidArgument as error:
            raise Malformed(error.message + (f" at {error.path}" if error.path else "")) from None
        told = json.loads(self._handle.describe())
        self.title: str = told["title"]
        self.scenarios = tuple(Scenario(row["name"], tuple(row["clauses"])) for row in told["scenarios"])

    def play(self, index: int, *, engine: Engine | None = None) -> Result:
        """Plays one by the policy of an engine, or the one compiled in."""
        scenario = self.scenarios[range(len(self.scenarios))[index]]
        failure = self._handle.play(range(len(self.scenarios))[index], None if engine is None else engine._handle)
        return Result(scenario.name, scenario.clauses, failure)

    def play_all(self, *, engine: Engine | None = None) -> Iterator[Result]:
        """Plays one after the other."""
        for index in range(len(self.scenarios)):
            yield self.play(index, engine=engine)


def read(path: str | os.PathLike[str]) -> File:
    """A scenario file. Malformed when it is none, OSError when it cannot be read."""
    with open(path, "rb") as file:
        content = file.read()
    try:
        return File(content)
    except Malformed as malformed:
        raise Malformed(f"`{os.fspath(path)}`: {malformed}") from None


def play(scenario: Mapping[str, Any], setups: Mapping[str, Any] | None = None, *, engine: Engine | None = None) -> Result:
    """Plays one that is at hand. Malformed when it is none."""
    told = other("scenario", {"title": "", "setups": setups or {}, "scenarios": [scenario]})
    return File(json.dumps(told)).play(0, engine=engine)


def play_file(path: str | os.PathLike[str], *, engine: Engine | None = None) -> Iterator[Result]:
    """Plays what read() gives."""
    yield from read(path).play_all(engine=engine)


def exercised(results: Iterable[Result]) -> dict[str, int]:
    """The clauses that a rule or a command carries out, with how many scenarios that passed tell of each."""
    counts = {row["id"]: 0 for row in json.loads(_connex.clauses()) if row["coverage"] == "decided"}
    try:
        given = iter(results)
    except TypeError:
        raise wrong("results", "an iterable of Result", results) from None
    for i, result in enumerate(given):
        if not isinstance(result, Result):
            raise wrong(f"results/{i}", "Result", result)
        for clause in result.clauses if result.passed else ():
            if clause in counts:
                counts[clause] += 1
    return counts
