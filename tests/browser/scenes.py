"""The fixed scenes of desk, widget and administration: arranged once for each language, to be looked at (`screenshots.py`)
and to be judged (`test_scenes.py`).

They need a demonstration of their own, in which nobody is logged in and nothing waits, and leave it that way.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import NamedTuple

import protocol
from e2e.people import Admin
from playwright.async_api import Browser, Page, Route, WebSocketRoute, expect

from .people import Agent, Person, Visitor

LOCALES = {"en": "en-GB", "de": "de-DE"}
WRAP_UP_S = 22
"""So long that a scene can be looked at in all its sizes, so short that its end is near."""


class Said(NamedTuple):
    """What is said in the scenes, in one language."""

    waiting: tuple[str, ...]
    question: str
    answer: str
    more: str
    last: str
    other: str
    note: str
    thanks: str
    reply: str


SAID = {
    "en": Said(
        waiting=(
            "A broken cup",
            "Delivery to Austria",
            "Invoice",
            "A set of six",
            "Glaze",
            "Opening hours",
            "Gift card",
        ),
        question="Good morning! Does the table jug keep milk cold on a warm terrace?",
        answer="Good morning! For about an hour. On a warm day, stand it on a wet saucer: that gives you another one.",
        more="Lovely. And may it go into the dishwasher afterwards?",
        last="It may. The glaze does not mind, top or bottom rack.",
        other="Hi, is the two-cup teapot still available?",
        note="Jug for the terrace. Mention the saucer set.",
        thanks="That helped, thank you.",
        reply="Hello {visitor}, this is {agent}. How can I help?",
    ),
    "de": Said(
        waiting=(
            "Tasse zerbrochen",
            "Lieferung nach Österreich",
            "Rechnung",
            "Sechserset",
            "Glasur",
            "Öffnungszeiten",
            "Gutschein",
        ),
        question="Guten Morgen! Hält der Tischkrug die Milch auf einer warmen Terrasse kühl?",
        answer="Guten Morgen! Etwa eine Stunde. An warmen Tagen auf einer nassen Untertasse noch eine mehr.",
        more="Schön. Und darf er danach in die Spülmaschine?",
        last="Er darf. Der Glasur ist es gleich, ob oben oder unten.",
        other="Hallo, gibt es die Teekanne für zwei Tassen noch?",
        note="Krug für die Terrasse. Untertassen erwähnen.",
        thanks="Das hat geholfen, danke.",
        reply="Guten Tag {visitor}, hier ist {agent}. Wie kann ich helfen?",
    ),
}


class Stage:
    """One language's people. `wrong`: what any browser complained about."""

    def __init__(self, browser: Browser, url: str, language: str, used: AsyncExitStack) -> None:
        self.browser, self.url, self.language, self.used = browser, url, language, used
        self.said = SAID[language]
        self.wrong: list[str] = []
        self._cut = False
        self._sockets: list[WebSocketRoute] = []

    async def _person(self, kind: type[Person]) -> Person:
        person = kind(
            await self.browser.new_context(locale=LOCALES[self.language], reduced_motion="reduce"), self.url, self.wrong
        )
        await person.context.grant_permissions(["local-network-access"])
        await person.context.route_web_socket("**/v1/*", self._carry)
        await person.opens_tab()
        self.used.push_async_callback(person.leaves)
        return person

    async def _carry(self, page: WebSocketRoute) -> None:
        if self._cut:
            await page.close(code=3000)
            return
        page.connect_to_server()
        self._sockets.append(page)

    async def cut(self) -> None:
        """The server can be reached no more."""
        self._cut = True
        for socket in self._sockets:
            await socket.close(code=3000)
        self._sockets.clear()

    def mend(self) -> None:
        """It can be reached again."""
        self._cut = False

    async def agent(self) -> Agent:
        person = await self._person(Agent)
        assert isinstance(person, Agent)
        return person

    async def visitor(self, name: str) -> Visitor:
        """Somebody whose name the shop knows, before the open chat."""
        person = await self._person(Visitor)
        assert isinstance(person, Visitor)

        async def named(route: Route) -> None:
            page = await (await route.fetch()).text()
            await route.fulfill(
                body=page.replace('data-token="demo"', f'data-token="demo" data-name="{name}"'),
                content_type="text/html",
            )

        await person.page.route(f"{self.url}/", named)
        await person.enters()
        await person.opens_chat()
        return person

    async def guest(self, text: str, token: str = "demo") -> protocol.Visitor:
        """Somebody without a screen."""
        guest = protocol.Visitor(self.url, self.url)
        await guest.connect()
        self.used.push_async_callback(guest.close)
        await guest.start(token, text=text, name=text, language=self.language)
        return guest


async def scenes(stage: Stage) -> AsyncIterator[tuple[str, Page]]:
    """Each scene's name and the page to look at, while it stands so. What was arranged goes on only when the next is asked for."""
    admin = await Admin.log_in(stage.url)
    async for scene in _administration(stage):
        yield scene
    async with admin.changed("queues/support", wait_without_agents=False):
        visitor = await stage.visitor("Guest 9")
        await expect(visitor.page.locator("#email")).to_be_visible()
        yield "widget-message-form", visitor.page
    wrap_up = {**(await admin.get("queues/support"))["wrap_up"], "limit_s": WRAP_UP_S}
    async with admin.changed("queues/support", wrap_up=wrap_up):
        async for scene in _floor(stage):
            yield scene
    async for scene in _operators(stage):
        yield scene


async def _administration(stage: Stage) -> AsyncIterator[tuple[str, Page]]:
    ada = await stage.agent()
    await ada.page.goto(f"{stage.url}/admin")
    for field, text in (("tenant", "demo"), ("user", "ada"), ("password", "demo")):
        await ada.page.locator(f"#{field}").fill(text)
    await ada.page.locator("form button").click()
    await expect(ada.page.get_by_role("navigation")).to_be_visible()
    for name, path in (("admin-snippet", "snippet/demo"), ("admin-queue", "queue/support")):
        await ada.page.goto(f"{stage.url}/admin#/{path}")
        await expect(ada.page.get_by_role("heading", level=1)).to_be_visible()
        await ada.page.wait_for_load_state("networkidle")
        yield name, ada.page


async def _operators(stage: Stage) -> AsyncIterator[tuple[str, Page]]:
    """What an operator sees of what has just been."""
    otto = await stage.agent()
    await otto.page.goto(f"{stage.url}/ops")
    for field, text in (("tenant", "demo"), ("user", "otto"), ("password", "demo")):
        await otto.page.locator(f"#{field}").fill(text)
    await otto.page.locator("form button").click()
    token = (await protocol.log_in(stage.url, "otto"))["token"]
    ended = await protocol.call(stage.url, "GET", "/v1/ops/events?order=desc&type=CallAnswered&limit=1", token)
    call = ended["events"][0]["item"]
    given = await protocol.call(stage.url, "GET", f"/v1/ops/events?order=desc&chat={call}&limit=50", token)
    version = max(event["n"] for event in given["events"] if event["log"] == "router")
    chats = await protocol.call(stage.url, "GET", "/v1/ops/events?order=desc&type=Resumed&limit=1", token)
    for name, path, shown in (
        ("ops-events", "", "events"),
        ("ops-item", f"item/{chats['events'][0]['item']}", "lanes"),
        ("ops-floor", f"floor?version={version - 1}", "agents"),
        ("ops-letters", "letters", None),
        ("ops-streams", "streams", None),
        ("ops-what-if", "whatif", None),
    ):
        await otto.page.goto(f"{stage.url}/ops#/{path}")
        await expect(
            otto.page.get_by_test_id(shown) if shown else otto.page.get_by_role("heading").first
        ).to_be_visible()
        await otto.page.wait_for_load_state("networkidle")
        yield name, otto.page


async def _floor(stage: Stage) -> AsyncIterator[tuple[str, Page]]:
    said = stage.said
    anna = await stage.agent()
    await anna.page.goto(f"{stage.url}/desk")
    await expect(anna.on_screen("login")).to_be_visible()
    yield "desk-login", anna.page
    await anna.logs_in("anna")
    yield "desk-empty", anna.page

    guests = [await stage.guest(text) for text in said.waiting]
    guests.append(await stage.guest(said.other, "demo-sales"))
    await expect(anna.on_screen("pick")).to_have_count(len(guests))
    yield "desk-busy-queue", anna.page
    for guest in guests:
        await guest.ask("end")
    await expect(anna.on_screen("pick")).to_have_count(0)

    visitor = await stage.visitor("Guest 14")
    yield "widget-before", visitor.page
    await visitor.says(said.question)
    await visitor.is_told(r"\b1\b")
    yield "widget-waiting", visitor.page

    await anna.gets_ready()
    await anna.sees([said.question])
    await anna.answers(said.answer)
    await visitor.says(said.more)
    await anna.notes(said.note)
    await anna.answers(said.last)
    await visitor.sees([said.question, said.answer, said.more, said.last])
    await expect(anna.on_screen("read")).to_be_visible()
    yield "desk-active", anna.page
    yield "widget-active", visitor.page

    await anna.does("park")
    await expect(anna.on_screen("inbox-parked").get_by_test_id("item")).to_have_count(1)
    other = await stage.guest(said.other)
    await anna.on_screen("inbox-active").get_by_test_id("item-open").click()
    await visitor.says(said.thanks)
    await expect(anna.on_screen("unread")).to_have_text("1")
    yield "desk-parked", anna.page
    yield "widget-paused", visitor.page
    await anna.on_screen("inbox-parked").get_by_test_id("item-open").click()
    await anna.does("resume")
    await expect(anna.on_screen("composer")).to_be_editable()
    await anna.on_screen("inbox-parked").get_by_test_id("item-open").click()
    await anna.sees([said.other])
    await anna.does("end")
    await anna.does("complete")
    await expect(anna.on_screen("inbox").get_by_test_id("item")).to_have_count(1)
    await anna.on_screen("inbox-active").get_by_test_id("item-open").click()
    await other.close()

    pbx = await protocol.Source.log_in(stage.url)
    stage.used.push_async_callback(pbx.close)
    call = await pbx.place("support", **{"from": "+49 30 5550107"})
    await expect(anna.on_screen("held-chats")).to_be_visible()
    yield "desk-call-interrupts", anna.page
    await pbx.say(call, "answered")
    await pbx.say(call, "ended")
    await expect(anna.on_screen("call-banner")).to_have_count(0)
    await expect(anna.on_screen("composer")).to_be_editable()
    yield "desk-resumed", anna.page

    call = await pbx.place("support", **{"from": "+49 30 5550108"})
    await pbx.say(call, "answered")
    await expect(anna.on_screen("held-chats")).to_be_visible()
    await visitor.ends()
    await expect(anna.on_screen("held-wrap-ups")).to_be_visible()
    yield "desk-left-during-call", anna.page
    yield "widget-ended", visitor.page
    await pbx.say(call, "ended")
    await expect(anna.on_screen("wrap-up")).to_be_visible()
    yield "desk-resumed-into-wrap-up", anna.page
    await expect(anna.page.locator(".timer.short")).to_be_visible(timeout=WRAP_UP_S * 1000)
    yield "desk-wrap-up-running-out", anna.page
    await expect(anna.on_screen("item")).to_have_count(0, timeout=WRAP_UP_S * 1000)

    visitor = await stage.visitor("Guest 15")
    await visitor.says(said.other)
    await anna.sees([said.other])
    await anna.on_screen("logout").click()
    await expect(anna.page.get_by_role("dialog")).to_be_visible()
    yield "desk-log-out", anna.page
    await anna.page.keyboard.press("Escape")
    await anna.page.keyboard.press("F1")
    yield "desk-keys", anna.page
    await anna.page.keyboard.press("Escape")
    await stage.cut()
    await expect(anna.page.locator(".link.cut")).to_be_visible()
    await visitor.says(said.thanks)
    yield "desk-connection-lost", anna.page
    yield "widget-offline", visitor.page
    stage.mend()
    await anna.sees([said.other, said.thanks])
    await anna.stops()
    await anna.does("end")
    await anna.does("complete")
    await expect(anna.on_screen("item")).to_have_count(0)
    await anna.logs_out()
