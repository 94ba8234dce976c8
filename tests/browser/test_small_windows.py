"""The administration and the other pages at four times the size, in a window of 320 x 256 (WCAG 1.4.10)."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, Page, expect

from .people import Person
from .test_admin_scenes import PAGES, goes_to, overflows

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.parametrize("parley_url", ["sqlite"], indirect=True, scope="module"),
]

SMALL = {"width": 320, "height": 256}
COVERED = """nodes => nodes.filter((node) => node.checkVisibility()).map((node) => {
  node.scrollIntoView({ block: "nearest" });
  const { left, top, width, height } = node.getBoundingClientRect();
  const there = document.elementFromPoint(left + width / 2, Math.min(top + height / 2, innerHeight - 1));
  return node.contains(there) || there?.contains(node) ? "" : node.id || node.outerHTML.slice(0, 80);
}).filter(Boolean)"""


async def logs_in(page: Page, url: str) -> None:
    await page.goto(f"{url}/admin")
    for field, text in (("tenant", "demo"), ("user", "ada"), ("password", "demo")):
        await page.locator(f"#{field}").fill(text)
    await page.locator("form button").click()
    await expect(page.get_by_role("navigation")).to_be_visible()


@pytest.mark.slow
async def test_in_the_smallest_window_every_page_of_the_administration_is_whole(
    browser: Browser, parley_url: str
) -> None:
    ada = Person(await browser.new_context(viewport=SMALL, reduced_motion="reduce"), parley_url, [])  # type: ignore[arg-type]
    page = await ada.opens_tab()
    await logs_in(page, parley_url)
    wrong = {}
    for name in PAGES:
        await goes_to(page, parley_url, name)
        if await overflows(page):
            wrong[name] = ["wider than the window"]
    await goes_to(page, parley_url, "queue/support")
    await page.locator("#field-name").fill("Another name")  # what is not saved yet stays in sight
    wrong["what is typed into"] = await page.locator("main :is(input, select, textarea, button)").evaluate_all(COVERED)
    await page.locator("#field-name").press("Tab")
    assert {name: what for name, what in wrong.items() if what} == {}
    assert ada.wrong == []
    await ada.leaves()


@pytest.mark.parametrize("path", ["/desk", "/admin", "/account", "/phone", "/ops", "/supervisor", "/"])
async def test_in_the_smallest_window_nothing_runs_over_the_edge_before_anybody_has_logged_in(
    browser: Browser, parley_url: str, path: str
) -> None:
    somebody = Person(await browser.new_context(viewport=SMALL), parley_url, [])  # type: ignore[arg-type]
    page = await somebody.opens_tab()
    await page.goto(f"{parley_url}{path}")
    await page.wait_for_load_state("networkidle")
    assert not await overflows(page)
    assert await page.locator("form :is(input, select, button)").evaluate_all(COVERED) == []
    await somebody.leaves()
