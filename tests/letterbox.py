"""A mail server within the test's own process: it takes every letter and keeps it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from typing import Any

from aiosmtpd.smtp import SMTP


class Mailbox:
    """Letters as they came; `url` is for PARLEY_SMTP_URL."""

    def __init__(self) -> None:
        self.letters: list[Any] = []
        self.url = ""

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:
        self.letters.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"

    def to(self, address: str) -> list[str]:
        """What was sent there, as text."""
        return [letter.get_body(("plain",)).get_content() for letter in self.letters if letter["To"] == address]

    @classmethod
    @asynccontextmanager
    async def open(cls) -> AsyncIterator[Mailbox]:
        """One that listens until the end of the block."""
        box, loop = cls(), asyncio.get_running_loop()
        server = await loop.create_server(lambda: SMTP(box, hostname="mail.example", loop=loop), "127.0.0.1", 0)
        box.url = f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield box
        server.close()
