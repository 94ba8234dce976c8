"""R22, R30: a visitor who writes in two tabs at the same time."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Browser, expect

from .people import Visitor

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.parametrize("parley_url", ["sqlite"], indirect=True, scope="module"),
]

EACH = 40
WRITE = """async ([texts, pause]) => {
  const input = document.querySelector("parley-chat").shadowRoot.querySelector("#input");
  for (const text of texts) {
    input.value = text;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true }));
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}"""


@pytest.mark.slow
async def test_R22_R30_what_two_tabs_write_at_once_is_all_there(browser: Browser, parley_url: str) -> None:
    visitor = await Visitor.arrives(browser, parley_url, [])
    await visitor.enters()
    await visitor.opens_chat()
    await visitor.says("hello")
    await visitor.sees(["hello"])
    tabs = [visitor.page, await visitor.opens_tab()]
    await visitor.enters()
    await visitor.opens_chat()
    await visitor.sees(["hello"])
    said = [[f"{tab} {number}" for number in range(EACH)] for tab in ("first", "second")]
    try:
        await asyncio.gather(*[tab.evaluate(WRITE, [texts, 37]) for tab, texts in zip(tabs, said, strict=True)])

        for tab in tabs:
            # Faster than a chat takes (R32): what was refused is sent again by the widget, until all is there.
            await expect(tab.locator("#pending .message")).to_have_count(0, timeout=40_000)
            await expect(visitor.messages(tab)).to_have_count(1 + 2 * EACH)
            seen = await visitor.messages(tab).all_text_contents()
            for texts in said:
                assert [text for text in seen if text in texts] == texts
    finally:
        await visitor.ends()
        await visitor.leaves()
