"""Every page of the administration, light and dark, in both languages: axe finds nothing, the console says nothing, and a
phone's width is enough."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from .axe import violations
from .people import Person

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.parametrize("parley_url", ["sqlite"], indirect=True, scope="module"),
]

PAGES = (
    "start",
    "queues",
    "queue/support",
    "new-queue",
    "agents",
    "agent/ada",
    "new-agent",
    "services",
    "service/demo",
    "new-service",
    "snippet/demo",
    "contacts",
    "licence",
    "settings",
    "changes",
    "nowhere",
)
PHONE, DESKTOP = {"width": 320, "height": 700}, {"width": 1280, "height": 900}


async def goes_to(page: Page, url: str, name: str) -> None:
    await page.goto(f"{url}/admin#/{name}")
    await expect(page.get_by_role("heading", level=1)).to_be_visible()
    await page.wait_for_load_state("networkidle")


async def overflows(page: Page) -> bool:
    return bool(await page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("locale", ["de-DE", "en-GB"])
async def test_axe_finds_nothing_and_a_phones_width_is_enough(
    browser: Browser, parley_url: str, locale: str, scheme: Any
) -> None:
    context = await browser.new_context(locale=locale, color_scheme=scheme, viewport=DESKTOP, reduced_motion="reduce")
    ada = Person(context, parley_url, [])
    page = await ada.opens_tab()
    await page.goto(f"{parley_url}/admin")
    await expect(page.locator("#tenant")).to_be_visible()
    found = {"login": await violations(page)}
    for field, text in (("tenant", "demo"), ("user", "ada"), ("password", "demo")):
        await page.locator(f"#{field}").fill(text)
    await page.locator("form button").click()
    await expect(page.get_by_role("navigation")).to_be_visible()
    wide = []
    for name in PAGES:
        await goes_to(page, parley_url, name)
        found[name] = await violations(page)
        await page.set_viewport_size(PHONE)
        found[f"{name} on a phone"] = await violations(page)
        if await overflows(page):
            wide.append(name)
        await page.set_viewport_size(DESKTOP)

    # with something wrong in it, opening hours, a draft elsewhere, and a question
    await goes_to(page, parley_url, "new-queue")
    for folded in await page.locator("details.card > summary").all():
        await folded.click()
    await page.locator("#field-ring_s").fill("x")
    await page.locator("#field-hours-true").check()
    await page.locator(".save .primary").click()
    await expect(page.locator("#field-name")).to_be_focused()
    found["what is wrong"] = await violations(page)
    await page.set_viewport_size(PHONE)
    if await overflows(page):
        wide.append("hours")
    await page.set_viewport_size(DESKTOP)
    await goes_to(page, parley_url, "queue/support")
    await page.locator(".removal button").click()
    await expect(page.get_by_role("dialog")).to_be_visible()
    found["question"] = await violations(page)
    await page.keyboard.press("Escape")

    assert [f"{name}: {problem}" for name, problems in found.items() for problem in problems] == []
    assert wide == []
    assert ada.wrong == []
    await ada.leaves()
