"""R3, R8, R35: from the message that a visitor leaves to the customer's reply, as everybody sees it, on each set-up and in both languages."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect
from protocol import call, log_in
from running import Demo

from .axe import violations
from .people import Agent, Visitor

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.parametrize(
        "set_up,language",  # noqa: PT006 - the name is looked for before anything is generated
        [("sqlite", "de-DE"), pytest.param("servers", "en-GB", marks=pytest.mark.servers)],
        indirect=["set_up"],
        scope="module",
    ),
]

CUSTOMER, ASKED, ANSWERED, BACK = "lena@example.net", "Where is my order?", "It left today.", "Thank you, it is here!"


@pytest_asyncio.fixture(loop_scope="session")
async def demo(set_up: str, demo_process: Any, request: pytest.FixtureRequest) -> AsyncIterator[Demo]:
    with ExitStack() as used:
        env = used.enter_context(request.getfixturevalue("servers").room()) if set_up == "servers" else {}
        made: Demo = demo_process({**env, "PARLEY_DEMO_MAIL": "1"}, start=False)
        await asyncio.to_thread(made.start)
        yield made
        await asyncio.to_thread(made.stop)


async def opened(page: Page, url: str, named: str) -> None:
    """The mail of the customer's mailbox that is called so, once it is there."""
    mail = page.get_by_test_id("mails").get_by_role("link", name=named).first
    async with asyncio.timeout(30):
        while not await mail.count():
            await page.goto(f"{url}/mailbox")
    await mail.click()


async def test_R3_R8_R30_R35_a_message_its_receipt_an_answer_and_what_the_customer_writes_back(
    browser: Browser, demo: Demo, language: str
) -> None:
    # given a chat service that is closed
    ada = (await log_in(demo.url, "ada"))["token"]
    service: dict[str, Any] = await call(demo.url, "GET", "/v1/admin/services/demo", ada)
    closed = {**service, "hours": {"timezone": "UTC", "week": {}}}
    await call(demo.url, "PUT", "/v1/admin/services/demo", ada, json=closed)

    # when a visitor leaves a message, they are told its number, and get it by mail
    wrong: list[str] = []
    visitor = await Visitor.arrives(browser, demo.url, wrong, locale=language)
    await visitor.enters()
    await visitor.opens_chat()
    await visitor.page.locator("#email").fill(CUSTOMER)
    await visitor.page.locator("#input").fill(ASKED)
    async with visitor.page.expect_response("**/messages") as answer:
        await visitor.page.locator("#send").click()
    item = (await (await answer.value).json())["item"]
    await expect(visitor.page.locator(".notice").last).to_contain_text(item)
    mailbox = await visitor.context.new_page()
    await opened(mailbox, demo.url, item)
    await expect(mailbox.get_by_test_id("text")).to_contain_text(item)
    assert await violations(mailbox) == []

    # an agent reads and answers it
    anna = await Agent.arrives(browser, demo.url, wrong, locale=language)
    await anna.logs_in("anna")
    await anna.gets_ready()
    await anna.page.locator(f"[data-testid=inbox] [data-item='{item}']").click()
    await expect(anna.on_screen("letter-text")).to_have_text(ASKED)
    await anna.on_screen("answer-text").fill(ANSWERED)
    await anna.on_screen("answer-send").click()
    await expect(anna.on_screen("answer")).to_contain_text(ANSWERED)
    assert await violations(anna.page) == []

    # the customer has the answer, and what they write back is there, with the same agent
    await opened(mailbox, demo.url, f"Re: {ASKED}")
    await expect(mailbox.get_by_test_id("text")).to_have_text(ANSWERED)
    await mailbox.locator("textarea").fill(BACK)
    await mailbox.locator("form[method=post] button").click()
    await expect(anna.on_screen("mail").last).to_contain_text(BACK)
    await expect(anna.on_screen("conversation")).to_have_attribute("data-item", item)

    # who answers the receipt instead is heard there as well
    await opened(mailbox, demo.url, item)
    await mailbox.locator("textarea").fill("It is the blue one.")
    await mailbox.locator("form[method=post] button").click()
    await expect(anna.on_screen("mail").last).to_contain_text("It is the blue one.")
    await anna.does("end")
    await anna.does("complete")
    await expect(anna.on_screen("item")).to_have_count(0)
    assert wrong == []
    await anna.leaves()
    await visitor.leaves()
