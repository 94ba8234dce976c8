"""R33: a page whose parts could not be loaded is no empty page for ever: it is loaded again by itself."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, Request, Route, expect

from .people import Person

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.parametrize("parley_url", ["found"], indirect=True, scope="module"),
]

PAGES = ["desk", "admin", "ops", "phone", "account"]
PARTS = ["vendor/preact-htm-signals.js", "texts.en.js"]


@pytest.mark.parametrize(
    ("page", "part"), [*((page, "main.js") for page in PAGES), *(("desk", part) for part in PARTS)]
)
async def test_R33_a_page_that_lost_a_part_comes_up_by_itself(
    browser: Browser, parley_url: str, page: str, part: str
) -> None:
    loads, lost = 0, list[str]()

    def loaded(request: Request) -> None:
        nonlocal loads
        loads += request.is_navigation_request()

    async def at_first(route: Route) -> None:
        """However often it is asked for, ahead or in its turn."""
        if loads > 1:
            return await route.continue_()
        lost.append(route.request.url)
        await route.abort("connectionreset")

    person = await Person.arrives(browser, parley_url, [])
    person.page.on("request", loaded)
    await person.page.route(f"**/{part}", at_first)
    await person.page.goto(f"{parley_url}/{page}")
    await expect(person.page.locator("body > div > *").first).to_be_visible(timeout=15_000)
    assert lost
    assert loads == 2
    await person.leaves()
