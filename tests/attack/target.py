"""What is attacked, and how it is watched: the demonstration in one process, so that its memory is the product's."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from letterbox import Mailbox
from protocol import Visitor, call, log_in
from running import Demo

MIB = 1024 * 1024
Figures = dict[str, float]


class Bystander(Visitor):
    """Comes through a proxy, from an address that nothing bad comes from."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._headers = {"X-Forwarded-For": "203.0.113.9"}


@dataclass
class Target:
    """A running product, and who takes its letters."""

    demo: Demo
    mailbox: Mailbox | None = None

    @property
    def url(self) -> str:
        return self.demo.url

    @property
    def port(self) -> int:
        return self.demo.port

    def memory(self) -> float:
        """What the process has in memory, in MiB."""
        status = Path(f"/proc/{self.demo.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024

    @asynccontextmanager
    async def peak(self, figures: Figures) -> AsyncIterator[None]:
        """`grown_mib`: by how much its memory is larger at most than before, until the end of the block."""
        before = top = self.memory()

        async def watch() -> None:
            nonlocal top
            while True:
                top = max(top, self.memory())
                await asyncio.sleep(0.05)

        watching = asyncio.create_task(watch())
        try:
            yield
        finally:
            watching.cancel()
            figures["grown_mib"] = round(max(top, self.memory()) - before, 1)

    async def bystander_ms(self) -> float:
        """How long somebody at another address, who has nothing to do with it, waits for a message's ack."""
        async with Bystander(self.url) as visitor:
            await visitor.start(token="demo-sales")
            began = time.monotonic()
            await visitor.say("is anybody there?")
            took = (time.monotonic() - began) * 1000
            await visitor.ask("end")
            return round(took, 1)

    async def admin(self, method: str, path: str, **options: Any) -> Any:
        """What an administrator asks."""
        token = (await log_in(self.url, "ada"))["token"]
        return await call(self.url, method, f"/v1/admin/{path}", token, **options)
