"""R8: whoever leaves a message gets a receipt with its number, once; what they answer to it goes on with their message."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from parley_mail.marks import opens_work
from parley_mail.reading import read
from parley_mail.values import ReadMail
from parley_ops.demo_mail import DemoMail
from protocol import Agent, call
from running import Demo

from .test_mail_conversations import CUSTOMER, SUPPORT, demo, follow, mail, post, received, said, send

__all__ = ["demo", "post"]

ASKED = "Where is my order? Card 4111 1111 1111 1111."


async def leave(demo: Demo, **fields: Any) -> str:
    body = {"id": uuid4().hex, "text": ASKED, "email": CUSTOMER, "name": "Lena Lind", "language": "de", **fields}
    return str((await call(demo.url, "POST", "/v1/services/demo/messages", json=body))["item"])


async def of(post: DemoMail, address: str) -> list[ReadMail]:
    return [read(post.mails.content(address, each.uid)) for each in post.mails.mails(address)]


@pytest.mark.parametrize("language", ["de", "en"])
async def test_R8_R30_a_left_message_has_one_receipt_and_an_answer_to_it_is_part_of_it(
    demo: Demo, post: DemoMail, language: str
) -> None:
    await follow(demo, post, queue="support")
    same = uuid4().hex
    item = await leave(demo, id=same, language=language)
    assert await leave(demo, id=same, language=language) == item
    (receipt,) = await received(post, 1)

    # it names the number, and has not a word of what anybody could have written in another's name
    assert item in receipt.subject
    assert item in receipt.text
    assert ("Ihre Nachricht" in receipt.subject) == (language == "de")
    assert "order" not in receipt.text
    assert "Lena" not in receipt.text + receipt.subject
    assert receipt.author.address == SUPPORT
    assert not opens_work(receipt.marks), "a machine that gets it does not answer"

    # what they answer to it, no machine's receipt again, stands with the message
    anna = await Agent.log_in(demo.url, "anna")
    await anna.until(lambda: item in anna.waiting)
    await send(post, mail("It is the blue one.", f"Re: {receipt.subject}", In_Reply_To=receipt.message_id))
    await anna.ask("pick", item=item)
    await anna.owns(item, unread=1)
    assert await said(anna, item) == [("visitor", ASKED), ("visitor", "It is the blue one.")]
    await asyncio.to_thread(demo.kill)
    await asyncio.to_thread(demo.start)
    await anna.close()
    anna = await Agent.log_in(demo.url, "anna")
    await anna.ask("reply", item=item, text="It left today.")
    assert [each.text.strip() for each in (await received(post, 2))[1:]] == ["It left today."]
    await anna.close()


async def test_R8_R32_nobody_is_flooded_with_receipts(demo: Demo, post: DemoMail) -> None:
    await follow(demo, post, queue="support")
    items = [await leave(demo, email="flooded@example.net") for _ in range(8)]
    other = await leave(demo, email="other@example.net")
    async with asyncio.timeout(30):
        while not await of(post, "other@example.net"):
            await asyncio.sleep(0.1)
    (receipt,) = await of(post, "other@example.net")
    assert other in receipt.subject
    assert len(await of(post, "flooded@example.net")) == 5, "as many letters as anybody gets within an hour"
    anna = await Agent.log_in(demo.url, "anna")
    await anna.until(lambda: set(items) <= set(anna.waiting))
    await anna.close()
