"""Cause stays before effect: whoever was acknowledged finds it so, at once and everywhere."""

from __future__ import annotations

import asyncio
import os

import pytest
from protocol import Agent, RefusedByServer, Visitor, call, log_in

from .conftest import Product

TRIES = min(1_000, int(os.environ.get("PARLEY_TRIES", "500")))
ON_SQLITE = 500
AT_ONCE = 16


@pytest.mark.stores
async def test_R6_an_agent_whose_pick_was_acknowledged_can_write_at_once(product: Product) -> None:
    admin = (await log_in(product.url, "ada"))["token"]
    settings = await call(product.url, "GET", "/v1/admin/queues/sales", admin)
    settings |= {"chats_per_agent": AT_ONCE * 2, "wrap_up": {"on": False}, "agents": ["anna", "ben"]}
    await call(product.url, "PUT", "/v1/admin/queues/sales", admin, json=settings)
    agents = [await Agent.log_in(product.url, name) for name in ("anna", "ben")]
    refused: list[str] = []
    tries = iter(range(TRIES if product.broker_url else min(TRIES, ON_SQLITE)))

    async def keep_trying(agent: Agent) -> None:
        for _ in tries:
            async with Visitor(product.url) as visitor:
                await visitor.start(token="demo-sales")
                try:
                    await agent.ask("pick", item=visitor.chat)
                    await agent.ask("message", item=visitor.chat, text="here I am")
                except RefusedByServer as refusal:
                    refused.append(str(refusal))
                await visitor.ask("end")
            agent.frames.clear()

    await asyncio.gather(*(keep_trying(agents[number % 2]) for number in range(AT_ONCE)))
    for agent in agents:
        await agent.ask("logout")
    assert next(tries, None) is None
    assert refused == []
