"""Mails and their files, as the gateway keeps and hands them out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import SpooledTemporaryFile

from parley_chassis.offload import Offload
from parley_chassis.sealed import Sealing
from parley_contracts.refusal import Refused
from parley_mail.files import FileStore, Folder, Stored
from parley_mail.refusals import FileRefused
from parley_mail.scanning import Found, Scanner, Unavailable

MOST_OF_A_MAIL = 40 * 1024 * 1024
MOST_OF_AN_ATTACHMENT = 25_000_000
_AT_ONCE = 64 * 1024
_IN_MEMORY = 1024 * 1024


class MailFiles:
    """The store in a folder, a scanner where there is one, and the seal of the mailboxes' passwords."""

    def __init__(self, folder: str, scanner: str, secret: str) -> None:
        self._store: FileStore | None = Folder(Path(folder)) if folder else None
        self._scanner = Scanner(scanner) if scanner else None
        self.sealing = Sealing(secret)
        self._calls = Offload("mail-files", threads=2)

    def close(self) -> None:
        """Nothing more is kept."""
        self._calls.close()

    async def keep(self, pieces: AsyncIterator[bytes], most: int) -> Stored:
        """Keep what comes, as it comes. Raises Refused `too_long`, `bad_request` for nothing, `unavailable`."""
        store = self._there()
        with SpooledTemporaryFile(max_size=_IN_MEMORY) as held:
            size = 0
            async for piece in pieces:
                size += len(piece)
                if size > most:
                    raise Refused("too_long", f"A file has at most {most // 1_000_000} MB here.")
                await self._calls(held.write, piece)
            if not size:
                raise Refused("bad_request", "There is nothing in this file.")
            held.seek(0)
            return await self._calls(store.put, iter(lambda: held.read(_AT_ONCE), b""), most)

    async def whole(self, name: str) -> bytes:
        """A file's content. Raises Refused `not_found`, `forbidden` for what the scanner has found, `unavailable`."""
        store = self._there()
        try:
            content = await self._calls(_joined, store, name)
        except FileRefused as refused:
            raise Refused("not_found", f"The file is not there any more, or not what it was: {refused.code}.") from None
        if self._scanner is not None:
            verdict = await self._scanner.scan([content])
            if isinstance(verdict, Found):
                raise Refused(
                    "forbidden", f"The scanner has found {verdict.name} in it: it is not handed out.", why="malware"
                )
            if isinstance(verdict, Unavailable):
                raise Refused("unavailable", f"The scanner does not answer ({verdict.why}): try again later.")
        return content

    def _there(self) -> FileStore:
        if self._store is None:
            raise Refused(
                "unavailable", "No files are kept in this installation: PARLEY_FILES names the folder.", why="no_files"
            )
        return self._store


def _joined(store: FileStore, name: str) -> bytes:
    return b"".join(store.open(name))
