"""R37: a supervisor reads figures in a real browser, goes from one to what is behind it, and takes them along as a file."""

from __future__ import annotations

import asyncio
import csv
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from e2e.people import at_desk
from playwright.async_api import Browser, Route, expect
from protocol import RefusedByServer, Visitor, call, log_in

from .axe import violations
from .test_supervisor_day import Supervisor

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.parametrize("parley_url", ["sqlite"], indirect=True, scope="module"),
]
WIDE = "() => document.documentElement.scrollWidth > document.documentElement.clientWidth"


async def one_chat(url: str) -> str:
    """Answered and ended by anna, and counted."""
    async with at_desk(url, "anna") as anna, Visitor(url) as visitor:
        await visitor.start(token="demo-sales", text="Where is my order?", name="Kim")
        await anna.until(lambda: visitor.chat in anna.waiting)
        await anna.ask("pick", item=visitor.chat)
        await anna.owns(visitor.chat, activity="active")
        await visitor.ask("end")
    sam = (await log_in(url, "sam"))["token"]
    while (await call(url, "GET", "/v1/reports/queues", sam))["behind"] or not await is_found(url, sam, visitor.chat):
        await asyncio.sleep(0.1)
    return str(visitor.chat)


async def is_found(url: str, token: str, item: str | None) -> bool:
    """By the operators' service, which hears of it a moment later."""
    try:
        return bool((await call(url, "GET", f"/v1/supervisor/why/{item}", token))["assigned"])
    except RefusedByServer:
        return False


@pytest_asyncio.fixture(loop_scope="session", params=["en-GB"])
async def sam(browser: Browser, parley_url: str, request: pytest.FixtureRequest) -> AsyncIterator[Supervisor]:
    wrong: list[str] = []
    sam = await Supervisor.arrives(browser, parley_url, wrong, locale=request.param)
    await sam.logs_in()
    yield sam
    await sam.leaves()
    assert [each for each in wrong if "401" not in each] == []


async def test_R37_from_a_figure_to_what_was_said_and_into_a_file(sam: Supervisor, tmp_path: Path) -> None:
    chat = await one_chat(sam.url)
    await sam.on_screen("to-figures").click()
    row = sam.page.locator('tr[data-testid="figures-row"][data-key="sales"][data-kind="chat"]')
    await expect(row.get_by_test_id("figure-offered")).to_have_text("1")
    await expect(row).to_contain_text("100%")
    await row.get_by_test_id("figure-answered").click()
    behind = sam.page.locator(f'[data-testid="behind"][data-item="{chat}"]')
    await expect(sam.page.locator("#behind-title")).to_be_focused()
    await behind.get_by_role("button").click()
    await expect(behind).to_contain_text("Where is my order?")
    await expect(behind).to_contain_text("took it")
    assert await violations(sam.page) == []
    async with sam.page.expect_download() as download:
        await sam.on_screen("figures-file").click()
    path = tmp_path / (await download.value).suggested_filename
    await (await download.value).save_as(path)
    assert [(row["key"], row["offered"]) for row in csv.DictReader(path.open())] == [("sales", "1")]


async def test_R37_of_agents_by_the_hour_on_a_phone(sam: Supervisor) -> None:
    await sam.page.set_viewport_size({"width": 360, "height": 720})
    await sam.page.goto(f"{sam.url}/supervisor#figures")
    await sam.on_screen("figures-of").select_option("agents")
    await sam.on_screen("figures-by").select_option("hour")
    await sam.on_screen("figures-show").click()
    await expect(sam.page.locator('tr[data-testid="figures-row"][data-key="anna"]').first).to_be_visible()
    assert not await sam.page.evaluate(WIDE)
    assert await violations(sam.page) == []


@pytest.mark.parametrize("sam", ["de-DE"], indirect=True)
async def test_R37_what_is_refused_is_said_and_what_was_shown_stays(sam: Supervisor) -> None:
    await sam.page.goto(f"{sam.url}/supervisor#figures")
    await expect(sam.page.locator("#figures-title")).to_have_text("Kennzahlen")
    await expect(sam.on_screen("figures")).to_be_visible()

    async def away(route: Route) -> None:
        await route.fulfill(status=503, json={"code": "unavailable", "detail": "Try again."})

    await sam.page.route("**/v1/reports/**", away)
    await sam.on_screen("figures-show").click()
    await expect(sam.page.get_by_role("alert")).to_be_visible()
    await expect(sam.on_screen("figures")).to_be_visible()
    sam.wrong.clear()


async def test_R36_the_floor_as_it_was_chosen_stepped_and_slid(sam: Supervisor) -> None:
    chat = await one_chat(sam.url)
    token = (await log_in(sam.url, "sam"))["token"]
    why = await call(sam.url, "GET", f"/v1/supervisor/why/{chat}", token)
    at = await call(sam.url, "GET", f"/v1/supervisor/floor?at={why['assigned'][0]['at']}", token)
    await sam.on_screen("to-past").click()
    slider = sam.on_screen("past-slider")
    await slider.fill(str(at["version"]))
    anna = sam.page.locator('tr[data-agent="anna"]')
    await expect(anna.locator(f'[data-item="{chat}"]')).to_be_visible()
    await sam.on_screen("past-back").click()
    await expect(sam.page.locator('[data-testid="past-queues"] tr[data-queue="sales"]')).to_have_text(
        re.compile(r"Sales10:0\d")
    )
    await expect(anna.locator(f'[data-item="{chat}"]')).to_have_count(0)
    await sam.on_screen("past-step").click()
    await expect(anna.locator(f'[data-item="{chat}"]')).to_be_visible()
    assert await violations(sam.page) == []
    await sam.page.set_viewport_size({"width": 360, "height": 720})
    assert not await sam.page.evaluate(WIDE)
