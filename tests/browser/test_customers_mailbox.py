"""R3, R35: the whole way of a mail in the demonstration, as a newcomer sees it: the customer's mailbox, the desk, and back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect
from running import Demo

from .axe import violations
from .people import Agent

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest_asyncio.fixture(loop_scope="session", params=["en-GB", "de-DE"])
async def anna(browser: Browser, demo_process: Any, request: Any) -> AsyncIterator[Agent]:
    demo: Demo = demo_process({"PARLEY_DEMO_MAIL": "1"}, start=False)
    await asyncio.to_thread(demo.start)
    anna = await Agent.arrives(browser, demo.url, [], locale=request.param)
    await anna.logs_in("anna")
    yield anna
    await anna.leaves()
    await asyncio.to_thread(demo.stop)


async def test_R3_R35_a_customer_writes_gets_an_answer_and_writes_back(anna: Agent) -> None:
    page = await anna.context.new_page()
    await page.goto(anna.url)
    await page.get_by_role("link", name="Customer’s mailbox").click()
    assert await violations(page) == []
    await page.locator("input[name=subject]").fill("My cup")
    await page.locator("textarea").fill("It broke. <b>Really</b>")
    await page.locator("form[method=post] button").click()
    await expect(page.get_by_role("status")).to_be_visible()

    row = anna.page.get_by_test_id("queues").locator("[data-item]")
    await anna.does("ready")
    letter = anna.on_screen("letter")
    await anna.page.get_by_test_id("item").first.click()
    await expect(letter.get_by_test_id("letter-text")).to_contain_text("It broke. <b>Really</b>")
    await anna.on_screen("answer-text").fill("A new one is on its way.")
    await anna.on_screen("answer-send").click()
    await expect(letter.get_by_test_id("answer")).to_contain_text("A new one is on its way.")

    answered = page.get_by_test_id("mails").get_by_role("link", name="My cup")
    async with asyncio.timeout(20):
        while not await answered.count():
            await page.goto(f"{anna.url}/mailbox")
    await answered.click()
    await expect(page.get_by_test_id("text")).to_have_text("A new one is on its way.")
    assert await violations(page) == []
    await page.locator("textarea").fill("Thank you!")
    await page.locator("form[method=post] button").click()
    await expect(letter.get_by_test_id("mail")).to_have_count(2)
    await expect(letter.get_by_test_id("mail").last).to_contain_text("Thank you!")
    await expect(row).to_have_count(0)

    # the other mailbox is the other queue's, and answers come from it
    await page.goto(f"{anna.url}/mailbox")
    await page.locator("select[name=to]").select_option("sales@demo.example")
    await page.locator("input[name=subject]").fill("Forty cups")
    await page.locator("textarea").fill("What would they cost?")
    await page.locator("form[method=post] button").click()
    await row.get_by_test_id("pick").click()
    await expect(letter.get_by_test_id("letter-text")).to_contain_text("What would they cost?")
    await anna.on_screen("answer-text").fill("1,200 in all.")
    await anna.on_screen("answer-send").click()
    answered = page.get_by_test_id("mails").get_by_role("link", name="Forty cups")
    async with asyncio.timeout(20):
        while not await answered.count():
            await page.goto(f"{anna.url}/mailbox")
    await answered.click()
    await expect(page.get_by_text("sales@demo.example").first).to_be_visible()
    assert anna.wrong == []


async def test_no_other_page_writes_mails_here_and_only_to_made_up_addresses(anna: Agent) -> None:
    mail = {"from": "lena@example.net", "to": "support@demo.example", "subject": "x", "text": "x"}
    async with httpx.AsyncClient(base_url=anna.url, trust_env=False) as customer:
        assert (await customer.post("/mailbox/send", data=mail)).status_code == 403
        ours = {"Origin": anna.url}
        assert (await customer.post("/mailbox/send", data=mail, headers=ours)).status_code == 303
        for wrong in (
            {"to": "somebody@real.test.com"},
            {"text": " "},
            {"from": "nobody"},
            {"answers": "<a>\r\nBcc: x@y"},
        ):
            told = await customer.post("/mailbox/send", data=mail | wrong, headers=ours)
            assert told.status_code == 400, wrong
        for strange in ("?address=x", "?mail=999", "?mail=x", "?address=lena@example.net&mail=-1"):
            assert (await customer.get(f"/mailbox{strange}")).status_code == 400
