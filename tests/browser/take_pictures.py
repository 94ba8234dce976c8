"""Takes the pictures of the README: `python -m tests.browser.take_pictures http://127.0.0.1:8080` against a demonstration in
which nobody is logged in and nothing waits. It leaves it that way."""

from __future__ import annotations

import argparse
import asyncio
import shutil
from pathlib import Path

from playwright.async_api import Browser, Route, async_playwright, expect

from .conftest import QUIET
from .people import Agent, Visitor

IMAGES = Path(__file__).parents[2] / "docs/images"
SIZE = 200_000


async def visitor(browser: Browser, url: str, name: str, *texts: str) -> Visitor:
    """Somebody whose name the shop knows, and what they write."""

    async def named(route: Route) -> None:
        page = (await (await route.fetch()).text()).replace(
            'data-token="demo"', f'data-token="demo" data-name="{name}"'
        )
        await route.fulfill(body=page, content_type="text/html")

    visitor = await Visitor.arrives(browser, url, [])
    await visitor.page.route(f"{url}/", named)
    await visitor.context.grant_permissions(["local-network-access"])
    await visitor.enters()
    await visitor.opens_chat()
    for text in texts:
        await visitor.says(text)
    await visitor.sees(list(texts))
    return visitor


async def take(person: Agent | Visitor, name: str) -> None:
    path = IMAGES / name
    await person.page.wait_for_timeout(400)
    await person.page.screenshot(path=path)
    print(f"{path.relative_to(Path.cwd())}: {path.stat().st_size:,} bytes")
    assert path.stat().st_size < SIZE, "too large for the README"


async def take_all(browser: Browser, url: str) -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    anna = await Agent.arrives(browser, url, [])
    await anna.logs_in("anna")
    await anna.gets_ready()

    parked = await visitor(browser, url, "Guest 12", "Hi, is the two-cup teapot still available?")
    await anna.answers("Yes, two are left. One moment, I ask for the weight.")
    await parked.is_told("Anna")
    await anna.does("park")

    current = await visitor(
        browser, url, "Guest 14", "Good morning! Does the table jug keep milk cold on a warm terrace?"
    )
    await anna.on_screen("inbox-active").get_by_test_id("item-open").click()
    await anna.answers(
        "Good morning! For about an hour. On a warm day, stand it on a wet saucer: that gives you another one."
    )
    await current.says("Lovely. And may it go into the dishwasher afterwards?")
    await anna.notes("Jug for the terrace. Mention the saucer set.")
    await anna.answers("It may. The glaze does not mind, top or bottom rack.")
    await expect(current.messages()).to_have_count(4)

    waiting = await visitor(browser, url, "Guest 15", "My order arrived with a broken cup.")
    await parked.says("No hurry!")
    await anna.page.wait_for_timeout(7000)  # timers that show something
    await current.page.locator("#input").focus()
    await take(current, "widget.png")
    await expect(anna.on_screen("unread")).to_have_text("1")
    await take(anna, "desk.png")

    await anna.stops()
    for person in (parked, current, waiting):
        await person.ends()
        await person.is_told("You ended the chat")
        await person.leaves()
    for left in (1, 0):
        await anna.on_screen("inbox").get_by_test_id("item-open").first.click()
        await anna.does("complete")
        await expect(anna.on_screen("item")).to_have_count(left)
    await anna.logs_out()
    await anna.leaves()


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url", help="where the demonstration runs, such as http://127.0.0.1:8080")
    url = parser.parse_args().url.rstrip("/")
    async with async_playwright() as playwright:
        chromium = shutil.which("chromium") or shutil.which("google-chrome")
        browser = await playwright.chromium.launch(executable_path=chromium, args=list(QUIET))
        await take_all(browser, url)
        await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
