"""python -m connex test: plays scenario files and tells which clauses they exercise, in the words of `connex test`."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, field

from . import _connex, scenarios
from ._engine import Engine
from ._errors import Error, error_for

_LARGEST = 16 << 20


@dataclass
class Played:
    """A file, and how its scenarios came out."""

    path: str
    title: str
    results: list[scenarios.Result] = field(default_factory=list)
    error: str = ""
    """Why it could not be played."""

    @property
    def failed(self) -> int:
        return sum(not result.passed for result in self.results)


def run(paths: list[str], *, engine: Engine | None, junit: str | None, show_all: bool, demand_all: bool, as_json: bool,
        say: Callable[[str], None]) -> bool:  # fmt: skip
    """Whether all went well."""
    report = _Report(junit) if junit is not None else None
    files = [_play(path, engine, (lambda _: None) if as_json else say) for path in paths]
    counts = scenarios.exercised(result for file in files for result in file.results)
    missed = sum(count == 0 for count in counts.values())
    if report is not None:
        report.write(_junit(files))
    failed = sum(file.failed for file in files)
    errors = sum(bool(file.error) for file in files)
    if as_json:
        say(_json(files, counts))
    else:
        for line in _table(counts, show_all):
            say(line)
        passed = sum(len(file.results) for file in files) - failed
        more = f", {errors} of the files cannot be played" if errors else ""
        say(f"\n{len(counts) - missed} of {len(counts)} decided clauses exercised\n{passed} passed, {failed} failed{more}")
    return not (errors or failed or (demand_all and missed))


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            content = file.read(_LARGEST + 1)
    except OSError:
        raise error_for("not_found", f"file `{path}` cannot be read") from None
    if len(content) > _LARGEST:
        raise error_for("invalid_argument", f"file `{path}` is too large")
    return content


def _scenarios(path: str) -> scenarios.File:
    content = _read(path)
    try:
        return scenarios.File(content)
    except scenarios.Malformed as malformed:
        raise error_for("invalid_argument", f"`{path}`: {malformed}") from None


def open_policy(path: str) -> Engine:
    """An engine that decides by the policy pack of a file."""
    content = _read(path)
    try:
        text = content.decode()
    except UnicodeDecodeError:
        text = ""
    try:
        if not text:  # no JSON, and the reader says where; an empty pack would be the one compiled in
            _connex.Scenarios(content)
        return Engine(policy=text)
    except Error as error:
        raise error_for(error.code, f"policy `{path}`: {error.message}", error.path) from None


class _Report:
    """A file to be written, opened before there is work to lose."""

    def __init__(self, path: str) -> None:
        self._unwritable = error_for("storage", f"file `{path}` cannot be written")
        try:
            self._file = open(path, "w", encoding="utf-8", newline="\n")
        except OSError:
            raise self._unwritable from None

    def write(self, text: str) -> None:
        try:
            with self._file as file:
                file.write(text)
        except OSError:
            raise self._unwritable from None


def _play(path: str, engine: Engine | None, say: Callable[[str], None]) -> Played:
    try:
        file = _scenarios(path)
    except Error as error:
        print(f"connex: {error}", file=sys.stderr)
        return Played(path, path, error=error.message)
    played = Played(path, file.title)
    say(f"{path}: {_plain(file.title)}")
    for result in file.play_all(engine=engine):
        say(f"  {'ok  ' if result.passed else 'FAIL'}  {_plain(result.name)}  [{' '.join(result.clauses)}]")
        if not result.passed:
            say(f"        {result.failure}")
        played.results.append(result)
    return played


def _plain(text: str) -> str:
    """Without what a terminal would obey."""
    return re.sub(r"[\x00-\x1f\x7f]", " ", text)


def _table(counts: dict[str, int], show_all: bool) -> list[str]:
    texts = {row["id"]: row["text"] for row in json.loads(_connex.clauses())}
    rows = [(clause, str(count or "none"), texts[clause]) for clause, count in counts.items() if show_all or count == 0]
    if not rows:
        return []
    rows.insert(0, ("clause", "scenarios", "what it demands"))
    wide, narrow = (max(len(row[i]) for row in rows) for i in (0, 1))
    return ["", *(f"{clause:{wide}}  {count:{narrow}}  {text}" for clause, count, text in rows)]


def _json(files: list[Played], counts: dict[str, int]) -> str:
    listed = []
    for file in files:
        rows = [
            {"name": result.name, "clauses": result.clauses, "passed": result.passed}
            | ({} if result.passed else {"failure": result.failure})
            for result in file.results
        ]
        error = {"error": file.error} if file.error else {}
        listed.append({"file": file.path, "title": file.title, "scenarios": rows} | error)
    clauses = [{"id": clause, "scenarios": count} for clause, count in counts.items()]
    return json.dumps({"files": listed, "clauses": clauses}, ensure_ascii=False, separators=(",", ":"))


def _xml(text: str) -> str:
    """As an attribute. XML knows neither most control characters nor U+FFFE and U+FFFF."""
    for character, written in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;")):
        text = text.replace(character, written)
    return re.sub("[\ufffe\uffff]", "\ufffd", re.sub(r"[\x00-\x08\n-\x1f]", " ", text))


def _junit(files: list[Played]) -> str:
    out = ['<?xml version="1.0" encoding="UTF-8"?>', "<testsuites>"]
    for file in files:
        path, errors = _xml(file.path), int(bool(file.error))
        out.append(f'  <testsuite name="{path}" tests="{len(file.results) + errors}" failures="{file.failed}" errors="{errors}">')
        cases = [(path, path, "error", file.error)] if errors else []
        cases += [(_xml(file.title), _xml(result.name), "failure", result.failure) for result in file.results]
        for title, name, kind, complaint in cases:
            case = f'    <testcase classname="{title}" name="{name}"'
            out += [f"{case}>", f'      <{kind} message="{_xml(complaint)}"/>', "    </testcase>"] if complaint else [f"{case}/>"]
        out.append("  </testsuite>")
    return "\n".join([*out, "</testsuites>", ""])
