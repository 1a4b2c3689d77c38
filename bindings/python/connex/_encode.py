"""Arguments of commands on their way into JSON: each function takes one type of the command table."""

from __future__ import annotations

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


def other(name: str, value: object) -> Any:
    """Lists and objects: JSON, in which moments and days may stand as such."""
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    if isinstance(value, datetime):
        return instant(name, value)
    if isinstance(value, date):
        return day(name, value)
    if isinstance(value, dict):
        return {string(f"{name} key", key): other(f"{name}/{key}", item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [other(f"{name}/{i}", item) for i, item in enumerate(value)]
    raise _wrong(name, "made of dict, list, str, bool, int, float, datetime and date", value)
