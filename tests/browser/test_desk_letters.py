"""R3, R35: e-mails and tasks at the desk: what they say, what is noted of them, and their end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx
import protocol
import pytest
import pytest_asyncio
from e2e.people import telephone
from playwright.async_api import Browser, expect

from .axe import violations
from .people import Agent

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.parametrize("parley_url", ["found"], indirect=True, scope="module"),
]

TEXT = (
    "Hello,\nmy cup arrived broken: <img src=x onerror=alert(1)>\nSee https://shop.example/orders/17 please.\n"
    + "x" * 200
)


@pytest_asyncio.fixture(loop_scope="session")
async def anna(browser: Browser, parley_url: str) -> AsyncIterator[Agent]:
    anna = await Agent.arrives(browser, parley_url, [])
    await anna.logs_in("anna")
    yield anna
    await anna.logs_out()
    await anna.leaves()


async def picks(anna: Agent, item: str) -> None:
    await anna.page.locator(f"[data-item='{item}']").get_by_test_id("pick").click()
    await expect(anna.on_screen("conversation")).to_have_attribute("data-item", item)


async def leave(url: str, text: str, email: str) -> str:
    async with httpx.AsyncClient(base_url=url, trust_env=False) as page:
        message = {"id": uuid4().hex, "name": "Jonas Becker", "email": email, "text": text}
        left = await page.post("/v1/services/demo-sales/messages", json=message)
    assert left.status_code == 201, left.text
    return str(left.json()["item"])


async def test_R8_R35_a_message_that_was_left_is_read_whole_answered_noted_and_ended(
    anna: Agent, parley_url: str
) -> None:
    item = await leave(parley_url, TEXT, "jonas.becker@example.net")
    await picks(anna, item)
    letter = anna.on_screen("letter")
    await expect(letter.get_by_test_id("letter-text")).to_have_text(TEXT, use_inner_text=False)
    await expect(letter).to_contain_text("Jonas Becker <jonas.becker@example.net>")
    assert await letter.locator("img").count() == 0
    await expect(letter.get_by_role("link", name="https://shop.example/orders/17")).to_be_visible()

    answer = urlsplit(await letter.get_by_test_id("answer-by-mail").get_attribute("href") or "")
    assert (answer.scheme, answer.path) == ("mailto", "jonas.becker@example.net")
    asked = parse_qs(answer.query)
    assert asked["subject"][0].startswith("Re: Hello,")
    assert "> my cup arrived broken" in asked["body"][0]

    # where no mail server is set that is said, and what was written stays
    await anna.on_screen("answer-text").fill("A new one is on its way.")
    await anna.on_screen("answer-send").click()
    await expect(anna.on_screen("notices")).to_contain_text("No mail server is set")
    await expect(anna.on_screen("answer-text")).to_have_value("A new one is on its way.")
    await anna.on_screen("answer-text").fill("")

    # a note of its own, for colleagues alone
    await anna.on_screen("note-text").fill("She has asked twice.")
    await anna.on_screen("note-add").click()
    await expect(anna.on_screen("item-note")).to_contain_text("She has asked twice.")
    await expect(anna.on_screen("note-text")).to_have_value("")
    await anna.page.reload()
    await expect(anna.on_screen("item-note")).to_contain_text("Note by Anna")

    await anna.on_screen("code").fill("complaint")
    await anna.on_screen("code-note").fill("a new one is sent")
    await expect(anna.on_screen("call-saved")).to_have_text("Saved")
    assert await violations(anna.page) == []
    await anna.does("end")
    await anna.does("complete")
    await expect(anna.on_screen("item")).to_have_count(0)
    token = (await protocol.log_in(parley_url, "sam"))["token"]
    found = await protocol.interaction(parley_url, item, token)
    assert found["classification"] == {"code": "complaint", "note": "a new one is sent"}
    assert [(note["agent"], note["text"]) for note in found["notes"]] == [("anna", "She has asked twice.")]
    assert anna.wrong == []


async def test_R3_R35_a_task_is_read_and_ended(anna: Agent, parley_url: str) -> None:
    async with telephone(parley_url) as source:
        later = await source.place("sales", "task", subject="Next", due_at="2096-02-29T12:00:00+01:00")
        assert (await source.look(later))["due_at"] == "2096-02-29T11:00:00.000Z"
        due = anna.page.locator(f"[data-item='{later}']").get_by_test_id("mark-due")
        await expect(due).to_contain_text("due 29 Feb 2096")
        await source.say(later, "ended")

        over = {"subject": "Call back", "due_at": "2026-01-02T03:04:05Z"}
        item = await source.place("sales", "task", text="Jonas asked to be called after five.", **over)
        await picks(anna, item)
        await expect(anna.on_screen("mark-overdue")).to_contain_text("due 2 Jan 2026")
        await expect(anna.on_screen("due")).to_have_class("mark overdue")
        await expect(anna.on_screen("letter-text")).to_have_text("Jonas asked to be called after five.")
        await expect(anna.on_screen("answer-by-mail")).to_have_count(0)
        await anna.does("park")
        await anna.does("resume")
        await expect(anna.on_screen("letter-text")).to_have_text("Jonas asked to be called after five.")
        await anna.does("end")
        await anna.does("complete")
        await expect(anna.on_screen("item")).to_have_count(0)
    assert anna.wrong == []


async def test_R16_a_task_is_parked_until_a_time_and_its_row_says_so(anna: Agent, parley_url: str) -> None:
    async with telephone(parley_url) as source:
        item = await source.place("sales", "task", subject="Call back", text="Jonas asked to be called tomorrow.")
        await picks(anna, item)
        await expect(anna.on_screen("park-until")).to_be_disabled()
        tomorrow = await anna.page.evaluate(
            "(() => { const at = new Date(Date.now() + 864e5 - new Date().getTimezoneOffset() * 6e4); return at.toISOString().slice(0, 16); })()"
        )
        await anna.on_screen("follow-up").fill(tomorrow)
        await anna.on_screen("park-until").click()
        row = anna.page.locator(f"[data-testid=item][data-item='{item}']")
        await expect(row.get_by_test_id("mark-due")).to_contain_text("until")
        await expect(row).to_have_attribute("data-activity", "parked")
        assert await violations(anna.page) == []
        await anna.does("resume")
        await expect(row.get_by_test_id("mark-due")).to_have_count(0)
        await anna.does("end")
        await anna.does("complete")
    assert anna.wrong == []
