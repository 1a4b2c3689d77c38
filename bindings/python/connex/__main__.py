"""python -m connex: the little brother of the command line tool.

decide RULE   decides a rule on facts from standard input, a JSON object a line
run           carries out commands from standard input, a JSON object a line
redact        hides contact details in text from standard input
test FILES    plays scenario files, and tells which clauses they exercise
clauses, commands, gates, policy   print the tables of the library as JSON

Exit codes: 0 permitted or done, 1 failure, 2 usage, 3 denied.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
from collections.abc import Iterator

from . import Engine, Error, KeyEnvironment, KeyFile, Keys, NotFound, __version__, _connex, _test_tool
from . import clauses, commands, gates, policy, redact
from ._errors import error_for

DONE, FAILED, USAGE, DENIED = 0, 1, 2, 3
INTERRUPTED = 130

_FAILURES = ("storage", "busy", "corrupt", "unsupported", "internal")
"""Of a request for no fault of its own."""


def _say(text: str) -> None:
    print(text, flush=True)


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _lines() -> Iterator[bytes]:
    """Lines as they are: reading them here would forgive what the engine refuses."""
    for line in sys.stdin.buffer:
        yield line.removesuffix(b"\n").removesuffix(b"\r")


def _first(lines: Iterator[bytes]) -> list[bytes]:
    """The first line, or as one those of an object that is laid out over several: where the first breaks off where more
    must follow, they are read on as long as all of them are the beginning of one, and none begins with a brace but in a
    list."""
    read: list[bytes] = []
    for line in lines:
        begins = line.startswith(b"{") and (not read or not read[-1].rstrip(b" \t").endswith((b"[", b",")))
        first = not read
        read.append(line)
        if begins != first or (first and not line.rstrip(b" \t").endswith((b"{", b"[", b",", b":"))):
            break
        whole = b"\n".join(read).decode("utf-8", "surrogateescape") + "\n"
        try:
            json.loads(whole)
        except json.JSONDecodeError as error:
            if error.pos < len(whole.rstrip()):
                break
        else:
            return [b"\n".join(read)]
    return read


def _facts() -> Iterator[bytes]:
    lines = _lines()
    yield from _first(lines)
    yield from lines


def _decide(rule: str) -> int:
    try:
        _connex.evaluate(None, rule, b"")
    except NotFound:
        print(f"connex: not_found: no such rule: `{rule}`", file=sys.stderr)
        return USAGE
    except Error:
        pass  # there is such a rule
    code = None
    for line in _facts():
        try:
            answer = _connex.evaluate(None, rule, line)
        except Error as error:
            _say(_failure(error))
            code = FAILED
            continue
        _say(answer)
        if json.loads(answer).get("permitted") is not False:
            code = code or DONE
        elif code != FAILED:
            code = DENIED
    if code is None:
        raise error_for("invalid_argument", "no facts on standard input")
    return code


def _keys(where: str | None) -> Keys | None:
    if where is None:
        return None
    kind, _, place = where.partition(":")
    if kind not in ("file", "env") or not place:
        raise error_for("invalid_argument", "`--keys` must begin with `file:` or `env:`")
    return KeyFile(place) if kind == "file" else KeyEnvironment(place)


def _failure(error: Error) -> str:
    told = {"code": error.code, "message": error.message} | ({"path": error.path} if error.path else {})
    return _dump({"ok": False, "error": told})


def _open(db: str, keys: str | None) -> Engine:
    if db in ("", ":memory:"):
        raise error_for("invalid_argument", "`--db` must name a file, or be `memory:`")
    if "://" in db:
        raise error_for("unsupported", "`--db` names a kind of store that is not built in")
    return Engine(db, keys=_keys(keys), caller_clock=True)


def _run(db: str, keys: str | None) -> int:
    code = DONE
    try:
        engine = _open(db, keys)
    except Error as error:  # whoever drives the tool reads why there as well
        _say(_failure(error))
        raise
    with engine:
        for line in _lines():
            answer = engine._handle.execute(line)
            if answer.startswith('{"ok":false') and json.loads(answer)["error"]["code"] in _FAILURES:
                code = FAILED
            _say(answer)
    return code


def _redact(channel: str) -> int:
    _say_all(redact(sys.stdin.buffer.read().decode(), channel=channel).text)
    return DONE


def _say_all(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def _path(given: str) -> str:
    if not given:
        raise argparse.ArgumentTypeError("expected one argument")
    return given


def _test(given: argparse.Namespace) -> int:
    how = {"junit": given.junit, "show_all": given.clauses, "demand_all": given.all_clauses, "as_json": given.json}
    if given.policy is None:
        return DONE if _test_tool.run(given.files, engine=None, say=_say, **how) else FAILED
    with _test_tool.open_policy(given.policy) as engine:
        return DONE if _test_tool.run(given.files, engine=engine, say=_say, **how) else FAILED


def main() -> int:
    code = _main()
    try:
        sys.stdout.flush()
        return code
    except OSError:  # nobody reads any more, nor what is left to write
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return FAILED


def _main() -> int:
    for stream in (sys.stdout, sys.stderr):  # as UTF-8, whatever the locale
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")
    parser = argparse.ArgumentParser(
        prog="python -m connex", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--version", action="version", version=__version__)
    tools = parser.add_subparsers(dest="tool", required=True, metavar="TOOL")
    decide = tools.add_parser("decide")
    decide.add_argument("rule", metavar="RULE")
    run = tools.add_parser("run")
    run.add_argument("--db", required=True, help="an SQLite file, or memory:")
    run.add_argument("--keys", help="its outer keys: file:PATH or env:NAME; without, the file DB.key")
    channels = sorted(policy()["redaction"]["channels"])
    tools.add_parser("redact").add_argument("--channel", default="message", choices=channels, help="of the policy pack")
    test = tools.add_parser("test")
    test.add_argument("files", nargs="+", metavar="FILE")
    test.add_argument("--junit", metavar="FILE", type=_path, help="write the results to this file as JUnit XML")
    test.add_argument("--clauses", action="store_true", help="list every decided clause, not only those not exercised")
    test.add_argument("--all-clauses", action="store_true", help="fail when a decided clause has no scenario")
    test.add_argument("--policy", metavar="FILE", type=_path, help="a policy pack, instead of the one compiled in")
    test.add_argument("--json", action="store_true", help="print the results as JSON")
    tables = {"clauses": clauses, "commands": commands, "gates": gates, "policy": policy}
    for tool in (decide, *map(tools.add_parser, tables)):
        tool.add_argument("--json", action="store_true", help="as it is anyway")
    given = parser.parse_args()
    try:
        if given.tool == "decide":
            return _decide(given.rule)
        if given.tool == "run":
            return _run(given.db, given.keys)
        if given.tool == "redact":
            return _redact(given.channel)
        if given.tool == "test":
            return _test(given)
        _say(_dump(tables[given.tool]()))
        return DONE
    except KeyboardInterrupt:
        return INTERRUPTED
    except UnicodeDecodeError:
        print("connex: invalid_argument: text is not valid UTF-8", file=sys.stderr)
        return FAILED
    except (Error, OSError, ValueError) as error:
        print(f"connex: {error}", file=sys.stderr)
        return FAILED


if __name__ == "__main__":
    sys.exit(main())
