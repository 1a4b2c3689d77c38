"""What callers give, on its way into JSON: each function takes one type of the command table, and says by name what is not
of it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from ._errors import error_for


_DEEPEST = 64  # more than the engine takes


def wrong(name: str, expected: str, value: object) -> TypeError:
    given = "None" if value is None else type(value).__name__
    return TypeError(f"`{name}` must be {expected}, not {given}")


def string_given(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise wrong(name, "str", value)
    return value


_NAME = re.compile(r"[A-Za-z0-9._:-]{1,128}")


def _shown(name: str) -> str:
    """A name as an error may show it: what is not written like one could be anything."""
    return name if _NAME.fullmatch(name) else "?"


def unicode(name: str, value: object) -> str:
    """A str that can be written as UTF-8."""
    text = string_given(name, value)
    try:
        text.encode()
    except UnicodeEncodeError:
        raise error_for("invalid_argument", "text is not valid UTF-8", "/" + name.replace(".", "/")) from None
    return text


def path(name: str, value: object) -> str:
    """The name of a file."""
    text = unicode(name, value)
    if not text or "\0" in text:
        raise ValueError(f"`{name}` must name a file")
    return text


def finite(name: str, value: float) -> float:
    if not math.isfinite(value):
        raise ValueError(f"`{name}` must be a finite number")
    return value


def bounded(name: str, value: int) -> int:
    """An int that Python writes down; the engine refuses those that it does not count to."""
    if value.bit_length() > 64:
        raise ValueError(f"`{name}` is too large")
    return value


def string(name: str, value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise wrong(name, "str", value)
    return value


def boolean(name: str, value: object) -> bool | None:
    if value is None:
        return None
    if not isinstance(value, bool):
        raise wrong(name, "bool", value)
    return value


def integer(name: str, value: object) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool):
        raise wrong(name, "int", value)
    return bounded(name, value)


def instant(name: str, value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, datetime):
        raise wrong(name, "datetime", value)
    if value.utcoffset() is None:
        raise TypeError(f"`{name}` must be an aware datetime: it has no time zone")
    return datetime.isoformat(value)


def day(name: str, value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, date) or isinstance(value, datetime):
        raise wrong(name, "date", value)
    return date.isoformat(value)


def ids(name: str, value: object) -> list[str] | None:
    if value is None:
        return None
    if not isinstance(value, (list, tuple)):
        raise wrong(name, "a list or tuple of str", value)
    for item in value:
        if not isinstance(item, str):
            raise wrong(name, "made of str", item)
    return list(value)


def scalar(name: str, value: object) -> str | bool | int | float | None:
    if isinstance(value, float):
        return finite(name, value)
    if isinstance(value, int):
        return bounded(name, value)
    if value is None or isinstance(value, str):
        return value
    raise wrong(name, "str, bool, int or float", value)


def mapping(name: str, value: object) -> dict[str, Any] | None:
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise wrong(name, "a mapping", value)
    given: dict[str, Any] = other(name, value)
    return given


def objects(name: str, value: object) -> list[dict[str, Any]] | None:
    if value is None:
        return None
    if not isinstance(value, (list, tuple)):
        raise wrong(name, "a list or tuple of mappings", value)
    return [required(f"{name}/{i}", mapping(f"{name}/{i}", item)) for i, item in enumerate(value)]


def required(name: str, value: Any) -> Any:
    if value is None:
        raise TypeError(f"`{name}` must be given, not None")
    return value


def other(name: str, value: object, depth: int = 0) -> Any:
    """JSON, in which moments and days may stand as such."""
    if isinstance(value, float):
        return finite(name, value)
    if isinstance(value, int):
        return bounded(name, value)
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, datetime):
        return instant(name, value)
    if isinstance(value, date):
        return day(name, value)
    if depth == _DEEPEST:
        raise ValueError(f"`{name.partition('/')[0]}` is nested too deeply, or holds itself")
    if isinstance(value, Mapping):
        return {
            string_given(f"{name} key", key): other(f"{name}/{_shown(key)}", item, depth + 1)
            for key, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [other(f"{name}/{i}", item, depth + 1) for i, item in enumerate(value)]
    raise wrong(name, "made of dict, list, str, bool, int, float, datetime and date", value)
