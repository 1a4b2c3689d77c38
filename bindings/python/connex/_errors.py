"""What can go wrong. A denial is none of it: a denial is a value."""

from __future__ import annotations

import errno

from ._strenum import StrEnum


class ErrorCode(StrEnum):
    """Why a call failed."""

    INVALID_ARGUMENT = "invalid_argument"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    UNAUTHENTICATED = "unauthenticated"
    STORAGE = "storage"
    BUSY = "busy"
    CORRUPT = "corrupt"
    UNSUPPORTED = "unsupported"
    INTERNAL = "internal"
    CLOSED = "closed"
    """Of this package: the engine was closed before."""


class Error(Exception):
    """A call that failed and changed nothing. No text of it holds a person's data."""

    code: ErrorCode
    message: str
    path: str
    """A JSON pointer to what is wrong in the request ("/args/starts_at"), or empty."""

    def __init__(self, code: str, message: str, path: str = "") -> None:
        super().__init__(code, message, path)
        self.code = ErrorCode(code)
        self.message = message
        self.path = path

    def __str__(self) -> str:
        return f"{self.code}: {self.message}" + (f" at {self.path}" if self.path else "")


class InvalidArgument(Error, ValueError):
    """Something in the request is not as it must be."""


class NotFound(Error, LookupError):
    """There is no such thing."""


class Conflict(Error):
    """What is there does not allow it."""


class Unauthenticated(Error):
    """The actor is not registered."""


class StorageError(Error, OSError):
    """The store failed. As an OSError it is an EIO, whatever the system said."""

    def __init__(self, code: str, message: str, path: str = "") -> None:
        super().__init__(code, message, path)
        self.errno, self.strerror, self.filename = errno.EIO, message, None


class Busy(Error):
    """Another process kept the store; the same request may be sent again."""


class Corrupt(Error):
    """The store does not hold what it must."""


class Unsupported(Error):
    """Nothing here can do that."""


class InternalError(Error):
    """The engine failed."""


class Closed(Error, ValueError):
    """The engine was closed before."""


_CLASSES: dict[str, type[Error]] = {
    ErrorCode.INVALID_ARGUMENT: InvalidArgument,
    ErrorCode.NOT_FOUND: NotFound,
    ErrorCode.CONFLICT: Conflict,
    ErrorCode.UNAUTHENTICATED: Unauthenticated,
    ErrorCode.STORAGE: StorageError,
    ErrorCode.BUSY: Busy,
    ErrorCode.CORRUPT: Corrupt,
    ErrorCode.UNSUPPORTED: Unsupported,
    ErrorCode.INTERNAL: InternalError,
    ErrorCode.CLOSED: Closed,
}


def error_for(code: str, message: str, path: str = "") -> Error:
    """The exception for an error of the engine."""
    return _CLASSES[code](code, message, path)
