"""R8, R1: where no chat can start, the widget takes a message."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
import pytest_asyncio
from e2e.people import at_desk
from parley_gateway.tenants.licences import demo_licence
from playwright.async_api import Browser, expect

from .people import Visitor

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.parametrize("parley_url", ["sqlite"], indirect=True, scope="module"),
]


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(browser: Browser, parley_url: str) -> AsyncIterator[Visitor]:
    visitor = await Visitor.arrives(browser, parley_url, [])
    yield visitor
    await visitor.leaves()


@pytest.fixture
def ada(parley_url: str) -> Iterator[httpx.Client]:
    """An administrator's hand."""
    with httpx.Client(base_url=parley_url, trust_env=False) as ada:
        ada.headers["Authorization"] = f"Bearer {token(ada, 'ada')}"
        yield ada


def token(client: httpx.Client, user: str) -> str:
    login = {"tenant": "demo", "user": user, "password": "demo"}
    return str(client.post("/v1/login", json=login).json()["token"])


@contextmanager
def changed(ada: httpx.Client, path: str, **fields: Any) -> Iterator[None]:
    before = ada.get(f"/v1/admin/{path}").json()
    assert ada.put(f"/v1/admin/{path}", json={**before, **fields}).status_code == 200
    yield
    assert ada.put(f"/v1/admin/{path}", json=before).status_code == 200


async def fills_in(visitor: Visitor, text: str | None = "Where is my order?") -> None:
    await visitor.page.locator("#name").fill("A Visitor")
    await visitor.page.locator("#email").fill("visitor@example.org")
    if text is not None:
        await visitor.page.locator("#input").fill(text)


@pytest.mark.slow
async def test_R8_when_it_is_closed_the_widget_takes_a_message(visitor: Visitor, ada: httpx.Client) -> None:
    with changed(ada, "services/demo", hours={"week": {}}):
        sent: list[Any] = []
        visitor.page.on("response", lambda answer: sent.append(answer) if "/messages" in answer.url else None)
        await visitor.enters()
        await visitor.opens_chat()
        await expect(visitor.page.locator(".notice")).to_have_text(
            "The chat is closed at the moment. Leave us a message:"
        )
        await expect(visitor.page.locator("#again")).to_have_text("Try again")

        # without a proper address nothing is sent; Enter makes a new line, as in a letter
        await fills_in(visitor)
        await visitor.page.locator("#email").fill("nobody")
        await visitor.page.locator("#send").click()
        await visitor.page.locator("#input").press("Enter")
        assert sent == []

        await fills_in(visitor)
        await visitor.page.locator("#send").click()
        # what was written stays in sight, with its number, and nothing looks as if a chat could begin
        await expect(visitor.page.locator(".message.visitor").last).to_have_text("Where is my order?")
        await expect(visitor.page.locator("#input")).to_be_hidden()
        await expect(visitor.page.locator("#again")).to_have_text("Leave us a message:")
        assert [answer.status for answer in sent] == [201]
        item = (await sent[0].json())["item"]
        assert re.fullmatch("[a-z2-7]{4}-[a-z2-7]{4}-[a-z2-7]{4}", item)
        told = f"Thank you! We will reply by e-mail. Your number: {item}"
        await expect(visitor.page.locator(".notice").last).to_have_text(told)
    shown = ada.get(f"/v1/items/{item}").json()
    assert (shown["kind"], shown["name"], shown["text"]) == (
        "email",
        "A Visitor <visitor@example.org>",
        "Where is my order?",
    )
    end(ada, item)

    # and when it is open again, a chat starts from the same panel
    await visitor.page.locator("#again").click()
    await expect(visitor.page.locator("#email")).to_be_hidden()
    await visitor.says("hello")
    await visitor.sees(["hello"])
    await visitor.ends()
    await visitor.is_told("You ended the chat")
    assert visitor.wrong == []


@pytest.mark.slow
async def test_R8_who_is_refused_with_words_in_hand_sends_them_as_a_message(
    visitor: Visitor, ada: httpx.Client
) -> None:
    await visitor.enters()
    await visitor.opens_chat()
    await expect(visitor.page.locator(".message")).to_be_visible()
    with changed(ada, "queues/support", max_length=0):
        await visitor.says("all of this, written already")
        await expect(visitor.page.locator(".notice")).to_contain_text("Too many people are waiting")
        await expect(visitor.page.locator("#input")).to_have_value("all of this, written already")
        await fills_in(visitor, None)

        # what does not arrive stays in the box, and is one message when it is sent again
        await visitor.page.route("**/messages", lambda route: route.abort())
        await visitor.page.locator("#send").click()
        await expect(visitor.page.locator(".notice").last).to_have_text("Not sent. Try again.")
        await expect(visitor.page.locator("#input")).to_have_value("all of this, written already")
        await visitor.page.unroute("**/messages")
        async with visitor.page.expect_response("**/messages") as answer:
            await visitor.page.locator("#send").click()
        assert (await answer.value).status == 201
        end(ada, (await (await answer.value).json())["item"])
        await expect(visitor.page.locator(".notice").last).to_contain_text("Thank you")


async def test_R1_without_a_licence_the_widget_is_unavailable_and_takes_a_message(
    visitor: Visitor, ada: httpx.Client
) -> None:
    ada.put("/v1/admin/licence", json={"licence": None})
    try:
        await visitor.enters()
        await visitor.opens_chat()
        await expect(visitor.page.locator(".notice")).to_have_text(
            "The chat is not available at the moment. Leave us a message:"
        )
        await expect(visitor.page.locator("#email")).to_be_visible()
    finally:
        assert ada.put("/v1/admin/licence", json={"licence": demo_licence()}).status_code == 200
    await visitor.page.locator("#again").click()
    await expect(visitor.page.locator("#email")).to_be_hidden()
    await expect(visitor.page.locator("#input")).to_be_focused()


def end(ada: httpx.Client, item: str) -> None:
    """The telephone system takes it out of the queue."""
    bearer = {"Authorization": f"Bearer {token(ada, 'pbx')}"}
    assert ada.post(f"/v1/items/{item}/ended", headers=bearer).status_code == 200


async def test_R8_who_waits_where_nobody_is_there_is_told_and_may_leave_a_message(
    visitor: Visitor, ada: httpx.Client
) -> None:
    await visitor.enters()
    await visitor.opens_chat()
    await visitor.says("is anybody there?")
    await expect(visitor.page.locator("#status")).to_contain_text(
        "Nobody is in the chat at the moment.", timeout=10_000
    )
    await expect(visitor.page.locator("#again")).to_have_text("Leave us a message:")
    await expect(visitor.page.locator("#input")).to_be_visible()

    # They wait on until somebody comes …
    async with at_desk(str(ada.base_url), "ben"):
        await expect(visitor.page.locator("#status")).to_contain_text("Number 1 in the queue")
        await expect(visitor.page.locator("#again")).to_be_hidden()

    # … or leave a message instead, and wait no more.
    await expect(visitor.page.locator("#again")).to_be_visible()
    await visitor.page.locator("#again").click()
    await expect(visitor.page.locator(".notice").last).to_contain_text("Nobody is in the chat")
    await fills_in(visitor)
    async with visitor.page.expect_response("**/messages") as answer:
        await visitor.page.locator("#send").click()
    assert (await answer.value).status == 201
    end(ada, (await (await answer.value).json())["item"])
    await expect(visitor.page.locator(".notice").last).to_contain_text("Thank you")
    assert visitor.wrong == []
