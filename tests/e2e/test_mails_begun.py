"""R35: an agent writes an e-mail about a chat whose visitor is gone, or about an item that is closed; the reply comes back to the same conversation."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import pytest_asyncio
from parley_ops.demo_mail import DemoMail
from protocol import Agent, RefusedByServer, Visitor, call
from running import Demo

from .test_mail_conversations import CUSTOMER, SUPPORT, demo, follow, mail, next_item, post, received, said, send

__all__ = ["demo", "post"]

MORE = "I have found your order: it left today."


@pytest_asyncio.fixture
async def anna(demo: Demo, post: DemoMail) -> Any:
    await follow(demo, post, queue="support")
    made = await Agent.log_in(demo.url, "anna")
    await made.ask("ready")
    yield made
    await made.close()


async def a_chat_whose_visitor_is_gone(demo: Demo, anna: Agent) -> str:
    async with Visitor(demo.url) as visitor:
        chat = (await visitor.start(text="Where is my order?", name="Lena", language="en"))["chat"]
        await anna.owns(chat)
        await anna.ask("message", item=chat, text="I will have a look.")
        await visitor.ask("end")
    await anna.owns(chat, stage="wrap_up")
    return str(chat)


async def test_R3_R24_R35_a_chat_goes_on_by_e_mail_and_the_reply_comes_back(
    demo: Demo, post: DemoMail, anna: Agent
) -> None:
    # given a chat whose visitor is gone, of whom the agent knows an address
    chat = await a_chat_whose_visitor_is_gone(demo, anna)
    told = await call(demo.url, "POST", "/v1/contacts", anna.token, json={"name": "Lena Lind", "emails": [CUSTOMER]})
    await anna.ask("identify", item=chat, contact=told["contact"])

    # when the agent writes an e-mail about it
    begun = (await anna.ask("compose", item=chat, subject="Your chat with us"))["item"]
    begun = begun["item"] if isinstance(begun, dict) else begun
    shown = await anna.owns(begun, activity="active")
    assert (shown["kind"], shown["conversation"], shown["contact"]) == ("email", chat, told["contact"])
    assert shown["name"] == f"Lena Lind <{CUSTOMER}>"
    await anna.ask("reply", item=begun, text=MORE, subject="Your chat with us")

    # then the customer has it, and what they write back stands there, below the chat
    (got,) = await received(post, 1)
    assert (got.author.address, got.subject, got.text.strip()) == (SUPPORT, "Your chat with us", MORE)
    await send(post, mail("Great!", "Re: Your chat with us", In_Reply_To=got.message_id))
    await anna.owns(begun, unread=1)
    assert await said(anna, begun) == [
        ("visitor", "Where is my order?"),
        ("agent", "I will have a look."),
        ("agent", MORE),
        ("visitor", "Great!"),
    ]

    # and once it is closed, the next mail is a new piece of work of the same conversation
    await anna.ask("complete", item=chat)
    await anna.ask("end", item=begun)
    await anna.ask("complete", item=begun)
    await asyncio.to_thread(demo.kill)
    await asyncio.to_thread(demo.start)
    await anna.close()
    again = await Agent.log_in(demo.url, "anna")
    await send(post, mail("It has not come.", "Re: Your chat with us", In_Reply_To=got.message_id))
    item = await next_item(again, {begun, chat})
    assert [text for _, text in await said(again, item)] == [
        "Where is my order?",
        "I will have a look.",
        MORE,
        "Great!",
        "It has not come.",
    ]
    await again.close()


async def test_R30_R35_an_e_mail_is_begun_once_about_what_its_agent_may_read(
    demo: Demo, post: DemoMail, anna: Agent
) -> None:
    chat = await a_chat_whose_visitor_is_gone(demo, anna)
    first = await anna.ask("compose", item=chat, to=CUSTOMER, id="once")
    assert await anna.ask("compose", item=chat, to=CUSTOMER, id="once") == first
    with pytest.raises(RefusedByServer) as refused:
        await anna.ask("compose", item=chat, to="other@example.net", id="once")
    assert refused.value.code == "conflict"
    assert sum(item["kind"] == "email" for item in anna.inbox.values()) == 1
    for wrong in ({"item": "nothing"}, {"item": chat, "to": "nobody"}):
        with pytest.raises(RefusedByServer) as refused:
            await anna.ask("compose", **wrong)
        assert refused.value.code in ("not_found", "bad_request")

    # ben serves another queue, and has never had it
    ada = (await call(demo.url, "POST", "/v1/login", json={"tenant": "demo", "user": "ada", "password": "demo"}))[
        "token"
    ]
    queue = await call(demo.url, "GET", "/v1/admin/queues/support", ada)
    await call(demo.url, "PUT", "/v1/admin/queues/support", ada, json={**queue, "agents": ["anna"]})
    ben = await Agent.log_in(demo.url, "ben")
    with pytest.raises(RefusedByServer) as refused:
        await ben.ask("compose", item=chat)
    assert refused.value.code in ("forbidden", "not_yours")
    await ben.close()
