"""python -m connex: the little brother of the command line tool.

decide RULE   decides a rule on facts from standard input, a JSON object a line
run           carries out commands from standard input, a JSON object a line
redact        hides contact details in text from standard input
test FILES    plays scenario files
clauses, commands, gates, policy   print the tables of the library as JSON
"""

from __future__ import annotations

import argparse
import json
import sys

from . import Engine, Error, KeyEnvironment, KeyFile, Keys, __version__, _connex
from . import clauses, commands, gates, policy, redact, scenarios

DONE, FAILED, DENIED = 0, 1, 3


def _say(text: str) -> None:
    print(text, flush=True)


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _decide(rule: str) -> int:
    """The lines go as they are: reading them here would forgive what the engine refuses."""
    code = DONE
    for line in sys.stdin:
        try:
            answer = _connex.evaluate(None, rule, line.rstrip("\n"))
        except Error as error:
            told = {"code": error.code, "message": error.message, "path": error.path}
            _say(_dump({"ok": False, "error": told}))
            code = FAILED
            continue
        _say(answer)
        if json.loads(answer).get("permitted") is False and code == DONE:
            code = DENIED
    return code


def _keys(where: str | None) -> Keys | None:
    if where is None:
        return None
    kind, _, place = where.partition(":")
    if kind not in ("file", "env") or not place:
        raise ValueError("`--keys` must begin with `file:` or `env:`")
    return KeyFile(place) if kind == "file" else KeyEnvironment(place)


def _run(db: str, keys: Keys | None) -> int:
    with Engine(db, keys=keys, caller_clock=True) as engine:
        for line in sys.stdin:
            _say(engine.execute_json(line.rstrip("\n")))
    return DONE


def _redact(channel: str) -> int:
    sys.stdout.write(redact(sys.stdin.read(), channel=channel).text)
    return DONE


def _test(files: list[str]) -> int:
    results = []
    for path in files:
        _say(path)
        for result in scenarios.play_file(path):
            _say(f"  {'ok  ' if result.passed else 'FAIL'}  {result.name}  [{' '.join(result.clauses)}]")
            if not result.passed:
                _say(f"        {result.failure}")
            results.append(result)
    missing = scenarios.not_exercised(results)
    failed = sum(not result.passed for result in results)
    if missing:
        _say("not exercised: " + " ".join(missing))
    _say(f"{len(results) - failed} passed, {failed} failed")
    return FAILED if failed else DONE


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m connex", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--version", action="version", version=__version__)
    tools = parser.add_subparsers(dest="tool", required=True, metavar="TOOL")
    tools.add_parser("decide").add_argument("rule", metavar="RULE")
    run = tools.add_parser("run")
    run.add_argument("--db", required=True, help="an SQLite file, or memory:")
    run.add_argument("--keys", help="its outer keys: file:PATH or env:NAME; without, the file DB.key")
    tools.add_parser("redact").add_argument("--channel", default="message", help="of the policy pack")
    tools.add_parser("test").add_argument("files", nargs="+", metavar="FILE")
    tables = {"clauses": clauses, "commands": commands, "gates": gates, "policy": policy}
    for name in tables:
        tools.add_parser(name)
    given = parser.parse_args()
    try:
        if given.tool == "decide":
            return _decide(given.rule)
        if given.tool == "run":
            return _run(given.db, _keys(given.keys))
        if given.tool == "redact":
            return _redact(given.channel)
        if given.tool == "test":
            return _test(given.files)
        _say(_dump(tables[given.tool]()))
        return DONE
    except (Error, OSError, ValueError) as error:
        print(f"connex: {error}", file=sys.stderr)
        return FAILED


if __name__ == "__main__":
    sys.exit(main())
