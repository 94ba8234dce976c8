"""An agent's whole work by keyboard alone: Tab, Enter, Space, Escape and typing. What has the focus can be seen."""

from __future__ import annotations

from collections.abc import AsyncIterator

import protocol
import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from .people import Agent

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.parametrize("parley_url", ["sqlite"], indirect=True, scope="module"),
]

MOST_TABS = 60
"""Whoever needs more is lost: the desk has far fewer places to go."""

FOCUSED = """() => {
  const node = document.activeElement;
  const { outlineStyle, outlineWidth } = getComputedStyle(node);
  const box = node.getBoundingClientRect();
  return {
    id: node.dataset.testid ?? "",
    what: node.outerHTML.slice(0, 120),
    seen: node === document.body || (outlineStyle !== "none" && parseFloat(outlineWidth) > 0 && box.width > 0 && box.height > 0),
  };
}"""


class ByKeyboard(Agent):
    """An agent without a mouse."""

    async def goes_to(self, test_id: str, back: bool = False) -> None:
        """Tabs until this has the focus; whatever is passed shows that it has it."""
        passed = []
        for _ in range(MOST_TABS):
            focused = await self.page.evaluate(FOCUSED)
            assert focused["seen"], f"the focus cannot be seen on {focused['what']}"
            if focused["id"] == test_id:
                return
            passed.append(focused["id"] or focused["what"])
            await self.presses("Shift+Tab" if back else "Tab")
        raise AssertionError(f"{test_id} is not reached: {passed}")

    async def presses(self, key: str) -> None:
        await self.page.keyboard.press(key)

    async def types(self, text: str) -> None:
        await self.page.keyboard.type(text)

    async def is_at(self, test_id: str) -> None:
        """The focus has come here by itself."""
        await expect(self.on_screen(test_id)).to_be_focused()


@pytest_asyncio.fixture(loop_scope="session")
async def anna(browser: Browser, parley_url: str) -> AsyncIterator[ByKeyboard]:
    anna = await ByKeyboard.arrives(browser, parley_url, [])
    yield anna
    await anna.leaves()


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(parley_url: str) -> AsyncIterator[protocol.Visitor]:
    async with protocol.Visitor(parley_url) as visitor:
        yield visitor


@pytest.mark.slow
async def test_an_agent_works_by_keyboard_alone(anna: ByKeyboard, visitor: protocol.Visitor, parley_url: str) -> None:
    await visitor.start(token="demo", text="Is anybody there?", name="Kim")

    # the way in
    await anna.page.goto(f"{parley_url}/desk")
    await expect(anna.on_screen("login")).to_be_visible()
    await anna.goes_to("login-tenant")
    for text, then in (("demo", "Tab"), ("anna", "Tab"), ("demo", "Enter")):
        await anna.types(text)
        await anna.presses(then)
    await expect(anna.on_screen("availability")).to_be_visible()

    # ready, and the chat comes; its lines can be read, and the answer is written
    await anna.goes_to("ready")
    await anna.presses("Space")
    await anna.sees(["Is anybody there?"])
    await anna.goes_to("log")
    await anna.goes_to("composer")
    await anna.types("Yes.")
    await anna.presses("Enter")
    await visitor.until(lambda: ("agent", "Yes.") in visitor.said())

    # a note, and back to answers
    await anna.goes_to("mode-note", back=True)
    await anna.presses("Space")
    await anna.is_at("composer")
    await anna.types("asks whether we are here")
    await anna.presses("Enter")
    await expect(anna.on_screen("note").get_by_test_id("text")).to_have_text("asks whether we are here")
    await anna.goes_to("mode-message", back=True)
    await anna.presses("Enter")
    await anna.is_at("composer")

    # parked, looked at in the list, resumed
    await anna.goes_to("park", back=True)
    await anna.presses("Enter")
    await anna.has_it("Parked")
    await anna.goes_to("item-open")
    await anna.presses("Enter")
    await anna.goes_to("resume")
    await anna.presses("Space")
    await anna.has_it("Active")

    # the form for a transfer is opened and left, by Escape and by its button
    for way_out in ("Escape", "Cancel"):
        await anna.goes_to("transfer")
        await anna.presses("Enter")
        await anna.is_at("transfer-to")
        await anna.types("sales")
        await anna.goes_to("transfer-note")
        await anna.types("never mind")
        if way_out == "Cancel":
            await anna.goes_to("transfer-cancel")
        await anna.presses("Escape" if way_out == "Escape" else "Enter")
        await expect(anna.on_screen("transfer-form")).to_have_count(0)
    await anna.has_it("Active")

    # the end: no further chat, classified, noted, completed
    await anna.goes_to("not-ready")
    await anna.presses("Enter")
    await anna.goes_to("end")
    await anna.presses("Enter")
    await expect(anna.page.get_by_role("dialog").locator(".danger")).to_be_focused()
    await anna.presses("Enter")
    await anna.has_it("Wrap-up")
    await anna.goes_to("code")
    await anna.types("question")
    await anna.goes_to("code-note")
    await anna.types("was here")
    await anna.goes_to("classify")
    await anna.presses("Space")
    await expect(anna.on_screen("detail-classification")).to_have_text("question")
    await anna.goes_to("complete")
    await anna.presses("Enter")
    await expect(anna.on_screen("item")).to_have_count(0)
    record = await anna.context.request.get(f"{parley_url}/v1/items/{visitor.chat}")
    assert (await record.json())["classification"] == {"code": "question", "note": "was here"}

    # the way out
    await anna.goes_to("logout")
    await anna.presses("Enter")
    await expect(anna.on_screen("login")).to_be_visible()
    assert anna.wrong == []
