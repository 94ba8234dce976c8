"""The way out of the demonstration's mails: as much of IMAP4rev1 as collecting them needs, and no more.

LOGIN, AUTHENTICATE PLAIN, CAPABILITY, NOOP, SELECT, EXAMINE, UID FETCH, UID STORE, UID SEARCH, IDLE, LOGOUT. `pymap`, an IMAP server in Python (MIT; IDLE,
UIDPLUS), was tried and left: its maildir gives mails as `email` writes them anew, so that bytes change, and never calls fsync.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
import hmac
import re
from collections.abc import Callable, Iterator

from .storage import Kept, Mails, NotKept

LONGEST_LINE = 8 * 1024
MOST_CONNECTIONS = 50
WRONG_LOGINS = 3
SILENT_S = 1800.0
CAPABILITIES = "IMAP4rev1 IDLE AUTH=PLAIN"
FLAGS = r"(\Seen \Answered \Flagged \Deleted \Draft)"

_WORD = re.compile(r'"((?:[^"\\]|\\.)*)"|([^ ]+)')
_BODY = re.compile(r"BODY\.PEEK\[\](?:<(\d{1,10})\.(\d{1,10})>)?", re.I)


class Wrong(Exception):
    """What a command is answered instead of OK: a word and a sentence."""


class Office:
    """All connections of the server: who waits for which mailbox."""

    def __init__(self, mails: Mails, password: str) -> None:
        self.mails, self.password = mails, password
        self._waiting: dict[str, set[asyncio.Event]] = {}
        self._open: set[asyncio.Task[None]] = set()

    def arrived(self, mailbox: str) -> None:
        """There is another mail."""
        for event in self._waiting.get(mailbox, ()):
            event.set()

    @contextlib.contextmanager
    def waiting(self, mailbox: str, event: asyncio.Event) -> Iterator[None]:
        """`event` is set when a mail arrives."""
        events = self._waiting.setdefault(mailbox, set())
        events.add(event)
        try:
            yield
        finally:
            events.discard(event)
            if not events:
                self._waiting.pop(mailbox, None)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, to its end."""
        if len(self._open) >= MOST_CONNECTIONS:
            writer.write(b"* BYE there are too many connections\r\n")
            writer.close()
            return
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            await Talk(self, reader, writer).run()
        except (OSError, EOFError, TimeoutError, asyncio.LimitOverrunError):
            pass  # whoever was there has gone, or speaks no IMAP
        except asyncio.CancelledError:
            pass  # the server stops
        finally:
            self._open.discard(task)
            writer.close()

    async def close(self) -> None:
        """End all connections."""
        tasks = list(self._open)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class Talk:
    """One connection."""

    def __init__(self, office: Office, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._office, self._mails, self._reader, self._writer = office, office.mails, reader, writer
        self._user: str | None = None
        self._selected: list[int] | None = None
        self._wrong = 0
        self._leaves = False
        self._news = asyncio.Event()

    async def run(self) -> None:
        """Greeting, commands, the end."""
        self._say(f"* OK [CAPABILITY {CAPABILITIES}] The mails of the demonstration")
        while not self._leaves:
            await self._writer.drain()
            tag, _, rest = (await self._line()).partition(" ")
            if not re.fullmatch(r"[A-Za-z0-9.-]{1,32}", tag):
                self._say("* BAD a command begins with a tag")
                continue
            try:
                said = await self._do(rest)
            except Wrong as wrong:
                said = str(wrong)
            except NotKept as error:
                said = f"NO {error}"
            except OSError as error:
                said = f"NO [UNAVAILABLE] {error.strerror}"
            self._say(f"{tag} {said}")
        await self._writer.drain()

    async def _line(self) -> str:
        async with asyncio.timeout(SILENT_S):
            line = await self._reader.readuntil(b"\n")
        return line.rstrip(b"\r\n").decode("utf-8", "replace")

    def _say(self, line: str) -> None:
        self._writer.write(f"{line}\r\n".encode())

    async def _do(self, rest: str) -> str:
        name, _, arguments = rest.partition(" ")
        if name.upper() == "UID":
            name, _, arguments = arguments.partition(" ")
            name = f"UID {name}"
        match name.upper():
            case "CAPABILITY":
                self._say(f"* CAPABILITY {CAPABILITIES}")
                return "OK done"
            case "NOOP":
                await self._look()
                return "OK done"
            case "LOGOUT":
                self._leaves = True
                self._say("* BYE until the next time")
                return "OK done"
            case "LOGIN":
                words = [
                    re.sub(r"\\(.)", r"\1", found[1]) if found[1] is not None else found[2]
                    for found in _WORD.finditer(arguments)
                ]
                return self._log_in(*words) if len(words) == 2 else "BAD a login has a user and a password"
            case "AUTHENTICATE" if arguments.upper() == "PLAIN":
                return await self._authenticate()
        if self._user is None:
            raise Wrong("NO log in first")
        if name.upper() in ("SELECT", "EXAMINE"):
            return await self._select(arguments.strip('"'), name.upper() == "EXAMINE")
        if self._selected is None:
            raise Wrong("NO select a folder first")
        match name.upper():
            case "IDLE":
                return await self._idle()
            case "UID FETCH":
                return await self._fetch(arguments)
            case "UID STORE":
                return await self._store(arguments)
            case "UID SEARCH":
                return await self._search(arguments)
        raise Wrong("BAD this server does not know that")

    async def _authenticate(self) -> str:
        self._say("+ ")
        await self._writer.drain()
        try:
            _, user, password = base64.b64decode(await self._line(), validate=True).decode().split("\0")
        except (binascii.Error, ValueError):
            return "BAD this is no login"
        return self._log_in(user, password)

    def _log_in(self, user: str, password: str) -> str:
        if not hmac.compare_digest(password.encode(), self._office.password.encode()):
            self._wrong += 1
            self._leaves = self._wrong >= WRONG_LOGINS
            return "NO [AUTHENTICATIONFAILED] the password is another one"
        self._mails.validity(user)
        self._user = user.strip().lower()
        return "OK welcome"

    async def _select(self, folder: str, only_read: bool) -> str:
        assert self._user is not None
        if folder.upper() != "INBOX":
            self._selected = None
            return "NO [NONEXISTENT] the only folder is INBOX"
        self._selected = []
        validity = await asyncio.to_thread(self._mails.validity, self._user)
        await self._look(always=True)
        following = self._selected[-1] + 1 if self._selected else 1
        self._say(f"* FLAGS {FLAGS}")
        self._say(f"* OK [UIDVALIDITY {validity}] numbers hold")
        self._say(f"* OK [UIDNEXT {following}] the next number")
        self._only_read = only_read
        return f"OK [READ-{'ONLY' if only_read else 'WRITE'}] done"

    async def _look(self, always: bool = False) -> None:
        """Tell of mails that have come since."""
        if self._user is None or self._selected is None:
            return
        known = self._selected[-1] if self._selected else 0
        found = [kept.uid for kept in await asyncio.to_thread(self._mails.mails, self._user, known)]
        self._selected += found
        if found or always:
            self._say(f"* {len(self._selected)} EXISTS")

    async def _idle(self) -> str:
        assert self._user is not None
        self._news.clear()
        with self._office.waiting(self._user, self._news):
            self._say("+ idling")
            await self._look()
            await self._writer.drain()
            done = asyncio.ensure_future(self._line())
            try:
                while not done.done():
                    news = asyncio.ensure_future(self._news.wait())
                    await asyncio.wait({done, news}, return_when=asyncio.FIRST_COMPLETED)
                    news.cancel()
                    if self._news.is_set():
                        self._news.clear()
                        await self._look()
                        await self._writer.drain()
                return "OK done" if (await done).upper() == "DONE" else "BAD idling ends with DONE"
            finally:
                done.cancel()

    async def _chosen(self, numbers: str) -> list[tuple[int, Kept]]:
        """Sequence number and mail of those that a set of UIDs names."""
        assert self._user is not None
        await self._look()
        assert self._selected is not None
        last = self._selected[-1] if self._selected else 0
        wanted = [_range(part, last) for part in numbers.split(",")[:1000]]
        chosen = []
        for number, uid in enumerate(self._selected, 1):
            if any(low <= uid <= high for low, high in wanted):
                kept = await asyncio.to_thread(self._mails.mail, self._user, uid)
                if kept is not None:
                    chosen.append((number, kept))
        return chosen

    async def _fetch(self, arguments: str) -> str:
        assert self._user is not None
        numbers, _, items = arguments.partition(" ")
        words = items.strip().removeprefix("(").removesuffix(")").upper().split()
        body = next((found for word in words if (found := _BODY.fullmatch(word))), None)
        if any(
            not _BODY.fullmatch(word) and word not in ("UID", "FLAGS", "RFC822.SIZE", "INTERNALDATE") for word in words
        ):
            raise Wrong("BAD this server gives UID, FLAGS, RFC822.SIZE, INTERNALDATE and BODY.PEEK[]")
        for number, kept in await self._chosen(numbers):
            told = [f"UID {kept.uid}"]
            if "FLAGS" in words:
                told.append(f"FLAGS ({' '.join(sorted(kept.flags))})")
            if "RFC822.SIZE" in words:
                told.append(f"RFC822.SIZE {kept.size}")
            if "INTERNALDATE" in words:
                told.append(f'INTERNALDATE "{kept.arrived:%d-%b-%Y %H:%M:%S +0000}"')
            if body is None:
                self._say(f"* {number} FETCH ({' '.join(told)})")
            else:
                offset, length = (int(body[1]), int(body[2])) if body[1] else (0, -1)
                content = await asyncio.to_thread(self._mails.content, self._user, kept.uid, offset, length)
                told.append(f"BODY[]{f'<{offset}>' if body[1] else ''} {{{len(content)}}}\r\n")
                self._writer.write(f"* {number} FETCH ({' '.join(told)}".encode() + content + b")\r\n")
            await self._writer.drain()
        return "OK done"

    async def _store(self, arguments: str) -> str:
        assert self._user is not None
        found = re.fullmatch(r"([\d:*,]+) ([+-]?)FLAGS(\.SILENT)? \(?([^()]*)\)?", arguments, re.I)
        if found is None:
            raise Wrong("BAD no flags are named")
        if self._only_read:
            raise Wrong("NO the folder is open for reading only")
        named = frozenset(flag for flag in FLAGS[1:-1].split() if flag.upper() in found[4].upper().split())
        change: dict[str, Callable[[frozenset[str]], frozenset[str]]] = {
            "+": lambda flags: flags | named,
            "-": lambda flags: flags - named,
            "": lambda flags: named,
        }
        for number, kept in await self._chosen(found[1]):
            flags = change[found[2]](kept.flags)
            if flags != kept.flags:
                await asyncio.to_thread(self._mails.flag, self._user, kept.uid, flags)
            if found[3] is None:
                self._say(f"* {number} FETCH (UID {kept.uid} FLAGS ({' '.join(sorted(flags))}))")
        return "OK done"

    async def _search(self, arguments: str) -> str:
        found = re.fullmatch(r"(ALL|UNSEEN|SEEN)?(?: ?UID ([\d:*,]+))?", arguments.strip(), re.I)
        if found is None:
            raise Wrong("BAD this server searches ALL, SEEN, UNSEEN and UID")
        word = (found[1] or "ALL").upper()
        chosen = [kept for _, kept in await self._chosen(found[2] or "1:*")]
        uids = [str(kept.uid) for kept in chosen if word == "ALL" or (word == "SEEN") == ("\\Seen" in kept.flags)]
        self._say(" ".join(["* SEARCH", *uids]))
        return "OK done"


def _range(part: str, last: int) -> tuple[int, int]:
    ends = part.split(":")
    if len(ends) > 2 or not all(end == "*" or (end.isdigit() and len(end) <= 10) for end in ends):
        raise Wrong("BAD this is no set of numbers")
    low, *rest = sorted(last if end == "*" else int(end) for end in ends)
    return low, rest[0] if rest else low
