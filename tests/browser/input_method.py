"""An input method as browsers tell a page of it: a word is put together, and a key confirms it or gives it up."""

from __future__ import annotations

from typing import Literal

from playwright.async_api import Page

Order = Literal["chrome", "safari"]
"""Chrome: the key, while the word is still being put together, then its end. Safari: the end, then the key."""
ORDERS: tuple[Order, ...] = ("chrome", "safari")
PROCESSED = 229
"""The code of a key that the input method has taken."""


async def composes(page: Page, word: str, key: Literal["Enter", "Escape"], order: Order, result: str) -> None:
    """Puts a word together in the field that has the focus; the key makes `result` of it, nothing gives it up."""
    session = await page.context.new_cdp_session(page)

    async def press() -> None:
        fields = {"key": key, "code": key, "windowsVirtualKeyCode": PROCESSED}
        await session.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", **fields})

    async def settle() -> None:
        if result:
            await session.send("Input.insertText", {"text": result})
        else:
            await session.send("Input.imeSetComposition", {"text": "", "selectionStart": 0, "selectionEnd": 0})

    await session.send(
        "Input.imeSetComposition", {"text": word, "selectionStart": len(word), "selectionEnd": len(word)}
    )
    for step in (press, settle) if order == "chrome" else (settle, press):
        await step()
    released = {"key": key, "code": key, "windowsVirtualKeyCode": 13 if key == "Enter" else 27}
    await session.send("Input.dispatchKeyEvent", {"type": "keyUp", **released})
    await session.detach()
