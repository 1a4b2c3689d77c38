"""enum.StrEnum, also on Python 3.10."""

import sys

if sys.version_info >= (3, 11):
    from enum import StrEnum
else:
    from enum import Enum

    class StrEnum(str, Enum):
        def __str__(self) -> str:
            return str(self.value)

        def __format__(self, spec: str, /) -> str:
            return format(str(self.value), spec)


__all__ = ["StrEnum"]
