"""R31, R35: a stranger's mail is opened in a real browser: nothing runs, and no request leaves it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from parley_mail import disposition, markup
from parley_mail.reading import read
from parley_mail.refusals import MailRefused
from playwright.async_api import Browser, Page, Route
from running import ROOT

sys.path.insert(0, str(Path(ROOT) / "libs" / "mail" / "tests"))

from mail_programs import PROGRAMS
from mail_tricks import BROKEN, TRICKS

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]
OUTSIDE = '<!doctype html><iframe src="/mail" sandbox="allow-popups allow-popups-to-escape-sandbox"></iframe>'


def mails() -> dict[str, str]:
    """The HTML of every mail that has some, as it is shown."""
    found = {}
    for name, sample in {**PROGRAMS, **BROKEN}.items():
        try:
            found[name] = read(sample.raw).html
        except MailRefused:
            continue
    return {name: html for name, html in found.items() if html}


class Frame:
    """A mail in a sandboxed frame of a page; what the browser asked for, and what ran."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._html, self._headers = "", dict[str, str]()
        self.asked: list[str] = []
        self.ran: list[str] = []

    @classmethod
    async def of(cls, browser: Browser) -> Frame:
        frame = cls(await (await browser.new_context()).new_page())
        await frame._page.route("**/*", frame._answer)
        frame._page.on("dialog", lambda each: frame.ran.append(each.message))
        return frame

    async def show(self, html: str, headers: dict[str, str]) -> tuple[list[str], list[str]]:
        self._html, self._headers = html, headers
        self.asked.clear()
        self.ran.clear()
        await self._page.goto("https://desk.example/", wait_until="load")
        await self._page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done, 30)))")
        return list(self.asked), list(self.ran)

    async def widths(self) -> list[int]:
        """How wide the pictures are that are really there."""
        return list(await self._page.frames[-1].evaluate("() => [...document.images].map(each => each.naturalWidth)"))

    async def _answer(self, route: Route) -> None:
        url = route.request.url
        if url == "https://desk.example/":
            await route.fulfill(body=OUTSIDE, content_type="text/html")
        elif url == "https://desk.example/mail":
            await route.fulfill(body=f"<!doctype html><meta charset=utf-8><body>{self._html}", headers=self._headers)
        else:
            if not url.endswith("/favicon.ico"):
                self.asked.append(url)
            await route.abort()


async def test_R31_R35_no_request_leaves_the_browser_when_a_mail_is_opened(browser: Browser) -> None:
    shown = mails()
    assert len(shown) > len(TRICKS)
    frame = await Frame.of(browser)
    for name, html in shown.items():
        assert await frame.show(html, disposition.framed()) == ([], []), name


async def test_R31_what_is_shown_asks_for_nothing_even_without_the_policy(browser: Browser) -> None:
    frame = await Frame.of(browser)
    for name, html in mails().items():
        assert await frame.show(html, {"Content-Type": "text/html; charset=utf-8"}) == ([], []), name


async def test_R31_the_policy_holds_even_for_what_was_not_sanitised(browser: Browser) -> None:
    frame = await Frame.of(browser)
    for name in sorted(set(TRICKS) - {"deep", "formatting-without-end", "attributes-without-end", "meta-refresh"}):
        asked, ran = await frame.show(TRICKS[name], disposition.framed())
        assert [each for each in asked if not each.startswith("https://desk.example/")] == [], name
        assert ran == [], name


async def test_R31_the_same_tricks_are_seen_where_nothing_stops_them(browser: Browser) -> None:
    asked, _ = await (await Frame.of(browser)).show(
        TRICKS["remote-pictures"], {"Content-Type": "text/html; charset=utf-8"}
    )
    assert len(asked) > 3
    assert all("evil.example" in each for each in asked)


async def test_R35_the_mails_own_picture_is_shown_under_the_policy(browser: Browser) -> None:
    mail = read(PROGRAMS["picture-within"].raw)
    html = markup.with_pictures(mail.html, {each.content_id: (each.type, each.content) for each in mail.attachments})
    frame = await Frame.of(browser)
    assert await frame.show(html, disposition.framed()) == ([], [])
    assert await frame.widths() == [1]
