"""Copies as files: written beside their name and moved there when they are whole; read line by line."""

from __future__ import annotations

import gzip
import os
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, cast

from .form import Broken, Reader


@contextmanager
def new_file(path: Path) -> Iterator[IO[bytes]]:
    """A file for its owner's eyes only, there when the block has ended, and not at all when it has failed. Compressed where its
    name ends in `.gz`, to the same bytes for the same content. Raises OSError, ValueError where there is one already."""
    if path.exists():
        raise ValueError(f"there is a {path} already: name another file")
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb", buffering=1 << 20) as file:
            if path.name.endswith(".gz"):
                with gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=file, mtime=0) as packed:
                    yield cast(IO[bytes], packed)
            else:
                yield file
            file.flush()
            os.fsync(file.fileno())
        _name(beside, path)
    finally:
        with suppress(FileNotFoundError):
            beside.unlink()


def _name(beside: Path, path: Path) -> None:
    try:
        os.link(beside, path)  # unlike a rename, not over one that has come meanwhile
    except FileExistsError:
        raise
    except OSError:  # a file system that gives a file one name only
        beside.rename(path)


@contextmanager
def open_copy(path: Path) -> Iterator[Reader]:
    """A copy, compressed or not. Raises Broken, OSError."""
    with path.open("rb") as raw:
        packed = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        file = cast(IO[bytes], gzip.GzipFile(fileobj=raw, mode="rb") if packed else raw)
        yield Reader(_lines(file))


def _lines(file: IO[bytes]) -> Callable[[int], bytes]:
    def line(most: int) -> bytes:
        try:
            return file.readline(most)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise Broken(f"the copy is cut off or altered: {error}") from None

    return line
