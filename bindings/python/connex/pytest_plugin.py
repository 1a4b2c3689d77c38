"""Compliance tests with pytest: scenario files are collected as tests, and the clauses they exercise are told at the
end. Name the files in the ini option, as patterns of pathlib.Path.glob() from the root of the project:

    [pytest]
    connex_scenarios = compliance/*.json

A run of everything, that is one without paths on its command line, fails to start when it would leave one of them out,
because `testpaths` or `norecursedirs` keep pytest from its folder.

The fixture `connex_engine` is an empty engine in memory whose commands say when they happen; `assert_permitted` and
`assert_refused` say of a decision what is wrong with it.
"""

from __future__ import annotations

import pathlib
from collections.abc import Iterator
from typing import Any

import pytest

from . import scenarios
from ._engine import Engine
from ._values import Answer, Decision

_FILES = pytest.StashKey[set[pathlib.Path]]()  # that the patterns name
_COLLECTED = pytest.StashKey[set[pathlib.Path]]()
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
    named: set[pathlib.Path] = set()
    collected: set[pathlib.Path] = set()
    config.stash[_RESULTS] = results
    config.stash[_FILES] = named
    config.stash[_COLLECTED] = collected


def pytest_sessionstart(session: pytest.Session) -> None:
    missing = []
    for pattern in session.config.getini("connex_scenarios"):
        try:
            files = {path.resolve() for path in session.config.rootpath.glob(pattern) if path.is_file()}
        except (NotImplementedError, ValueError) as error:  # no pattern, or one of an absolute path
            raise pytest.UsageError(f"connex_scenarios: `{pattern}`: {error}") from None
        session.config.stash[_FILES] |= files
        if not files:
            missing.append(pattern)
    if missing:
        raise pytest.UsageError("connex_scenarios: no file matches " + ", ".join(f"`{pattern}`" for pattern in sorted(missing)))


def pytest_collect_file(file_path: pathlib.Path, parent: pytest.Collector) -> ScenarioFile | None:
    path = file_path.resolve()
    if path not in parent.config.stash[_FILES]:
        return None
    parent.config.stash[_COLLECTED].add(path)
    file: ScenarioFile = ScenarioFile.from_parent(parent, path=file_path)
    return file


def pytest_collection_finish(session: pytest.Session) -> None:
    config = session.config
    named, collected = config.stash[_FILES], config.stash[_COLLECTED]
    left_out = named - collected
    if left_out and _is_of_everything(config):
        names = ", ".join(f"`{_name_of(path, config)}`" for path in sorted(left_out))
        raise pytest.UsageError(f"connex_scenarios: not among what is collected: {names}; see `testpaths` and `norecursedirs`")


def _is_of_everything(config: pytest.Config) -> bool:
    source = config.args_source
    if source is pytest.Config.ArgsSource.ARGS:
        return False
    return source is pytest.Config.ArgsSource.TESTPATHS or config.invocation_params.dir == config.rootpath


def _name_of(path: pathlib.Path, config: pytest.Config) -> str:
    root = config.rootpath.resolve()
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name


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
