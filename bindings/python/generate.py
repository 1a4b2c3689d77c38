"""Writes the typed layer that follows the tables of the library: `_commands.py` with a method for each command,
`facts.py` with the facts of each gate. Called by the build: generate.py PACKAGE, where the extension module is."""

import importlib.util
import json
import keyword
import pathlib
import sys
import textwrap
import types

STRINGS = {"id", "line", "text", "sha256", "email", "phone", "choice"}
PYTHON = {"boolean": "bool", "integer": "int", "instant": "datetime", "day": "date", "ids": "Sequence[str]",
          "object": "Mapping[str, object]", "objects": "Sequence[Mapping[str, object]]", "scalar": "str | bool | int | float"}
ENCODERS = {"object": "mapping"}
HEADER = '"""Generated from the tables of the library."""\n\nfrom __future__ import annotations\n\n'


def load_tables(package):
    """The tables of the extension module, which is loaded without the package around it."""
    errors = types.ModuleType("connex._errors")
    errors.error_for = lambda code, message, path="": RuntimeError(f"{code}: {message} {path}")
    sys.modules["connex"] = types.ModuleType("connex")
    sys.modules["connex._errors"] = errors
    spec = importlib.util.spec_from_file_location("connex._connex", next(package.glob("_connex*.so")))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return json.loads(module.commands()), json.loads(module.gates())


def python_name(name):
    return name + "_" if keyword.iskeyword(name) else name


def annotation(argument):
    if argument.get("choices"):
        return "Literal[%s]" % ", ".join(json.dumps(choice) for choice in argument["choices"])
    return "str" if argument["type"] in STRINGS else PYTHON.get(argument["type"], "object")


def encoder(argument):
    if argument["type"] in STRINGS:
        return "string"
    return ENCODERS.get(argument["type"], argument["type"] if argument["type"] in PYTHON else "other")


def documentation(command):
    lines = [command["text"] + ".", ""]
    for argument in command["arguments"]:
        extent = f" ({argument['range']})" if "range" in argument else ""
        lines.append(f"{python_name(argument['name'])}: {argument['text']}{extent}")
    if command["arguments"]:
        lines.append("")
    lines += textwrap.wrap("For: " + ", ".join(command["actors"]), 96)
    if command["clauses"]:
        lines += textwrap.wrap("Clauses: " + ", ".join(command["clauses"]), 96)
    lines += textwrap.wrap("Result: " + command["result"], 96)
    return lines


def method(command):
    _, name = command["name"].split(".", 1)
    arguments = sorted(command["arguments"], key=lambda argument: not argument["required"])
    out = [f"    def {python_name(name.replace('.', '_'))}("]
    out.append("        self," if arguments else "        self")
    if arguments:
        out.append("        *,")
    for argument in arguments:
        kind = annotation(argument)
        optional = "" if argument["required"] else " = None" if kind == "object" else " | None = None"
        out.append(f"        {python_name(argument['name'])}: {kind}{optional},")
    out.append("    ) -> Answer:")
    first, *rest = documentation(command)
    out.append(f'        r"""{first}')
    out += [f"        {line}".rstrip() for line in rest]
    out.append('        """')
    out.append(f"        args: dict[str, Any] = {{}}")
    for argument in command["arguments"]:
        given = python_name(argument["name"])
        encoded = f"_encode.{encoder(argument)}({given!r}, {given})"
        if argument["required"]:
            encoded = f"_encode.required({given!r}, {encoded})"
        out.append(f"        args[{argument['name']!r}] = {encoded}")
    out.append(f"        return self._run({command['name']!r}, args)")
    return out


def commands_module(commands):
    groups = {}
    for command in commands:
        groups.setdefault(command["name"].split(".", 1)[0], []).append(command)
    out = [
        "from collections.abc import Callable, Mapping, Sequence",
        "from datetime import date, datetime",
        "from typing import Any, Literal",
        "",
        "from . import _encode",
        "from ._values import Answer",
        "",
    ]
    for group, members in groups.items():
        out += [
            "",
            f"class {group.title().replace('_', '')}Commands:",
            f'    """The commands of `{group}`."""',
            "",
            '    __slots__ = ("_run",)',
            "",
            "    def __init__(self, run: Callable[[str, dict[str, Any]], Answer]) -> None:",
            "        self._run = run",
        ]
        for command in members:
            out += ["", *method(command)]
        out.append("")
    out += ["", "class Commands:", '    """Every command, by group."""', "", "    __slots__ = ()"]
    out += ["", "    def _run(self, command: str, args: dict[str, Any]) -> Answer:", "        raise NotImplementedError"]
    for group in groups:
        kind = f"{group.title().replace('_', '')}Commands"
        out += ["", "    @property", f"    def {python_name(group)}(self) -> {kind}:", f"        return {kind}(self._run)"]
    return HEADER + "\n".join(out) + "\n"


def facts_module(gates):
    out = ["from collections.abc import Mapping", "from typing import Literal, Protocol, TypedDict, Union, overload", "",
           "from ._values import Decision", ""]
    overloads = []
    for gate in gates:
        name = "".join(part.title() for part in gate["rule"].replace(".", "_").split("_")) + "Facts"
        out += ["", f"class {name}(TypedDict, total=False):", f'    """{gate["text"]}."""', ""]
        for fact in gate["facts"]:
            out += [f"    {fact['name']}: bool | None", f'    """{fact["clause"]}"""']
        out.append("")
        overloads += ["    @overload", f"    def __call__(self, rule: Literal[{gate['rule']!r}], facts: {name}, /) -> Decision: ...  # type: ignore[misc]"]
    rules = ", ".join(repr(gate["rule"]) for gate in gates)
    out += [
        "",
        "class NotFactsOfThisGate:",
        '    """What a type checker takes for the answer where a rule and facts are written out that do not go together: no',
        '    Decision, so that using it is an error. The program does not come so far: the engine refuses them."""',
        "",
        "",
        f"_Rule = Literal[{rules}]",
        "# What is written out fits; a dict of anything else that a program holds does not, as dict is invariant.",
        "_WrittenOut = Union[str, float, None, NotFactsOfThisGate]",
        "",
        "",
        "class Decide(Protocol):",
        '    """Decides a gate by its name, on the facts of that gate. A type checker compares a rule and facts that are written',
        '    out. A rule or facts that only the program knows may be any; the engine compares those."""',
        "",
        *overloads,
        "    @overload",
        "    def __call__(self, rule: _Rule, facts: dict[str, _WrittenOut], /) -> NotFactsOfThisGate: ...  # type: ignore[misc]",
        "    @overload",
        "    def __call__(self, rule: str, facts: Mapping[str, object], /) -> Decision: ...",
    ]
    return HEADER + "\n".join(out) + "\n"


def main():
    package = pathlib.Path(sys.argv[1])
    commands, gates = load_tables(package)
    (package / "_commands.py").write_text(commands_module(commands))
    (package / "facts.py").write_text(facts_module(gates))


if __name__ == "__main__":
    main()
