"""Columns on their way to PostgreSQL: arrays in its binary form, made at a fraction of what the driver's lists cost.

The driver asks each element for its type; a column has only one. (Format: number of dimensions, whether there are nulls,
the elements' type, length and lower bound, then each element behind its length, -1 for null.)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from struct import Struct

from psycopg import adapters, postgres
from psycopg.adapt import Buffer, Dumper
from psycopg.pq import Format

_HEAD, _LENGTH, _BIGINT = Struct("!iiIii"), Struct("!i"), Struct("!iq")
_EMPTY = Struct("!iiI")
_NULL = _LENGTH.pack(-1)


class Texts:
    """A column of texts, with None where there is none."""

    __slots__ = ("values",)

    def __init__(self, values: Iterable[str | None]) -> None:
        self.values = list(values)


class Bigints:
    """A column of whole numbers within 64 bits, likewise."""

    __slots__ = ("values",)

    def __init__(self, values: Iterable[int | None]) -> None:
        self.values = list(values)


class Byteas:
    """A column of bytes, likewise."""

    __slots__ = ("values",)

    def __init__(self, values: Iterable[bytes | None]) -> None:
        self.values = list(values)


def _array(kind: int, parts: Sequence[bytes]) -> bytes:
    if not parts:
        return _EMPTY.pack(0, 0, kind)
    return _HEAD.pack(1, 1, kind, len(parts), 1) + b"".join(parts)


def _behind_length(value: bytes | None) -> bytes:
    return _NULL if value is None else _LENGTH.pack(len(value)) + value


class _Column(Dumper):
    format = Format.BINARY
    kind: int


class _TextsDumper(_Column):
    kind = postgres.types["text"].oid
    oid = postgres.types["text"].array_oid

    def dump(self, obj: Texts) -> Buffer:
        return _array(self.kind, [_NULL if v is None else _behind_length(v.encode()) for v in obj.values])


class _BigintsDumper(_Column):
    kind = postgres.types["int8"].oid
    oid = postgres.types["int8"].array_oid

    def dump(self, obj: Bigints) -> Buffer:
        return _array(self.kind, [_NULL if v is None else _BIGINT.pack(8, v) for v in obj.values])


class _ByteasDumper(_Column):
    kind = postgres.types["bytea"].oid
    oid = postgres.types["bytea"].array_oid

    def dump(self, obj: Byteas) -> Buffer:
        return _array(self.kind, [_behind_length(v) for v in obj.values])


adapters.register_dumper(Texts, _TextsDumper)
adapters.register_dumper(Bigints, _BigintsDumper)
adapters.register_dumper(Byteas, _ByteasDumper)
