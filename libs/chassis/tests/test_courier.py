"""R32: a message that the broker will never take is put aside with its reason, and the line goes on."""

from __future__ import annotations

import asyncio
from unittest.mock import patch

import pytest
from parley_chassis.bus import Inbox
from parley_chassis.bus import memory as memory_bus
from parley_chassis.bus.memory import MemoryBroker, MemoryBus
from parley_chassis.courier import Courier
from parley_chassis.tasks import Tasks


class Line:
    """A courier to one inbox, and what became of what was sent."""

    def __init__(self) -> None:
        self.broker, self.tasks = MemoryBroker(), Tasks()
        self.bus = MemoryBus(self.broker)
        self.aside: list[tuple[str, bytes]] = []
        self.courier = Courier(self.bus, self.tasks, put_aside=self._put_aside)

    async def _put_aside(self, inbox: str, encoded: bytes, reason: str) -> None:
        assert reason
        self.aside.append((inbox, encoded))

    async def has_sent(self, *messages: bytes) -> bytes:
        await self.bus.start()
        await self.bus.declare(Inbox("there"))
        async with asyncio.timeout(5):
            await self.courier.deliver([("there", message) for message in messages])
        await self.tasks.stop()
        return b"".join(message.body for message in self.broker.queues["there"].waiting)


@pytest.mark.parametrize("where", [0, 1, 3])
async def test_R32_what_is_too_large_for_the_broker_holds_nothing_up(where: int) -> None:
    small = [b'"a"', b'"b"', b'"c"']
    large = b'"' + b"x" * 2_000 + b'"'
    line = Line()
    with patch.object(memory_bus, "MOST_BYTES", 1_000):
        arrived = await line.has_sent(*small[:where], large, *small[where:])
    assert arrived == b'["a"]["b"]["c"]'
    assert line.aside == [("there", large)]
    assert line.courier.waiting == 0


async def test_R32_many_that_are_too_large_together_go_one_by_one() -> None:
    line = Line()
    with patch.object(memory_bus, "MOST_BYTES", 10):
        arrived = await line.has_sent(*[b'"abcdef"'] * 3)
    assert arrived == b'["abcdef"]' * 3
    assert line.aside == []
