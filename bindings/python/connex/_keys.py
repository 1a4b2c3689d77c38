"""Where the outer keys are, under which the keys of all that is sealed are wrapped. Without them the store cannot be
read: keep them, and their backups, apart from it and from its backups."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol, TypeAlias

from ._encode import path, unicode, wrong
from ._values import frozen


@frozen
@dataclass(frozen=True, slots=True)
class KeyFile:
    """Keys in a file, made on first use for its owner alone. With a passphrase they are wrapped under it."""

    path: str | os.PathLike[str] | None = None
    """The file; `<store>.key` when not given."""
    passphrase: str | None = field(default=None, repr=False)


@frozen
@dataclass(frozen=True, slots=True)
class KeyEnvironment:
    """Keys in an environment variable: 64 hexadecimal digits for each, separated by commas, the one in use first."""

    variable: str


class OuterKey(NamedTuple):
    """Names an outer key: an id of 1 to 64 characters of `A-Z a-z 0-9 . _ : -`, and a version."""

    id: str
    version: int


class KeyProvider(Protocol):
    """A key service of the host's, which wraps the engine's data keys. It is called from any thread that uses the
    engine; what it raises goes to sys.unraisablehook, and fails the command with StorageError."""

    def current(self) -> OuterKey:
        """The key in use."""

    def wrap(self, key: OuterKey, label: bytes, secret: bytes) -> bytes:
        """Wraps 32 bytes, into at most 4096. The label is to be authenticated with them."""

    def unwrap(self, key: OuterKey, label: bytes, wrapped: bytes) -> bytes:
        """The 32 bytes again; raises when they were wrapped under another key or label."""


Keys: TypeAlias = KeyFile | KeyEnvironment | KeyProvider

_Functions: TypeAlias = tuple[
    Callable[[], tuple[bytes, int]],
    Callable[[str, int, bytes, bytes], bytes],
    Callable[[str, int, bytes, bytes], bytes],
]


def native_keys(keys: Keys | None) -> tuple[str, str, _Functions | None]:
    """What the extension module takes: where the keys are, the passphrase, the functions of a provider."""
    if keys is None:
        return "", "", None
    if isinstance(keys, KeyFile):
        try:
            file = None if keys.path is None else os.fspath(keys.path)
        except TypeError:
            raise wrong("keys.path", "str or os.PathLike", keys.path) from None
        passphrase = None if keys.passphrase is None else unicode("keys.passphrase", keys.passphrase)
        return "" if file is None else "file:" + path("keys.path", file), passphrase or "", None
    if isinstance(keys, KeyEnvironment):
        return "env:" + unicode("keys.variable", keys.variable), "", None
    for name in ("current", "wrap", "unwrap"):
        if not callable(getattr(keys, name, None)):
            raise wrong("keys", "KeyFile, KeyEnvironment or a KeyProvider", keys)
    return "", "", _functions_of(keys)


def _functions_of(provider: KeyProvider) -> _Functions:
    def current() -> tuple[bytes, int]:
        id, version = provider.current()
        if not 0 <= version < 1 << 32:
            raise ValueError("the version of a key is a number of 32 bits")
        return id.encode(), version

    def wrap(id: str, version: int, label: bytes, secret: bytes) -> bytes:
        return provider.wrap(OuterKey(id, version), label, secret)

    def unwrap(id: str, version: int, label: bytes, wrapped: bytes) -> bytes:
        return provider.unwrap(OuterKey(id, version), label, wrapped)

    return current, wrap, unwrap
