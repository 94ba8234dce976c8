"""A real browser for the pages that people use: one a process, with windows of its own for each test.

All tests here, and what they have at hand, share one event loop, the browser's: `asyncio(loop_scope="session")`.
"""

from __future__ import annotations

import asyncio
import shutil
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest_asyncio
from playwright.async_api import Browser, Playwright, async_playwright
from servers import Unavailable

CLOSED_WITHIN_S = 30
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class Chromium:
    """One that runs; where it has ended by itself, another."""

    def __init__(self, playwright: Playwright, path: str) -> None:
        self._playwright, self._path = playwright, path
        self._browser: Browser | None = None

    async def running(self) -> Browser:
        if self._browser is None or not self._browser.is_connected():
            self._browser = await self._playwright.chromium.launch(executable_path=self._path, args=list(QUIET))
        return self._browser

    async def close(self) -> None:
        if self._browser is not None:
            await self._browser.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium(missing: Callable[[str, Unavailable, str], None]) -> AsyncIterator[Chromium]:
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        missing(
            "A browser", Unavailable("no Chromium on this machine (apt-get install chromium)"), "PARLEY_REQUIRE_BROWSER"
        )
    playwright = await async_playwright().start()
    chromium = Chromium(playwright, str(path))
    yield chromium
    # Stopping ends the browser's process as well, whatever became of closing it.
    await in_time(chromium.close(), "a browser")
    await in_time(playwright.stop(), "a browser's driver")


@pytest_asyncio.fixture(loop_scope="session")
async def browser(chromium: Chromium) -> AsyncIterator[Browser]:
    """No window is open in it; what a test leaves open is closed."""
    browser = await chromium.running()
    yield browser
    for context in list(browser.contexts):
        await in_time(context.close(), "a browser's windows")


async def in_time(closing: Awaitable[None], what: str) -> None:
    try:
        async with asyncio.timeout(CLOSED_WITHIN_S):
            await closing
    except TimeoutError:  # seen once, on a crowded machine: what was tested has been tested
        warnings.warn(f"{what} did not close in time: left behind", stacklevel=2)
