"""The door of Python: as door.c, through the typed layer of the package: moments as datetimes, each command its
method, each gate a Decision."""

import json
import keyword
import sys
from datetime import date, datetime

import connex

TYPES = {
    row["name"]: {argument["name"]: argument["type"] for argument in row["arguments"]} for row in connex.commands()
}
GATES = {row["rule"] for row in connex.gates()}
DECODE = {"instant": datetime.fromisoformat, "day": date.fromisoformat}


def dump(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def decide(rule, facts):
    if rule in GATES:
        return '{"ok":true,"answer":%s}' % connex.decide(rule, facts).to_json()
    return dump({"ok": True, "answer": connex.evaluate(rule, facts)})


def execute(engine, request):
    group, name = (part + "_" * keyword.iskeyword(part) for part in request["command"].split("."))
    at = request.get("at")
    actor = engine.actor(request["actor"], at=at and datetime.fromisoformat(at), request_id=request.get("request_id"))
    args = {}
    for argument, value in request["args"].items():
        decode = DECODE.get(TYPES[request["command"]][argument], lambda value: value)
        args[argument + "_" * keyword.iskeyword(argument)] = decode(value)
    answer = getattr(getattr(actor, group), name)(**args)
    return '{"ok":true,"result":%s,"decision":%s}' % (dump(answer.result), answer.decision.to_json())


def main():
    engine = None
    for line in sys.stdin:
        try:
            if line.startswith('{"open"'):
                engine = connex.open(caller_clock=True)
                continue
            rule, tab, facts = line.partition("\t")
            answer = decide(rule, json.loads(facts)) if tab else execute(engine, json.loads(line))
        except connex.Error as error:
            answer = dump({"ok": False, "error": {"code": error.code, "message": error.message, "path": error.path}})
        print(answer, flush=True)


main()
