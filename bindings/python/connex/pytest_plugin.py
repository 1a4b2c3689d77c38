"""Compliance tests with pytest: scenario files are collected as tests, and the clauses they exercise are told at the
end. Name the files in the ini option, from the root of the project:

    [pytest]
    connex_scenarios = compliance/*.json

The fixture `connex_engine` is an empty engine in memory whose commands say when they happen; `assert_permitted` and
`assert_refused` say of a decision what is wrong with it.
"""

from __future__ import annotations

import fnmatch
import os
import pathlib
from collections.abc import Iterator
from typing import Any

import pytest

from . import scenarios
from ._engine import Engine
from ._values import Answer, Decision

_RESULTS = pytest.StashKey[list[scenarios.Result]]()


@pytest.fixture
def connex_engine() -> Iterator[Engine]:
    with Engine(caller_clock=True) as engine:
        yield engine


def assert_permitted(decided: Decision | Answer) -> None:
    decision = decided.decision if isinstance(decided, Answer) else decided
    assert decision.permitted, f"{decision.rule}: " + "; ".join(f"{r.clause} {r.text}" for r in decision.reasons)


def assert_refused(decided: Decision | Answer, *clauses: str) -> None:
    """Refused, and under these clauses alone when any are given."""
    decision = decided.decision if isinstance(decided, Answer) else decided
    assert not decision.permitted, f"{decision.rule} was permitted"
    if clauses:
        assert tuple(reason.clause for reason in decision.reasons) == clauses


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini("connex_scenarios", "scenario files, as patterns below the root directory", type="args", default=[])


def pytest_configure(config: pytest.Config) -> None:
    results: list[scenarios.Result] = []
    config.stash[_RESULTS] = results


def pytest_sessionstart(session: pytest.Session) -> None:
    missing = set(session.config.getini("connex_scenarios"))
    for folder, _, files in os.walk(root := session.config.rootpath) if missing else ():
        paths = [pathlib.Path(folder, name).relative_to(root).as_posix() for name in files if name.endswith(".json")]
        missing = {pattern for pattern in missing if not fnmatch.filter(paths, pattern)}
        if not missing:
            break
    if missing:
        raise pytest.UsageError("connex_scenarios: no file matches " + ", ".join(f"`{pattern}`" for pattern in sorted(missing)))


def pytest_collect_file(file_path: pathlib.Path, parent: pytest.Collector) -> ScenarioFile | None:
    if file_path.suffix != ".json":
        return None
    path = file_path.relative_to(parent.config.rootpath).as_posix()
    if any(fnmatch.fnmatch(path, pattern) for pattern in parent.config.getini("connex_scenarios")):
        file: ScenarioFile = ScenarioFile.from_parent(parent, path=file_path)
        return file
    return None


class ScenarioFile(pytest.File):
    def collect(self) -> Iterator[ScenarioItem]:
        try:
            file = scenarios.read(self.path)
        except scenarios.Malformed as malformed:
            raise self.CollectError(str(malformed)) from None
        for index, scenario in enumerate(file.scenarios):
            item: ScenarioItem = ScenarioItem.from_parent(self, name=scenario.name)
            item.file, item.index = file, index
            yield item


class Mismatch(Exception):
    """A scenario did not go as it was told."""


class ScenarioItem(pytest.Item):
    file: scenarios.File
    index: int

    def runtest(self) -> None:
        result = self.file.play(self.index)
        self.config.stash[_RESULTS].append(result)
        if not result.passed:
            raise Mismatch(result.failure)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if isinstance(excinfo.value, Mismatch):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[pathlib.Path, None, str]:
        return self.path, None, self.name


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    results = config.stash[_RESULTS]
    if not results:
        return
    counts = scenarios.exercised(results)
    missing = [clause for clause, count in counts.items() if count == 0]
    terminalreporter.section("clauses")
    terminalreporter.write_line(f"{len(counts) - len(missing)} of {len(counts)} decided clauses exercised")
    if missing:
        terminalreporter.write_line("not exercised: " + " ".join(missing))
