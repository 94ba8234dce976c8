"""How large a request's body may be, and how long it may take: known before any of it is read."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from parley_contracts.refusal import Refused

from ..contacts.file_text import MOST_BYTES as MOST_OF_A_FILE
from ..contacts.mail_files import MOST_OF_A_MAIL, MOST_OF_AN_ATTACHMENT
from .wellformed import check_json

Event = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Event]]

USUAL_BYTES = 64 * 1024
USUAL_WITHIN_S = 20.0
LARGE: Mapping[tuple[str, str], int] = {
    ("POST", "/v1/contacts/import"): MOST_OF_A_FILE,
    ("POST", "/v1/contacts/import/preview"): MOST_OF_A_FILE,
    ("POST", "/v1/mails"): MOST_OF_A_MAIL,
    ("POST", "/v1/attachments"): MOST_OF_AN_ATTACHMENT,
}
"""What may be larger, and is read as it comes."""
LARGE_WITHIN_S = 600.0
"""A large one comes over a slow line, too."""


class TooSlow(Exception):
    """The body did not come in time."""


def announced(headers: list[tuple[bytes, bytes]]) -> int | None:
    """How many bytes a body is said to have; 0 where there is none, None where that is not said. Raises Refused."""
    length = next((value for name, value in headers if name == b"content-length"), None)
    if length is not None:
        if not length.isdigit():
            raise Refused("bad_request", "Content-Length: send a number.")
        return int(length[:20])
    return None if any(name == b"transfer-encoding" for name, _ in headers) else 0


def too_long(most: int) -> Refused:
    """What is said to who sends more."""
    if most > USUAL_BYTES:
        return Refused("too_long", f"A file has at most {most // 1024 // 1024} MiB: take it in in parts.")
    return Refused("too_long", f"A body has at most {most // 1024} KiB here.")


async def limited(method: str, path: str, headers: list[tuple[bytes, bytes]], receive: Receive) -> Receive:
    """What the application reads the body with. A usual one is here already, as a whole. Raises Refused `too_long`, TooSlow."""
    most = LARGE.get((method, path), USUAL_BYTES)
    length = announced(headers)
    if length == 0:
        return receive
    if length is not None and length > most:
        raise too_long(most)
    if (method, path) in LARGE:
        return _counting(receive, most)
    try:
        async with asyncio.timeout(USUAL_WITHIN_S):
            return await _whole(receive, most)
    except TimeoutError:
        raise TooSlow from None


async def _whole(receive: Receive, most: int) -> Receive:
    body = bytearray()
    more = True
    while more:
        event = await receive()
        if event["type"] != "http.request":  # the client is gone
            return _again(event, receive)
        body += event.get("body", b"")
        more = event.get("more_body", False)
        if len(body) > most:
            raise too_long(most)
    whole = bytes(body)
    check_json(whole)
    return _again({"type": "http.request", "body": whole, "more_body": False}, receive)


def _again(first: Event, receive: Receive) -> Receive:
    waiting = [first]

    async def replayed() -> Event:
        return waiting.pop() if waiting else await receive()

    return replayed


def _counting(receive: Receive, most: int) -> Receive:
    read = 0
    ends = asyncio.get_running_loop().time() + LARGE_WITHIN_S

    async def counted() -> Event:
        nonlocal read
        try:
            async with asyncio.timeout_at(ends):
                event = await receive()
        except TimeoutError:
            raise Refused("bad_request", "The file did not come in time: send it over a faster line.") from None
        read += len(event.get("body", b""))
        if read > most:
            raise too_long(most)
        return event

    return counted
