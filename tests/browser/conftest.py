"""A real browser for the pages that people use."""

from __future__ import annotations

import asyncio
import shutil
import warnings
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, async_playwright

CLOSED_WITHIN_S = 30
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no Chromium on this machine: the browser tests did NOT run (apt-get install chromium)")
    playwright = await async_playwright().start()
    browser = await playwright.chromium.launch(executable_path=path, args=list(QUIET))
    yield browser
    # Stopping ends the browser's process as well, whatever became of closing it.
    for end in (browser.close, playwright.stop):
        try:
            async with asyncio.timeout(CLOSED_WITHIN_S):
                await end()
        except TimeoutError:  # seen once, on a crowded machine: what was tested has been tested
            warnings.warn("a browser did not close in time: it is left behind", stacklevel=2)
