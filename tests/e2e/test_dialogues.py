"""Real dialogues, 200 at once (80 in the short form), through the sockets: the CRM holds each one as it was spoken, with its times."""

from __future__ import annotations

import asyncio
import os
from typing import Any

import pytest
import pytest_asyncio
from parley_contracts.instant import from_rfc3339
from protocol import Agent, Visitor, call, interaction, log_in
from raw_events import of_chat, raw_log, timers

from .conftest import Dialogue, Product

TRIES = int(os.environ.get("PARLEY_TRIES", "200"))
HOW_MANY = 200 if TRIES > 200 else 80 if TRIES > 40 else 40


async def speak(product: Product, agents: dict[str, Agent], dialogue: Dialogue, park: bool) -> tuple[Visitor, str]:
    """One dialogue from the button to the completed wrap-up; who speaks next waits until the last has been heard."""
    visitor = await Visitor(product.url).connect()
    await visitor.start(text=dialogue[0][1])
    joined = await visitor.frame("event", kind="joined")
    agent = next(
        agent for agent in agents.values() if agent.view is not None and agent.view["agent"]["name"] == joined["name"]
    )
    item = visitor.chat
    await agent.owns(item)
    for number, (who, text) in enumerate(dialogue[1:], 1):
        if park and number == len(dialogue) // 2:
            await agent.ask("park", item=item)
            await visitor.frame("event", kind="paused")
            await agent.ask("resume", item=item)
        if who == "visitor":
            ack = await visitor.say(text)
            await agent.until(lambda: any(entry["seq"] >= ack["seq"] for entry in agent.chat(item)))  # noqa: B023
        else:
            ack = await agent.ask("message", item=item, text=text)
            await visitor.until(lambda: any(event["seq"] >= ack["seq"] for event in visitor.events))  # noqa: B023
    await agent.ask("end", item=item)
    await agent.ask("classify", item=item, code="question")
    await agent.ask("complete", item=item)
    await visitor.frame("event", kind="ended")
    await visitor.close()
    return visitor, agent.view["agent"]["id"] if agent.view else ""


def seen_handle_ms(visitor: Visitor) -> int:
    """The handle time that the visitor's own events tell."""
    spent, since = 0, None
    for event in visitor.events:
        at = from_rfc3339(event["at"])
        if event["kind"] in ("joined", "resumed"):
            since = at
        elif event["kind"] in ("paused", "ended") and since is not None:
            spent, since = spent + at - since, None
    return spent


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def spoken(product: Product, dialogues: list[Dialogue]) -> list[tuple[Dialogue, Visitor, dict[str, Any]]]:
    """200 dialogues spoken at once, with what the CRM says of each."""
    admin = (await log_in(product.url, "ada"))["token"]
    settings = await call(product.url, "GET", "/v1/admin/queues/support", admin)
    await call(product.url, "PUT", "/v1/admin/queues/support", admin, json={**settings, "chats_per_agent": 200})
    agents = {name: await Agent.log_in(product.url, name) for name in ("anna", "ben")}
    for agent in agents.values():
        await agent.ask("ready")
    chosen = dialogues[:HOW_MANY]
    done = await asyncio.gather(
        *(speak(product, agents, dialogue, park=number % 4 == 0) for number, dialogue in enumerate(chosen))
    )
    token = (await log_in(product.url, "anna"))["token"]
    found = []
    for dialogue, (visitor, _) in zip(chosen, done, strict=True):
        found.append((dialogue, visitor, await interaction(product.url, visitor.chat, token)))
    for agent in agents.values():
        await agent.ask("logout")
    return found


pytestmark = [pytest.mark.stores, pytest.mark.asyncio(loop_scope="module")]


async def test_R25_every_transcript_in_the_crm_is_its_dialogue_in_order(spoken: Any) -> None:
    assert len(spoken) == HOW_MANY
    for dialogue, _, record in spoken:
        assert [(line["from"], line["text"]) for line in record["transcript"]] == dialogue
        assert record["outcome"] == "handled"
        assert record["classification"] == {"code": "question"}


async def test_R25_both_sides_saw_the_dialogue_once_and_in_order(spoken: Any) -> None:
    for dialogue, visitor, _ in spoken:
        assert visitor.said() == dialogue
        assert [event["seq"] for event in visitor.events] == list(range(1, len(visitor.events) + 1))


async def test_R17_the_times_are_the_sums_of_the_intervals_between_the_raw_events(
    product: Product, spoken: Any
) -> None:
    log = raw_log(product.store_url, "session")
    for _, visitor, record in spoken:
        recomputed = timers(of_chat(log, visitor.chat))
        assert {name: record[name] for name in recomputed} == recomputed
        assert record["handle_ms"] > 0


async def test_R17_the_times_agree_with_what_the_visitor_saw(spoken: Any) -> None:
    for _, visitor, record in spoken:
        joined = next(event for event in visitor.events if event["kind"] == "joined")
        assert record["wait_ms"] == from_rfc3339(joined["at"]) - from_rfc3339(record["started_at"])
        assert record["handle_ms"] == seen_handle_ms(visitor)
