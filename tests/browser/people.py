"""A visitor and an agent as the browser tests see them: what they do, and what is on their screens."""

from __future__ import annotations

import asyncio
import re
import warnings
from typing import Self

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Route, expect

from . import PATIENCE_MS

OF_THE_MACHINE = "net::ERR_NETWORK_CHANGED"
"""A browser drops what it loads whenever the machine gets or loses a network: containers of other tests come and go beside this one."""


class Person:
    """Somebody with a browser of their own, and a list of everything that went wrong in it."""

    def __init__(self, context: BrowserContext, url: str, wrong: list[str]) -> None:
        self.context = context
        self.url = url
        self.wrong = wrong
        self.page: Page

    @classmethod
    async def arrives(cls, browser: Browser, url: str, wrong: list[str], locale: str = "en-GB") -> Self:
        person = cls(await browser.new_context(locale=locale), url, wrong)
        await person.opens_tab()
        return person

    async def opens_tab(self) -> Page:
        """A further tab of the same browser; it becomes the one in hand."""
        self.page = await self.context.new_page()
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        return self.page

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and OF_THE_MACHINE not in message.text:
            self.wrong.append(f"{message.type}: {message.text}")

    async def leaves(self) -> None:
        """Closes the windows. A browser that does not answer is closed as a whole when the test is over."""
        try:
            async with asyncio.timeout(20):
                await self.context.close()
        except TimeoutError:
            warnings.warn("a browser's windows did not close within 20 s: they go with the browser", stacklevel=2)


async def _shows(messages: Locator, texts: list[str]) -> None:
    """To the letter, which `to_have_text` is not: white space counts."""
    await expect(messages).to_have_count(len(texts))
    shown = []
    for _ in range(PATIENCE_MS // 100):  # as many as there were, and others: another chat has just been opened
        shown = await messages.evaluate_all("nodes => nodes.map(node => node.textContent)")
        if shown == texts:
            return
        await asyncio.sleep(0.1)
    assert shown == texts


class Visitor(Person):
    async def enters(self) -> None:
        await self.page.goto(self.url)

    async def opens_chat(self) -> None:
        await self.page.locator("#launcher").click()
        await expect(self.page.locator("#panel")).to_be_visible()

    async def says(self, text: str) -> None:
        await self.page.locator("#input").fill(text)
        await self.page.locator("#input").press("Enter")

    async def ends(self) -> None:
        await self.page.locator("#end").click()

    def messages(self, page: Page | None = None) -> Locator:
        """Everything that was said and stored, by both sides."""
        return (page or self.page).locator(".message[data-seq] .text")

    async def sees(self, texts: list[str], page: Page | None = None) -> None:
        await _shows(self.messages(page), texts)
        await expect((page or self.page).locator("#pending .message")).to_have_count(0)

    async def is_told(self, text: str) -> None:
        await expect(self.page.locator("#status")).to_have_text(re.compile(text))


class Agent(Person):
    def on_screen(self, test_id: str) -> Locator:
        return self.page.get_by_test_id(test_id)

    async def logs_in(self, user: str, tenant: str = "demo", password: str = "demo") -> None:
        await self.page.goto(f"{self.url}/desk")
        await self.on_screen("login-tenant").fill(tenant)
        await self.on_screen("login-user").fill(user)
        await self.on_screen("login-password").fill(password)
        await self.on_screen("login-submit").click()
        await expect(self.on_screen("availability")).to_be_visible()

    async def gets_ready(self) -> None:
        await self.on_screen("ready").click()
        await expect(self.on_screen("availability")).to_have_attribute("data-state", "ready")

    async def stops(self) -> None:
        await self.on_screen("not-ready").click()
        await expect(self.on_screen("availability")).to_have_attribute("data-state", "not_ready")

    async def logs_out(self) -> None:
        """Whatever is left in the inbox goes back: the desk asks about that first."""
        await self.on_screen("logout").click()
        asked = self.page.get_by_role("dialog")
        await expect(asked.or_(self.on_screen("login"))).to_be_visible()
        if await asked.count():
            await asked.locator(".danger").click()
        await expect(self.on_screen("login")).to_be_visible()

    async def answers(self, text: str) -> None:
        await self.on_screen("composer").fill(text)
        await self.on_screen("composer").press("Enter")

    async def notes(self, text: str) -> None:
        await self.on_screen("mode-note").click()
        await self.answers(text)
        await expect(self.on_screen("note").get_by_test_id("text")).to_have_text(text)
        await self.on_screen("mode-message").click()

    async def does(self, action: str) -> None:
        """Press one of the desk's buttons: park, resume, end, which asks once more, extend, classify, complete."""
        await self.on_screen(action).click()
        if action == "end":
            await self.page.get_by_role("dialog").locator(".danger").click()

    async def sees(self, texts: list[str]) -> None:
        await _shows(self.on_screen("message").get_by_test_id("text"), texts)
        await expect(self.on_screen("pending")).to_have_count(0)

    async def has_it(self, standing: str) -> None:
        await expect(self.on_screen("standing")).to_have_text(standing)


async def letters_are_sent(page: Page) -> None:
    """The page's chat services say that a mail server is set, although there is none."""

    async def told(route: Route) -> None:
        answer = await route.fetch()
        service = await answer.json()
        assert "mail" not in service, "there is one"
        await route.fulfill(response=answer, json=service | {"mail": True})

    await page.route(re.compile(r"/v1/services/[^/?]+\?"), told)
