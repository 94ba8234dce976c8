"""Asks a scanner for malware, ClamAV's daemon, about a file (its INSTREAM protocol). Whoever asks gets one of three answers, within a bounded time; a
scanner that is away is `Unavailable`, never `Clean`."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from struct import pack
from typing import Literal
from urllib.parse import urlsplit

from . import cleaning

_AT_ONCE = 64 * 1024
_MOST_OF_AN_ANSWER = 4_096
_FOUND = re.compile(r"stream: (.{1,200}) FOUND")


@dataclass(frozen=True)
class Clean:
    """The scanner knows nothing bad of it."""


@dataclass(frozen=True)
class Found:
    """What the scanner calls what it found."""

    name: str


@dataclass(frozen=True)
class Unavailable:
    """No answer that says anything: `why` is `unreachable`, `slow`, `too_large` for the scanner, or `failed`."""

    why: Literal["unreachable", "slow", "too_large", "failed"]


Verdict = Clean | Found | Unavailable


class Scanner:
    """At `unix:///path` or `tcp://host:port`. `connecting` and `whole` are seconds: until it is reached, and until it has answered."""

    def __init__(self, address: str, connecting: float = 3.0, whole: float = 60.0) -> None:
        parts = urlsplit(address)
        if parts.scheme == "unix" and parts.path:
            self._path, self._host, self._port = parts.path, "", 0
        elif parts.scheme == "tcp" and parts.hostname and parts.port:
            self._path, self._host, self._port = "", parts.hostname, parts.port
        else:
            raise ValueError("A scanner's address is unix:///path or tcp://host:port.")
        self._connecting, self._whole = connecting, whole

    async def scan(self, content: Iterable[bytes]) -> Verdict:
        """What the scanner says about a file, given in pieces."""
        try:
            async with asyncio.timeout(self._connecting):
                reader, writer = await self._connected()
        except (OSError, TimeoutError):
            return Unavailable("unreachable")
        try:
            async with asyncio.timeout(self._whole):
                return _verdict(await _asked(reader, writer, content))
        except TimeoutError:
            return Unavailable("slow")
        except (OSError, ValueError):
            return Unavailable("failed")
        finally:
            writer.close()
            with suppress(OSError, TimeoutError):
                async with asyncio.timeout(1):
                    await writer.wait_closed()

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._path:
            return await asyncio.open_unix_connection(self._path, limit=_MOST_OF_AN_ANSWER)
        return await asyncio.open_connection(self._host, self._port, limit=_MOST_OF_AN_ANSWER)


async def _asked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, content: Iterable[bytes]) -> str:
    """The scanner's line. One that has heard enough answers before the end, and closes."""
    with suppress(ConnectionError):
        writer.write(b"zINSTREAM\0")
        for piece in content:
            for start in range(0, len(piece), _AT_ONCE):
                part = piece[start : start + _AT_ONCE]
                writer.write(pack("!L", len(part)) + part)
                await writer.drain()
        writer.write(pack("!L", 0))
        await writer.drain()
    answer = b""
    with suppress(ConnectionError):
        while len(answer) < _MOST_OF_AN_ANSWER and not answer.endswith(b"\0"):
            piece = await reader.read(_MOST_OF_AN_ANSWER)
            if not piece:
                break
            answer += piece
    return answer.rstrip(b"\0\n").decode("utf-8", "replace")


def _verdict(answer: str) -> Verdict:
    if answer == "stream: OK":
        return Clean()
    found = _FOUND.fullmatch(answer)
    if found:
        return Found(cleaning.line(found[1], 100))
    return Unavailable("too_large" if "size limit exceeded" in answer else "failed")
