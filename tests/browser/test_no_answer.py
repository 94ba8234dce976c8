"""R30: an answer that never comes, on a socket that lives: whatever was asked is asked again on another connection, at whichever moment between two
heartbeats the frame was lost. The clock is the page's own, so that minutes pass at once."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.async_api import Browser, Page, WebSocketRoute, expect

from .people import Person

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.parametrize("parley_url", ["sqlite"], indirect=True, scope="module"),
]
BEATS_S = {"widget": 20, "desk": 25, "phone": 25}
"""How often a page looks whether anybody is there."""


class Hole:
    """The network between a page and its gateway, which swallows one frame of a type and lets everything else through."""

    def __init__(self) -> None:
        self.swallow = ""
        self.swallowed = self.connections = 0

    async def stand(self, page: Page, path: str) -> None:
        """Between this page and everything at `path`."""
        await page.route_web_socket(lambda url: path in url, self._connected)

    def _connected(self, socket: WebSocketRoute) -> None:
        self.connections += 1
        server = socket.connect_to_server()

        def out(message: Any) -> None:
            if self.swallow and json.loads(message)["type"] == self.swallow:
                self.swallow = ""
                self.swallowed += 1
                return
            server.send(message)

        socket.on_message(out)


async def arrives(browser: Browser, url: str, path: str, hole: Hole) -> Person:
    person = Person(await browser.new_context(locale="en-GB", reduced_motion="reduce"), url, [])
    await person.opens_tab()
    await person.page.clock.install()
    await hole.stand(person.page, path)
    return person


async def passes(page: Page, seconds: float) -> None:
    """Time, in steps in which what is due gets its answer."""
    while seconds > 0:
        await page.clock.run_for(int(min(seconds, 5) * 1000))
        await page.evaluate("() => fetch('/livez')")
        seconds -= 5


@pytest.mark.parametrize("phase_s", [1, *(pytest.param(each, marks=pytest.mark.slow) for each in (6, 11, 16, 19))])
async def test_the_widget_says_again_what_was_lost_on_a_living_line(
    browser: Browser, parley_url: str, phase_s: int
) -> None:
    hole = Hole()
    person = await arrives(browser, parley_url, "/v1/chat", hole)
    page = person.page
    await page.goto(parley_url)
    await page.locator("#launcher").first.click()
    await page.locator("#input").fill("first")
    await page.locator("#input").press("Enter")
    await expect(page.locator("#pending .message")).to_have_count(0)
    await passes(page, phase_s)
    hole.swallow = "message"
    await page.locator("#input").fill("lost on its way")
    await page.locator("#input").press("Enter")
    await expect(page.locator("#pending .message")).to_have_count(1)
    assert (hole.swallowed, hole.connections) == (1, 1)
    await passes(page, 2 * BEATS_S["widget"] + 5)
    await expect(page.locator("#pending .message")).to_have_count(0)
    assert hole.connections == 2
    await expect(page.locator("#log")).to_contain_text("lost on its way")
    await person.leaves()


@pytest.mark.parametrize("phase_s", [1, *(pytest.param(each, marks=pytest.mark.slow) for each in (8, 16, 24))])
async def test_the_desk_says_again_what_was_lost_on_a_living_line(
    browser: Browser, parley_url: str, phase_s: int
) -> None:
    hole = Hole()
    person = await arrives(browser, parley_url, "/v1/agent", hole)
    page = person.page
    await page.goto(f"{parley_url}/desk")
    for field, text in (("tenant", "demo"), ("user", "ben"), ("password", "demo")):
        await page.get_by_test_id(f"login-{field}").fill(text)
    await page.get_by_test_id("login-submit").click()
    await expect(page.get_by_test_id("availability")).to_be_visible()
    before = hole.connections
    await passes(page, phase_s)
    hole.swallow = "ready"
    await page.get_by_test_id("ready").click()
    await passes(page, 2 * BEATS_S["desk"] + 5)
    await expect(page.get_by_test_id("availability")).to_have_attribute("data-state", "ready")
    assert (hole.swallowed, hole.connections) == (1, before + 1)
    await page.get_by_test_id("not-ready").click()
    await expect(page.get_by_test_id("availability")).to_have_attribute("data-state", "not_ready")
    await person.leaves()


async def test_the_telephone_notices_that_nobody_is_there(browser: Browser, parley_url: str) -> None:
    hole = Hole()
    person = await arrives(browser, parley_url, "/v1/source", hole)
    page = person.page
    await page.goto(f"{parley_url}/phone")
    for field, text in (("tenant", "demo"), ("user", "pbx"), ("password", "demo")):
        await page.locator(f"[name={field}]").fill(text)
    await page.locator("form button").first.click()
    await expect(page.locator("[name=password]")).to_have_count(0)
    before = hole.connections
    hole.swallow = "ping"
    await passes(page, 2 * BEATS_S["phone"] + 10)
    assert (hole.swallowed, hole.connections) == (1, before + 1)
    await person.leaves()
