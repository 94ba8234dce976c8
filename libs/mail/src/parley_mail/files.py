"""Files beside the log: named by the hash of their content, which stands in the log, so that none can be changed unseen. `FileStore` is the port,
`Folder` keeps them in a file system. Its calls wait for the disk: an event loop makes them in a thread."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Protocol

from .contents import LOOKED_AT, type_of
from .refusals import FileRefused

_NAME = re.compile(r"[0-9a-f]{64}")
_AT_ONCE = 64 * 1024
_INCOMING = "incoming"


@dataclass(frozen=True)
class Stored:
    """A file that is kept: `name` is its SHA-256, `type` what it is by its content."""

    name: str
    size: int
    type: str


class FileStore(Protocol):
    """Where files are. A name is the SHA-256 of the content, in 64 hexadecimal digits; any other is `unknown_file`.

    A file is kept once, however often it is put; whoever removes one knows that no log names it any more, and that nobody puts it meanwhile."""

    def put(self, content: Iterable[bytes], most: int) -> Stored:
        """Keeps a file of at most `most` bytes; once this has come back, it is there after any crash. `FileRefused`: `too_large`, nothing is kept then."""
        ...

    def has(self, name: str) -> bool: ...

    def open(self, name: str) -> Iterator[bytes]:
        """The content in pieces. `FileRefused`: `unknown_file`; `damaged` after the last piece, where it is not what was put."""
        ...

    def remove(self, name: str) -> bool:
        """Whether it was there."""
        ...


class Folder:
    """A `FileStore` in a folder of its own, on one file system. Files lie in 65,536 folders by the first four digits; those that are being written lie
    apart, and become one whole file by being renamed."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._incoming = root / _INCOMING
        self._incoming.mkdir(parents=True, exist_ok=True, mode=0o700)
        _sync(root)

    def put(self, content: Iterable[bytes], most: int) -> Stored:
        digest, size, head = sha256(), 0, b""
        handle, temporary = tempfile.mkstemp(dir=self._incoming)
        try:
            with os.fdopen(handle, "wb") as file:
                for piece in content:
                    size += len(piece)
                    if size > most:
                        raise FileRefused("too_large", f"The file is larger than {most} bytes.")
                    digest.update(piece)
                    head = head if len(head) >= LOOKED_AT else head + piece[:LOOKED_AT]
                    file.write(piece)
                file.flush()
                os.fsync(file.fileno())
            name = digest.hexdigest()
            self._move(Path(temporary), self._path(name))
        except BaseException:
            with suppress(FileNotFoundError):
                os.unlink(temporary)
            raise
        return Stored(name, size, type_of(head))

    def has(self, name: str) -> bool:
        return bool(_NAME.fullmatch(name)) and self._path(name).is_file()

    def open(self, name: str) -> Iterator[bytes]:
        try:
            file = self._path(name).open("rb")
        except FileNotFoundError:
            raise FileRefused("unknown_file", "There is no file of this name.") from None
        return _pieces(file, name)

    def remove(self, name: str) -> bool:
        path = self._path(name)
        try:
            path.unlink()
        except FileNotFoundError:
            return False
        _sync(path.parent)
        return True

    def sweep(self, before: float) -> int:
        """Removes what was half written and last touched before this time (seconds since 1970); says how many. Younger ones may be being written."""
        count = 0
        for each in self._incoming.iterdir():
            with suppress(FileNotFoundError):
                if each.lstat().st_mtime < before:
                    each.unlink()
                    count += 1
        return count

    def _path(self, name: str) -> Path:
        """The only way from a name to the file system: a name is 64 hexadecimal digits, or there is no such file."""
        if not _NAME.fullmatch(name):
            raise FileRefused("unknown_file", "There is no file of this name.")
        return self._root / name[:2] / name[2:4] / name

    def _move(self, temporary: Path, path: Path) -> None:
        if not path.parent.is_dir():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            _sync(path.parent.parent)
            _sync(self._root)
        os.replace(temporary, path)
        _sync(path.parent)
        _sync(self._incoming)


def _pieces(file: BinaryIO, name: str) -> Iterator[bytes]:
    digest = sha256()
    with file:
        while piece := file.read(_AT_ONCE):
            digest.update(piece)
            yield piece
    if digest.hexdigest() != name:
        raise FileRefused("damaged", "The file is not what was stored under this name.")


def _sync(folder: Path) -> None:
    """What stands in a folder is on the disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
