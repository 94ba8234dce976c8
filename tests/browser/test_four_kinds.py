"""R3, R35: a chat, a call, an e-mail and a task at one desk, each worked to its end, in German and in English."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import protocol
import pytest
import pytest_asyncio
from e2e.people import telephone
from letterbox import Mailbox
from playwright.async_api import Browser, expect
from running import Demo

from .people import Agent, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

CUSTOMER = "jonas.becker@example.net"
NUMBER = "+49 30 5550114"


class Words(NamedTuple):
    """What the desk says in one language."""

    locale: str
    ready: str
    empty: str
    active: str
    wrap_up: str
    ended: str
    complete: str
    rings: str
    talking: str
    over: str
    sent: str
    email: str
    task: str
    due: str
    result: str


WORDS = {
    "en": Words(
        locale="en-GB",
        ready="Ready",
        empty="Nothing yet. New work comes by itself.",
        active="Active",
        wrap_up="Wrap-up",
        ended="This is over: complete it.",
        complete="Complete",
        rings=f"Call from {NUMBER}: your telephone rings",
        talking=f"On the telephone with {NUMBER}",
        over=f"The call with {NUMBER} is over, after 0:",
        sent="sent",
        email="Answer it, then end it.",
        task="Do this task, then end it here.",
        due="due 29 Feb 2096",
        result="Result",
    ),
    "de": Words(
        locale="de-DE",
        ready="Bereit",
        empty="Keine Vorgänge. Neue Arbeit kommt von selbst.",
        active="Aktiv",
        wrap_up="Nachbearbeitung",
        ended="Das ist vorbei: Schließen Sie es ab.",
        complete="Abschließen",
        rings=f"Anruf von {NUMBER}: Ihr Telefon klingelt",
        talking=f"Am Telefon mit {NUMBER}",
        over=f"Der Anruf mit {NUMBER} ist vorbei, nach 0:",
        sent="gesendet",
        email="Antworten Sie, dann beenden Sie es.",
        task="Erledigen Sie diese Aufgabe, dann beenden Sie sie hier.",
        due="fällig 29.02.2096",
        result="Ergebnis",
    ),
}


@dataclass
class Scene:
    """One desk, with everybody who sends work to it."""

    browser: Browser
    words: Words
    url: str
    box: Mailbox
    anna: Agent
    pbx: protocol.Source

    async def opens(self, item: str) -> None:
        """What has been given to anna is open, or one press away."""
        await self.anna.page.locator(f"[data-testid=item][data-item='{item}']").get_by_test_id("item-open").click()
        await expect(self.anna.on_screen("conversation")).to_have_attribute("data-item", item)

    async def completes(self) -> None:
        """What is over is completed, and the inbox is empty."""
        await self.anna.has_it(self.words.wrap_up)
        await expect(self.anna.on_screen("complete")).to_have_text(self.words.complete)
        await self.anna.does("complete")
        await self.has_nothing()

    async def has_nothing(self) -> None:
        inbox = self.anna.on_screen("inbox")
        await expect(inbox.get_by_test_id("item")).to_have_count(0)
        await expect(inbox).to_contain_text(self.words.empty)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def box() -> AsyncIterator[Mailbox]:
    async with Mailbox.open() as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def demo(box: Mailbox, demo_process: Any) -> Demo:
    made: Demo = demo_process({"PARLEY_SMTP_URL": box.url, "PARLEY_MAIL_FROM": "post@firm.example"}, start=False)
    await asyncio.to_thread(made.start)
    return made


@pytest_asyncio.fixture(loop_scope="session", params=[*WORDS])
async def scene(browser: Browser, demo: Demo, box: Mailbox, request: Any) -> AsyncIterator[Scene]:
    words = WORDS[request.param]
    box.letters.clear()
    anna = await Agent.arrives(browser, demo.url, [], locale=words.locale)
    async with telephone(demo.url) as pbx:
        yield Scene(browser, words, demo.url, box, anna, pbx)
    await anna.leaves()


async def chat(scene: Scene) -> str:
    """From the shop's page: answered, ended, classified, completed."""
    anna, words = scene.anna, scene.words
    kim = await Visitor.arrives(scene.browser, scene.url, anna.wrong, locale=words.locale)
    await kim.enters()
    await kim.opens_chat()
    await kim.says("Is the jug microwave-safe?")
    await anna.sees(["Is the jug microwave-safe?"])
    await anna.has_it(words.active)
    await anna.answers("It is.")
    await kim.sees(["Is the jug microwave-safe?", "It is."])
    item = str(await anna.on_screen("conversation").get_attribute("data-item"))
    await anna.does("end")
    await anna.has_it(words.wrap_up)
    await anna.on_screen("code").fill("question")
    await anna.on_screen("code-note").fill("asked about the jug")
    await anna.does("classify")
    await expect(anna.on_screen("detail-classification")).to_have_text("question")
    await scene.completes()
    await kim.leaves()
    return item


async def call(scene: Scene) -> str:
    """Answered, noted while it lasts, ended by the telephone system: there is nothing left to do."""
    anna, words = scene.anna, scene.words
    item = await scene.pbx.place("support", **{"from": NUMBER})
    await expect(anna.on_screen("call-banner")).to_contain_text(words.rings)
    await scene.pbx.say(item, "answered")
    await expect(anna.on_screen("call-banner")).to_contain_text(words.talking)
    await anna.on_screen("code").fill("order")
    await anna.on_screen("code-note").fill("wants six cups")
    async with asyncio.timeout(protocol.PATIENCE_S):
        while (await scene.pbx.look(item)).get("classification") != {"code": "order", "note": "wants six cups"}:
            await asyncio.sleep(0.1)
    await scene.pbx.say(item, "ended")
    await expect(anna.on_screen("notices")).to_contain_text(words.over)
    await expect(anna.on_screen("call-banner")).to_have_count(0)
    await scene.has_nothing()
    return item


async def email(scene: Scene) -> str:
    """Read, answered, seen as sent, ended, completed."""
    anna, words, answer = scene.anna, scene.words, "A new one is on its way."
    text = "My cup arrived broken.\nWhat now?"
    sender = {"from": f"Jonas Becker <{CUSTOMER}>", "subject": "Broken cup"}
    item = await scene.pbx.place("support", "email", text=text, **sender)
    await scene.opens(item)
    await expect(anna.on_screen("letter-text")).to_have_text(text)
    await expect(anna.on_screen("conversation")).to_contain_text(words.email)
    await anna.on_screen("answer-text").fill(answer)
    await anna.on_screen("answer-send").click()
    await expect(anna.on_screen("answer")).to_contain_text(answer)
    async with asyncio.timeout(protocol.PATIENCE_S):
        while not scene.box.to(CUSTOMER):
            await asyncio.sleep(0.1)
    assert [letter.strip() for letter in scene.box.to(CUSTOMER)] == [answer]
    await expect(anna.on_screen("answer-state")).to_have_text(words.sent)
    await anna.does("end")
    await expect(anna.on_screen("conversation")).to_contain_text(words.ended)
    await anna.on_screen("code").fill("complaint")
    await scene.completes()
    return item


async def task(scene: Scene) -> str:
    """Read, its result noted, ended, completed."""
    anna, words = scene.anna, scene.words
    told = {"subject": "Call back", "due_at": "2096-02-29T12:00:00Z"}
    item = await scene.pbx.place("support", "task", text="Jonas asked to be called after five.", **told)
    await scene.opens(item)
    await expect(anna.on_screen("letter-text")).to_have_text("Jonas asked to be called after five.")
    await expect(anna.on_screen("conversation")).to_contain_text(words.task)
    await expect(anna.on_screen("due")).to_contain_text(words.due)
    await expect(anna.on_screen("call-notes")).to_contain_text(words.result)
    await anna.on_screen("code-note").fill("called, all is well")
    async with asyncio.timeout(protocol.PATIENCE_S):
        while (await scene.pbx.look(item)).get("classification") != {"code": "", "note": "called, all is well"}:
            await asyncio.sleep(0.1)
    await anna.does("end")
    await expect(anna.on_screen("code-note")).to_have_value("called, all is well")
    await scene.completes()
    return item


WORK: dict[str, tuple[Callable[[Scene], Awaitable[str]], dict[str, str]]] = {
    "chat": (chat, {"code": "question", "note": "asked about the jug"}),
    "call": (call, {"code": "order", "note": "wants six cups"}),
    "email": (email, {"code": "complaint"}),
    "task": (task, {"code": "", "note": "called, all is well"}),
}
"""By kind: how it is worked, and what stands of it in the record."""


async def test_R3_R35_all_four_kinds_are_worked_to_their_end(scene: Scene) -> None:
    anna = scene.anna
    await anna.logs_in("anna")
    await expect(anna.on_screen("ready")).to_have_text(scene.words.ready)
    await anna.gets_ready()
    await scene.has_nothing()
    items = {kind: await work(scene) for kind, (work, _) in WORK.items()}
    await anna.stops()
    await expect(anna.on_screen("pick")).to_have_count(0)

    token = (await protocol.log_in(scene.url, "sam"))["token"]
    for kind, (_, classification) in WORK.items():
        found = await protocol.interaction(scene.url, items[kind], token)
        assert (found["kind"], found["outcome"], found["stage"]) == (kind, "handled", "closed")
        assert found["classification"] == classification, kind
        assert [taken["agent"] for taken in found["participants"]] == ["anna"]
    told = (await protocol.interaction(scene.url, items["email"], token))["transcript"]
    assert told[-1]["text"] == "A new one is on its way."
    await anna.logs_out()
    assert anna.wrong == []
