"""R8, R35: somebody leaves a message, an agent answers it at the desk, and the mailbox has the answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from letterbox import Mailbox
from playwright.async_api import Browser, expect
from running import Demo

from .people import Agent
from .test_desk_letters import leave, picks

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

CUSTOMER = "jonas.becker@example.net"


@pytest_asyncio.fixture(loop_scope="session")
async def box() -> AsyncIterator[Mailbox]:
    async with Mailbox.open() as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def demo(box: Mailbox, demo_process: Any) -> AsyncIterator[Demo]:
    made = demo_process({"PARLEY_SMTP_URL": box.url, "PARLEY_MAIL_FROM": "post@firm.example"}, start=False)
    await asyncio.to_thread(made.start)
    yield made
    await asyncio.to_thread(made.stop)


async def test_R8_R35_from_the_message_to_the_mailbox_without_leaving_the_desk(
    browser: Browser, demo: Demo, box: Mailbox
) -> None:
    item = await leave(demo.url, "My cup arrived broken.", CUSTOMER)
    anna = await Agent.arrives(browser, demo.url, [])
    await anna.logs_in("anna")
    await picks(anna, item)
    await expect(anna.on_screen("reply-clock").first).to_be_visible()
    await expect(anna.on_screen("answer-send")).to_be_disabled()
    await anna.on_screen("answer-text").fill("A new one is on its way.")
    await anna.page.reload()
    await expect(anna.on_screen("answer-text")).to_have_value("A new one is on its way.")
    await anna.on_screen("answer-send").click()
    await expect(anna.on_screen("answer")).to_contain_text("A new one is on its way.")
    await expect(anna.on_screen("answer-text")).to_have_value("")
    async with asyncio.timeout(30):
        while len(box.to(CUSTOMER)) < 2:
            await asyncio.sleep(0.1)
    receipt, answer = box.to(CUSTOMER)
    assert item in receipt
    assert answer.strip() == "A new one is on its way."
    await anna.page.reload()
    await expect(anna.on_screen("answer-state")).to_have_text("sent")
    await expect(anna.on_screen("reply-clock")).to_have_count(0)
    await anna.does("end")
    await anna.does("complete")
    await expect(anna.on_screen("item")).to_have_count(0)
    await anna.logs_out()
    await anna.leaves()
    assert anna.wrong == []
