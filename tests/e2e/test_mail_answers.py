"""R35: a message that was left is answered from the desk, and the customer's mailbox has it, once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
from letterbox import Mailbox
from protocol import Agent, RefusedByServer, call
from running import Demo

CUSTOMER = "jonas.becker@example.net"


@pytest_asyncio.fixture
async def box() -> AsyncIterator[Mailbox]:
    async with Mailbox.open() as made:
        yield made


@pytest_asyncio.fixture
async def demo(box: Mailbox, demo_process: Any, request: Any) -> AsyncIterator[Demo]:
    undo_s = getattr(request, "param", "0")
    mail = {"PARLEY_SMTP_URL": box.url, "PARLEY_MAIL_FROM": "post@firm.example", "PARLEY_UNDO_S": undo_s}
    made = demo_process(mail, start=False)
    await asyncio.to_thread(made.start)
    yield made
    await asyncio.to_thread(made.stop)


async def leave(url: str, text: str) -> str:
    async with httpx.AsyncClient(base_url=url, trust_env=False) as page:
        left = {"id": uuid4().hex, "name": "Jonas Becker", "email": CUSTOMER, "text": text}
        return str((await page.post("/v1/services/demo-sales/messages", json=left)).json()["item"])


def answers(box: Mailbox) -> list[str]:
    """What agents have written to the customer, without the receipt for what they left."""
    return [text.strip() for text in box.to(CUSTOMER) if "Its number is" not in text]


async def refusal(agent: Agent, kind: str, **fields: Any) -> str:
    try:
        await agent.ask(kind, **fields)
    except RefusedByServer as refused:
        return str(refused.code)
    return ""


@pytest.mark.parametrize("demo", ["3"], indirect=True)
async def test_R8_R30_R35_an_answer_is_sent_once_and_stands_in_the_record(demo: Demo, box: Mailbox) -> None:
    item = await leave(demo.url, "My cup arrived broken.")
    anna = await Agent.log_in(demo.url, "anna")
    await anna.until(lambda: item in anna.waiting)
    assert await refusal(anna, "reply", item=item, text="too early") == "not_yours"
    await anna.ask("pick", item=item)
    await anna.owns(item)
    async with asyncio.timeout(60):
        while not box.letters:  # the receipt: nothing is under way when all processes die
            await asyncio.sleep(0.1)
    first = await anna.ask("reply", id="an-answer", item=item, text="A new one is on its way.")
    assert (first["item"], first["seq"]) == (item, 2)
    assert await anna.ask("reply", id="an-answer", item=item, text="A new one is on its way.") == first
    assert await refusal(anna, "reply", id="an-answer", item=item, text="another") == "conflict"
    assert await refusal(anna, "reply", item=item, text="x" * 4001) in ("too_long", "bad_request")
    assert await refusal(anna, "reply", item=item, text="x", to="nobody") == "bad_request"
    await anna.ask("park", item=item)
    assert await refusal(anna, "reply", item=item, text="parked") == "wrong_state"
    await anna.ask("resume", item=item)

    # after a crash of everything, while it can still be withdrawn, it is neither lost nor doubled
    await asyncio.to_thread(demo.kill)
    await asyncio.to_thread(demo.start)
    await anna.close()
    anna = await Agent.log_in(demo.url, "anna")
    await anna.owns(item)
    async with asyncio.timeout(60):  # what the process that died had taken waits until it is another's
        while len(box.letters) < 2:
            await asyncio.sleep(0.1)
    await anna.ask("end", item=item)
    await anna.ask("complete", item=item)
    await asyncio.sleep(1)
    assert answers(box) == ["A new one is on its way."]
    (receipt,) = (each for each in box.letters if "Its number is" in each.get_body(("plain",)).get_content())
    assert item in receipt["Subject"]
    (letter,) = (each for each in box.letters if each is not receipt)
    assert letter["Subject"] == "Re: My cup arrived broken."
    async with asyncio.timeout(20):  # the mail server has it before the outbox says so
        while (record := await call(demo.url, "GET", f"/v1/interactions/{item}", anna.token))["answers"][0][
            "state"
        ] != "sent":
            await asyncio.sleep(0.1)
    assert [(line["from"], line["text"]) for line in record["transcript"]] == [
        ("visitor", "My cup arrived broken."),
        ("agent", "A new one is on its way."),
    ]
    assert [each["state"] for each in record["answers"]] == ["sent"]
    await anna.close()


async def begun(url: str, item: str, token: str) -> str | None:
    draft = (await call(url, "GET", f"/v1/interactions/{item}", token)).get("draft")
    return None if draft is None else str(draft["text"])


@pytest.mark.parametrize("demo", ["8"], indirect=True)
async def test_R30_R35_an_answer_is_sent_or_withdrawn_and_never_both_whatever_crashes(demo: Demo, box: Mailbox) -> None:
    item = await leave(demo.url, "My cup arrived broken.")
    anna = await Agent.log_in(demo.url, "anna")
    await anna.until(lambda: item in anna.waiting)
    await anna.ask("pick", item=item)
    await anna.owns(item)
    assert await refusal(anna, "undo", item=item, seq=2) == "not_found"
    first = await anna.ask("reply", item=item, text="A new one is lost.")
    ben = await Agent.log_in(demo.url, "ben")
    assert await refusal(ben, "undo", item=item, seq=first["seq"]) == "not_yours"
    told = await anna.ask("undo", id="an-undo", item=item, seq=first["seq"])
    assert (told["seq"], told["text"]) == (first["seq"], "A new one is lost.")
    await asyncio.to_thread(demo.kill)
    await asyncio.to_thread(demo.start)
    await anna.close()
    anna = await Agent.log_in(demo.url, "anna")
    await anna.owns(item)
    assert await begun(demo.url, item, anna.token) == "A new one is lost."
    assert await refusal(anna, "undo", item=item, seq=first["seq"]) == "wrong_state"

    second = await anna.ask("reply", item=item, text="A new one is on its way.")
    await asyncio.to_thread(demo.kill)
    await asyncio.to_thread(demo.start)
    await anna.close()
    anna = await Agent.log_in(demo.url, "anna")
    await anna.owns(item)
    async with asyncio.timeout(60):
        while not answers(box):
            await asyncio.sleep(0.1)
    assert await refusal(anna, "undo", item=item, seq=second["seq"]) == "wrong_state"
    assert await begun(demo.url, item, anna.token) is None
    record = await call(demo.url, "GET", f"/v1/interactions/{item}", anna.token)
    assert [line["text"] for line in record["transcript"]] == ["My cup arrived broken.", "A new one is on its way."]
    assert answers(box) == ["A new one is on its way."]
    await anna.close()
    await ben.close()
