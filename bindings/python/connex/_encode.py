"""Arguments of commands on their way into JSON: each function takes one type of the command table."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any


def _wrong(name: str, expected: str, value: object) -> TypeError:
    return TypeError(f"`{name}` must be {expected}, not {type(value).__name__}")


def string(name: str, value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise _wrong(name, "str", value)
    return value


def boolean(name: str, value: object) -> bool | None:
    if value is None:
        return None
    if not isinstance(value, bool):
        raise _wrong(name, "bool", value)
    return value


def integer(name: str, value: object) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool):
        raise _wrong(name, "int", value)
    return value


def instant(name: str, value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, datetime):
        raise _wrong(name, "datetime", value)
    if value.utcoffset() is None:
        raise TypeError(f"`{name}` must be an aware datetime: it has no time zone")
    return value.isoformat()


def day(name: str, value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, date) or isinstance(value, datetime):
        raise _wrong(name, "date", value)
    return value.isoformat()


def ids(name: str, value: object) -> list[str] | None:
    if value is None:
        return None
    if not isinstance(value, (list, tuple)):
        raise _wrong(name, "a list or tuple of str", value)
    for item in value:
        if not isinstance(item, str):
            raise _wrong(name, "made of str", item)
    return list(value)


def scalar(name: str, value: object) -> str | bool | int | float | None:
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    raise _wrong(name, "str, bool, int or float", value)


def mapping(name: str, value: object) -> dict[str, Any] | None:
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise _wrong(name, "a mapping", value)
    given: dict[str, Any] = other(name, dict(value))
    return given


def objects(name: str, value: object) -> list[dict[str, Any]] | None:
    if value is None:
        return None
    if not isinstance(value, (list, tuple)):
        raise _wrong(name, "a list or tuple of mappings", value)
    return [required(f"{name}/{i}", mapping(f"{name}/{i}", item)) for i, item in enumerate(value)]


def required(name: str, value: Any) -> Any:
    if value is None:
        raise TypeError(f"`{name}` must be given, not None")
    return value


def other(name: str, value: object) -> Any:
    """JSON, in which moments and days may stand as such."""
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    if isinstance(value, datetime):
        return instant(name, value)
    if isinstance(value, date):
        return day(name, value)
    if isinstance(value, dict):
        return {required(f"{name} key", string(f"{name} key", key)): other(f"{name}/{key}", v) for key, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [other(f"{name}/{i}", item) for i, item in enumerate(value)]
    raise _wrong(name, "made of dict, list, str, bool, int, float, datetime and date", value)
