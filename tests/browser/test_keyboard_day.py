"""R35: an agent's day by keyboard alone: chats, calls, e-mails and tasks, each worked to its end, and the focus is never lost."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import protocol
import pytest
import pytest_asyncio
from e2e.people import at_desk, telephone
from letterbox import Mailbox
from playwright.async_api import Browser, Locator, expect
from running import Demo

from .axe import violations
from .test_keyboard import ByKeyboard

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

CUSTOMER = "jonas.becker@example.net"
QUESTION, ANSWER = "Is anybody there?", "Yes. What can I do?"
MAIL, REPLY = "My cup arrived broken.", "A new one is on its way."
DUTY, RESULT = "Jonas asked to be called.", "called, all is well"
QUEUES = {"demo": "support", "demo-sales": "sales"}
"""By a chat service's token: one queue gives its items, from the other they are picked."""

LONG = {"chat": 20, "call": 10, "email": 10, "task": 10}
SHORT = {"chat": 3, "call": 1, "email": 2, "task": 2}


class AtWork(ByKeyboard):
    """Who is asked now and then."""

    async def is_at_yes(self) -> None:
        await expect(self.page.get_by_role("dialog").locator(".danger")).to_be_focused()


class Day:
    """What comes in on one day, who sends it, and the agent who works it."""

    def __init__(self, url: str, anna: AtWork, pbx: protocol.Source, ben: protocol.Agent) -> None:
        self.url, self.anna, self.pbx, self.ben = url, anna, pbx, ben
        self.kinds: dict[str, str] = {}
        self.visitors: dict[str, protocol.Visitor] = {}
        self.calls = 0
        self.left = {"park", "transfer", "follow-up"}
        """What is still to be done once."""
        self.looked_at: set[str] = set()
        """Where axe has looked."""

    async def comes_in(self, many: dict[str, int], used: AsyncExitStack) -> None:
        """Everything but the calls waits; those interrupt."""
        self.calls = many["call"]
        for number in range(many["chat"]):
            visitor = await used.enter_async_context(protocol.Visitor(self.url))
            await visitor.start(token=[*QUEUES][number % 2], text=QUESTION, name=f"Guest {number}")
            self.visitors[visitor.chat], self.kinds[visitor.chat] = visitor, "chat"
        for kind, text in (("email", MAIL), ("task", DUTY)):
            for number in range(many[kind]):
                new = {"subject": f"{kind} {number}", "text": text}
                if kind == "email":
                    new["from"] = f"Jonas Becker <{CUSTOMER}>"
                self.kinds[await self.pbx.place([*QUEUES.values()][number % 2], kind, **new)] = kind

    # --- what is on the screen --------------------------------------------------------------------------------------

    @property
    def inbox(self) -> Locator:
        return self.anna.on_screen("inbox").get_by_test_id("item")

    def row(self, item: str) -> Locator:
        return self.anna.page.locator(f"[data-testid=inbox] [data-item='{item}']")

    async def first(self, *groups: str) -> str | None:
        """The first item of the first of these groups of the inbox that has one."""
        for group in groups:
            rows = self.anna.on_screen(f"inbox-{group}").get_by_test_id("item")
            found = await rows.evaluate_all("rows => rows.map(row => row.dataset.item)")
            if found:
                return str(found[0])
        return None

    async def has_focus(self) -> None:
        """Something has it, so that there is a place to go on from."""
        await expect(self.anna.page.locator(":focus")).to_have_count(1)

    async def is_fit(self, moment: str) -> None:
        """Once, as it takes its time."""
        if moment not in self.looked_at:
            self.looked_at.add(moment)
            assert await violations(self.anna.page) == [], moment

    # --- one key, or a few ------------------------------------------------------------------------------------------

    async def presses(self, key: str) -> None:
        await self.anna.presses(key)
        await self.has_focus()

    async def goes_to_item(self, item: str) -> None:
        shown = self.anna.on_screen("conversation")
        for _ in range(await self.inbox.count() + 1):
            if (open_ := await shown.get_attribute("data-item")) == item:
                return await self.has_focus()
            await self.presses("Alt+ArrowDown")
            await expect(shown).not_to_have_attribute("data-item", open_ or "nothing")
        raise AssertionError(f"{item} is not reached")

    async def ends(self) -> None:
        """There is nothing unsaid or unsaved: Enter is yes."""
        await self.presses("Shift+F8")
        await self.anna.is_at_yes()
        await self.presses("Enter")
        await self.anna.has_it("Wrap-up")
        await self.has_focus()

    async def completes(self, item: str, code: str = "") -> None:
        await expect(self.anna.on_screen("wrap-up")).to_be_visible()
        if code:
            await self.anna.goes_to("code")
            await self.anna.types(code)
        await self.is_fit("a wrap-up")
        await self.presses("Shift+F8")
        await expect(self.row(item)).to_have_count(0)
        await self.has_focus()

    # --- each kind to its end ---------------------------------------------------------------------------------------

    async def chat(self, item: str) -> None:
        await self.anna.sees([QUESTION])
        await self.anna.is_at("composer")
        await self.anna.types(ANSWER)
        if self.calls:
            await self.is_called()
            await self.anna.is_at("composer")
            await expect(self.anna.on_screen("composer")).to_have_value(ANSWER)
        await self.presses("Enter")
        await self.anna.sees([QUESTION, ANSWER])
        await self.is_fit("a chat")
        if "transfer" in self.left:
            self.left.remove("transfer")
            return await self.gives_to_ben(item)
        await self.ends()
        return await self.completes(item, "question")

    async def email(self, item: str) -> None:
        await expect(self.anna.on_screen("letter-text")).to_have_text(MAIL)
        if "park" in self.left:
            self.left.remove("park")
            await self.parks(item)
        await self.anna.goes_to("answer-text")
        await self.anna.types(REPLY)
        await self.is_fit("an e-mail")
        await self.anna.goes_to("answer-send")
        await self.presses("Enter")
        await expect(self.anna.on_screen("answer")).to_contain_text(REPLY)
        await expect(self.anna.on_screen("answer-text")).to_have_value("")
        await self.anna.is_at("answer-text")
        await self.ends()
        await self.completes(item, "complaint")

    async def task(self, item: str) -> None:
        await expect(self.anna.on_screen("letter-text")).to_have_text(DUTY)
        if "follow-up" in self.left:
            self.left.remove("follow-up")
            await self.follows_up(item)
        await self.notes(RESULT)
        await self.ends()
        await self.completes(item)

    async def notes(self, text: str) -> None:
        await self.anna.goes_to("code-note")
        await self.anna.types(text)
        await expect(self.anna.on_screen("call-saved")).to_have_text("Saved")

    async def is_called(self) -> None:
        """The telephone rings in the middle of it; after the call everything is as it was."""
        self.calls -= 1
        before = str(await self.anna.on_screen("conversation").get_attribute("data-item"))
        call = await self.pbx.place("support", **{"from": f"+49 30 555{uuid4().int % 10_000:04}"})
        self.kinds[call] = "call"
        shown = self.anna.on_screen("conversation")
        await expect(shown).to_have_attribute("data-item", call)
        await self.has_focus()
        await expect(self.row(before)).to_have_attribute("data-activity", "interrupted")
        await self.pbx.say(call, "answered")
        await self.notes("wants six cups")
        await self.pbx.say(call, "ended")
        await expect(self.row(call)).to_have_count(0)
        await expect(shown).to_have_attribute("data-item", before)
        await self.anna.has_it("Active")
        await self.has_focus()

    # --- what is done once ------------------------------------------------------------------------------------------

    async def parks(self, item: str) -> None:
        await self.presses("F8")
        await self.anna.has_it("Parked")
        await self.resumes(item)

    async def resumes(self, item: str) -> None:
        """Whatever has come meanwhile is parked for it."""
        await self.goes_to_item(item)
        await self.presses("F8")
        await self.anna.has_it("Active")
        await self.has_focus()

    async def follows_up(self, item: str) -> None:
        """Parked until a day that is the same in whatever order the browser asks for its parts; and taken up sooner."""
        soon = datetime.now(UTC) + timedelta(days=2)
        day = next(date for n in range(62) if (date := soon + timedelta(days=n)).day == date.month)
        await self.anna.goes_to("follow-up")
        for key in (*f"{day:%m%d%Y}", "ArrowRight", *"1030A"):
            await self.anna.presses(key)
        await expect(self.anna.on_screen("follow-up")).to_have_value(f"{day:%Y-%m-%d}T10:30")
        await self.anna.goes_to("park-until")
        await self.presses("Enter")
        await self.anna.has_it("Parked")
        await expect(self.row(item).get_by_test_id("mark-due")).to_contain_text(f"until {day.day} ")
        await self.resumes(item)
        await self.anna.goes_to("code-note", back=True)  # the long queue lies the other way

    async def gives_to_ben(self, item: str) -> None:
        """By his name; he brings it to its end."""
        await self.presses("Shift+F4")
        await self.anna.is_at("transfer-to")
        await self.anna.types("Ben")
        await expect(self.anna.on_screen("transfer-to")).to_have_value("agent:ben")
        await self.anna.goes_to("transfer-note")
        await self.anna.types("wants to speak to you")
        await self.anna.goes_to("transfer-submit")
        await self.presses("Enter")
        await expect(self.row(item)).to_have_count(0)
        await self.has_focus()
        await self.ben.owns(item)
        await self.ben.ask("end", item=item)
        await self.ben.ask("complete", item=item)

    # --- all of it --------------------------------------------------------------------------------------------------

    async def begins(self) -> None:
        anna = self.anna
        await anna.page.goto(f"{self.url}/desk")
        await expect(anna.on_screen("login")).to_be_visible()
        await anna.goes_to("login-tenant")
        for text, then in (("demo", "Tab"), ("anna", "Tab"), ("demo", "Enter")):
            await anna.types(text)
            await anna.presses(then)
        await expect(anna.on_screen("availability")).to_be_visible()
        await self.has_focus()
        await self.presses("F9")
        await expect(anna.on_screen("availability")).to_have_attribute("data-state", "ready")

    async def is_worked(self) -> None:
        """What is given comes first, then what was parked for it, then what is picked."""
        work = {"chat": self.chat, "email": self.email, "task": self.task}
        key = self.anna.page.locator("[aria-keyshortcuts='Shift+F2']")
        given = self.anna.page.locator("[data-queue=support] [data-testid=item]")
        picked = 0
        while True:
            if item := await self.first("active"):
                await self.goes_to_item(item)
                await work[self.kinds[item]](item)
            elif item := await self.first("parked"):
                await self.resumes(item)
            elif await given.count():
                await expect(self.inbox).not_to_have_count(0)
            elif await key.count():
                await self.presses("Shift+F2")
                await expect(self.inbox).not_to_have_count(0)
                picked += 1
            elif self.calls:
                raise AssertionError("there was no chat for a call to interrupt")
            else:
                break
        assert picked, "everything was given"
        assert self.left == set()
        assert len(self.looked_at) == 3

    async def ends_well(self) -> None:
        """Nothing waits, nothing is anybody's, and everything is in the record."""
        await self.presses("F9")
        await expect(self.anna.on_screen("availability")).to_have_attribute("data-state", "not_ready")
        await expect(self.inbox).to_have_count(0)
        await expect(self.anna.on_screen("pick")).to_have_count(0)
        assert (self.ben.waiting, self.ben.inbox) == ([], {})
        token = (await protocol.log_in(self.url, "sam"))["token"]
        noted = {
            "chat": {"code": "question"},
            "call": {"code": "", "note": "wants six cups"},
            "email": {"code": "complaint"},
            "task": {"code": "", "note": RESULT},
        }
        by: Counter[str] = Counter()
        for item, kind in self.kinds.items():
            found = await protocol.interaction(self.url, item, token)
            by[found["agent"]] += 1
            assert (found["kind"], found["outcome"]) == (kind, "handled")
            if found["agent"] == "anna":
                assert found["classification"] == noted[kind], kind
        assert by == {"anna": len(self.kinds) - 1, "ben": 1}
        for visitor in self.visitors.values():
            assert ("agent", ANSWER) in visitor.said()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def box() -> AsyncIterator[Mailbox]:
    async with Mailbox.open() as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def demo(box: Mailbox, demo_process: Any) -> Demo:
    made: Demo = demo_process({"PARLEY_SMTP_URL": box.url, "PARLEY_MAIL_FROM": "post@firm.example"}, start=False)
    await asyncio.to_thread(made.start)
    return made


@pytest.mark.parametrize(
    "many", [pytest.param(SHORT, id="short"), pytest.param(LONG, id="long", marks=pytest.mark.slow)]
)
async def test_R35_a_day_by_keyboard_alone(browser: Browser, demo: Demo, box: Mailbox, many: dict[str, int]) -> None:
    async with AsyncExitStack() as used:
        anna = await AtWork.arrives(browser, demo.url, [])
        used.push_async_callback(anna.leaves)
        pbx = await used.enter_async_context(telephone(demo.url))
        ben = await used.enter_async_context(at_desk(demo.url, "ben"))
        day = Day(demo.url, anna, pbx, ben)
        await day.comes_in(many, used)
        await day.begins()
        await day.is_worked()
        await day.ends_well()
        assert Counter(day.kinds.values()) == many
        await anna.goes_to("logout")
        await anna.presses("Enter")
        await expect(anna.on_screen("login")).to_be_visible()
        assert anna.wrong == []
