"""In every fixed scene of desk, widget and administration: axe finds nothing, nothing runs over the edge at a desktop's or a
phone's width, and no browser complains. In English by day and in German by night."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import Any

import pytest
from playwright.async_api import Browser

from .axe import violations
from .scenes import Stage, scenes
from .screenshots import SIZES

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.parametrize("parley_url", ["sqlite"], indirect=True, scope="module"),
]

CUT_OFF = "WebSocket connection to"
"""What Chromium says of a server that cannot be reached, which is what one of the scenes is about."""

CUT_SHORT = """() => [...document.querySelector("parley-chat")?.shadowRoot.querySelectorAll(".notice, .text, .who") ?? []]
  .filter((node) => node.clientHeight && node.scrollHeight > node.clientHeight + 2).map((node) => node.textContent)"""
"""What the widget says and does not show whole."""


@pytest.mark.slow
@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("de", "dark")])
async def test_axe_finds_nothing_and_every_width_is_enough(
    browser: Browser, parley_url: str, language: str, scheme: Any
) -> None:
    found, wide, cut, seen = [], [], [], []
    async with AsyncExitStack() as used:
        stage = Stage(browser, parley_url, language, used)
        async for scene, page in scenes(stage):
            await page.emulate_media(color_scheme=scheme)
            for size in ("phone", "desktop"):
                await page.set_viewport_size(SIZES[size])  # type: ignore[arg-type]
                found += [f"{scene} ({size}): {problem}" for problem in await violations(page)]
                cut += [f"{scene} ({size}): {text}" for text in await page.evaluate(CUT_SHORT)]
                if await page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
                    wide.append(f"{scene} ({size})")
            assert await page.evaluate("document.documentElement.lang") == language or scene.startswith("widget")
            seen.append(scene)
    assert len(seen) == len(set(seen)) >= 20
    assert found == []
    assert wide == []
    assert cut == []
    assert [text for text in stage.wrong if CUT_OFF not in text] == []
