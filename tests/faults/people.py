"""Visitors and agents in real dialogues, and what each notes in its ledger."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Callable, Sequence
from typing import Any
from uuid import uuid4

from .ledger import AgentLedger, Ask, Ledgers, Seen, TabLedger, VisitorLedger
from .lines import Desk, Line, Tab, now

Dialogue = list[tuple[str, str]]
TURN = re.compile(r"⟨(\w+)\.(\d+)\.\w+⟩$")
SENTENCE = re.compile(r"(?<=[.!?]) +")


class Conversation:
    """One dialogue as it is spoken: by its number it is decided who ends it, whether it is parked, how it is wrapped up.

    A visitor says two sentences as two messages, one right behind the other.
    """

    def __init__(self, number: int, dialogue: Dialogue, mark: str) -> None:
        self.number, self.name = number, f"{mark}c{number}"
        self.turns: Dialogue = []
        for who, text in dialogue:
            parts = SENTENCE.split(text, maxsplit=1) if who == "visitor" and self.turns else [text]
            self.turns += [(who, part) for part in parts]
        self.picked = number % 4 == 1
        self.parked = number % 4 == 2
        self.ended_by_visitor = number % 6 == 5
        self.extended = number % 7 == 3
        self.left_to_time = number % 5 == 4
        self.chat = ""
        self.done = "not started"

    def text(self, turn: int, who: str) -> str:
        """The words, marked with who says which turn, so that no two texts are the same."""
        return f"{self.turns[turn][1]} ⟨{self.name}.{turn}.{who}⟩"

    def next_turn(self, spoken: set[int]) -> int | None:
        """The first turn that has not been spoken; None when all have."""
        return next((turn for turn in range(len(self.turns)) if turn not in spoken), None)

    def run_of(self, turn: int) -> range:
        """The turns from there on that the same side speaks without waiting."""
        end = turn
        while end < len(self.turns) and self.turns[end][0] == self.turns[turn][0]:
            end += 1
        return range(turn, end)


def turns_of(entries: Sequence[Seen]) -> set[int]:
    """The turns that are among these entries."""
    return {int(found[2]) for entry in entries if entry.text and (found := TURN.search(entry.text))}


class Crowd:
    """Everybody: visitors who talk one dialogue after the other, agents who answer them."""

    def __init__(
        self, gateways: Callable[[], Sequence[str]], dialogues: Sequence[Dialogue], seed: int, pause_s: float
    ) -> None:
        self.gateways, self._dialogues, self.pause_s = gateways, dialogues, pause_s
        self.chance = random.Random(seed)
        self.mark = uuid4().hex[:5]  # no id is used twice, also not by the crowd of another fault
        self.ledgers = Ledgers()
        self.conversations: dict[str, Conversation] = {}
        self.under_way: list[Conversation] = []
        self.agents: list[AgentPerson] = []
        self.tabs = 1
        self.enough = False
        self.lines: set[Line] = set()
        self._numbers = 0
        self._tasks: list[asyncio.Task[None]] = []
        self.talking: list[asyncio.Task[None]] = []

    # --- life ---------------------------------------------------------------------------------------------------------

    def begin(self, visitors: int, tokens: dict[str, str]) -> None:
        """Agents go to work, visitors begin to talk; `tokens` are the agents' logins."""
        for user, token in tokens.items():
            agent = AgentPerson(self, user, token, len(self.agents), len(tokens))
            self.agents.append(agent)
            self._tasks.append(asyncio.create_task(agent.work()))
        self.talking = [asyncio.create_task(self._talk_on(number)) for number in range(visitors)]

    async def _talk_on(self, number: int) -> None:
        await asyncio.sleep(self.pause_s * self.chance.random())
        while not self.enough:
            self._numbers += 1
            dialogue = self._dialogues[self._numbers % len(self._dialogues)]
            conversation = Conversation(self._numbers, dialogue, self.mark)
            self.under_way.append(conversation)
            await VisitorPerson(self, conversation, self.tabs).talk()
            self.under_way.remove(conversation)

    async def until_all_have_talked(self) -> None:
        """No new dialogue is begun; return when those under way are over. Raises what went wrong in one of them."""
        self.enough, self.pause_s = True, min(self.pause_s, 0.2)
        await asyncio.gather(*self.talking)

    async def go_home(self) -> None:
        """Whatever still runs is ended."""
        tasks = [*self._tasks, *self.talking]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def failures(self) -> list[BaseException]:
        """What ended somebody who should still be here."""
        ended = [task for task in [*self._tasks, *self.talking] if task.done() and not task.cancelled()]
        return [error for task in ended if (error := task.exception()) is not None]

    # --- what they do -------------------------------------------------------------------------------------------------

    async def think(self) -> None:
        """As people do between two sentences."""
        await asyncio.sleep(self.chance.uniform(0, 2 * self.pause_s))

    def outstanding(self) -> list[Ask]:
        """What has been asked and not been answered."""
        return [waiting.ask for line in self.lines for waiting in line.waiting.values()]

    def messages(self) -> int:
        """How many messages have been acknowledged so far."""
        asks = [ask for person in (*self.ledgers.visitors, *self.ledgers.agents) for ask in person.asks]
        return sum(1 for ask in asks if ask.ack is not None and ask.text is not None)


class VisitorPerson:
    """A visitor with one chat, in as many windows as there are."""

    def __init__(self, crowd: Crowd, conversation: Conversation, tabs: int) -> None:
        self._crowd, self._conversation = crowd, conversation
        self.ledger = VisitorLedger(conversation.name, tabs=[TabLedger() for _ in range(tabs)])
        self._changed = asyncio.Event()
        self._tabs = [Tab(crowd.gateways, crowd.chance, tab, self._changed.set) for tab in self.ledger.tabs]
        crowd.ledgers.visitors.append(self.ledger)

    async def talk(self) -> None:
        """The whole dialogue, until every window has seen its end."""
        running = [asyncio.create_task(self._tabs[0].run())]
        self._crowd.lines.update(self._tabs)
        try:
            if not await self._start():
                return
            for tab in self._tabs[1:]:
                tab.chat, tab.secret = self._tabs[0].chat, self._tabs[0].secret
                running.append(asyncio.create_task(tab.run()))
            await self._speak()
            self._note("waits for the end to be seen")
            await self._until(lambda: all(self._saw_end(tab) for tab in self.ledger.tabs))
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
            self._crowd.lines.difference_update(self._tabs)

    async def _start(self) -> bool:
        """Whether a chat was given; where it was not, the judge finds the refusal in the ledger."""
        conversation = self._conversation
        self._note("asks for a chat")
        ask = await self._ask(
            self._tabs[0],
            "start",
            text=conversation.text(0, "v"),
            token="demo-sales" if conversation.picked else "demo",
        )
        if ask.ack is None:
            return False
        conversation.chat = self.ledger.chat = ask.chat = ask.ack["chat"]
        self._crowd.conversations[ask.chat] = conversation
        return True

    async def _speak(self) -> None:
        conversation, said = self._conversation, {0}
        while True:
            turn = conversation.next_turn(said | self._seen())
            if turn is None:
                break
            if conversation.turns[turn][0] == "visitor":
                self._note(f"says {turn} of {len(conversation.turns)}")
                await self._crowd.think()
                tab = self._crowd.chance.choice(self._tabs)
                run = conversation.run_of(turn)
                asks = [self._ask(tab, "message", text=conversation.text(one, "v")) for one in run]
                await asyncio.gather(*asks)
                said |= set(run)
            else:
                self._note(f"waits for {turn} of {len(conversation.turns)}")
                seen = self._seen()
                await self._until(lambda: self._seen() != seen or self._ended())  # noqa: B023
                if self._ended():
                    return
        if conversation.ended_by_visitor:
            self._note("ends it")
            await self._ask(self._tabs[0], "end")

    async def _ask(self, tab: Tab, kind: str, **fields: Any) -> Ask:
        id = f"{self._conversation.name}.{kind}.{len(self.ledger.asks)}"
        if kind == "start":
            id += f".{uuid4().hex}"  # one that nobody guesses repeats on another connection (docs/adr/0021)
        ask = Ask(id, kind, self.ledger.chat, now(), text=fields.get("text"))
        self.ledger.asks.append(ask)
        return await tab.ask(ask, **fields)

    def _seen(self) -> set[int]:
        return turns_of(self.ledger.tabs[0].seen)

    def _ended(self) -> bool:
        return any(self._saw_end(tab) for tab in self.ledger.tabs)

    def _saw_end(self, tab: TabLedger) -> bool:
        return any(seen.kind == "ended" for seen in tab.seen)

    async def _until(self, reached: Callable[[], bool]) -> None:
        while not reached():
            self._changed.clear()
            await self._changed.wait()

    def _note(self, what: str) -> None:
        self._conversation.done = what


class AgentPerson:
    """An agent: ready as soon as connected, picks what waits, answers, parks, ends, wraps up."""

    def __init__(self, crowd: Crowd, user: str, token: str, number: int, of: int) -> None:
        self._crowd, self.user, self._number, self._of = crowd, user, number, of
        self.ledger = AgentLedger(agent=user)
        self.desk = Desk(crowd.gateways, crowd.chance, self.ledger, token, self._on_chat)
        self._serving: dict[str, asyncio.Event] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._said: dict[str, set[int]] = {}
        self._was_parked: set[str] = set()
        self._opened: set[tuple[int, str]] = set()
        self._news = asyncio.Event()
        self._getting_ready: asyncio.Task[Ask] | None = None
        self._asked = 0
        self._failure: Exception | None = None
        crowd.ledgers.agents.append(self.ledger)

    def _on_chat(self, chat: str | None) -> None:
        self._news.set()
        for event in self._serving.values() if chat is None else filter(None, [self._serving.get(chat)]):
            event.set()

    async def work(self) -> None:
        """Until cancelled."""
        running = asyncio.create_task(self.desk.run())
        self._crowd.lines.add(self.desk)
        try:
            while True:
                self._look_round()
                self._news.clear()
                try:
                    async with asyncio.timeout(0.5):
                        await self._news.wait()
                except TimeoutError:
                    pass
                if self._failure is not None:
                    raise self._failure
        finally:
            self._crowd.lines.discard(self.desk)
            tasks = [running, *self._tasks.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _look_round(self) -> None:
        view = self.desk.view
        if view is None:
            return
        if view["agent"]["state"] != "ready" and (self._getting_ready is None or self._getting_ready.done()):
            self._getting_ready = asyncio.create_task(self._ask("ready", ""))
        for item in view["inbox"]:
            chat = item["item"]
            if (self.desk.connection, chat) not in self._opened:
                self._opened.add((self.desk.connection, chat))
                self.desk.open(chat)
            if chat not in self._serving:
                self._begin(chat, self._serve(chat))
        for queue in view["queues"]:
            if queue["queue"] == "sales":
                for item in queue["waiting"]:
                    if item["item"] not in self._serving:
                        self._begin(item["item"], self._pick(item["item"]))

    def _begin(self, chat: str, work: Any) -> None:
        self._serving[chat] = asyncio.Event()

        async def whole() -> None:
            try:
                await work
            except Exception as error:
                self._failure = error
            finally:
                del self._serving[chat], self._tasks[chat]

        self._tasks[chat] = asyncio.create_task(whole())

    async def _ask(self, kind: str, chat: str, text: str | None = None, **fields: Any) -> Ask:
        self._asked += 1
        ask = Ask(f"{self._crowd.mark}.{kind}.{self._asked}.{self.user}", kind, chat, now(), text=text)
        self.ledger.asks.append(ask)
        told = {"item": chat} if chat else {}
        if text is not None:
            told["text"] = text
        return await self.desk.ask(ask, **told, **fields)

    # --- one chat -----------------------------------------------------------------------------------------------------

    async def _pick(self, chat: str) -> None:
        """Two agents at once; anybody, when those two do not come."""
        first = sum(chat.encode()) % self._of
        if self._number not in (first, (first + 1) % self._of):
            await asyncio.sleep(3 + self._crowd.chance.random())
        view = self.desk.view
        waits = [item["item"] for queue in view["queues"] for item in queue["waiting"]] if view is not None else []
        if chat in waits:
            await self._ask("pick", chat)
            await asyncio.sleep(0.1)

    async def _serve(self, chat: str) -> None:
        refused = 0
        while (item := self.desk.inbox.get(chat)) is not None or self.desk.view is None:
            conversation = self._crowd.conversations.get(chat)
            if item is None or conversation is None:
                await self._news_of(chat, 0.3)
                continue
            if item["stage"] == "wrap_up":
                return await self._wrap_up(chat, conversation)
            ask = await self._next_in(chat, conversation, item)
            if ask is not None and ask.refused is not None:
                refused += 1
                if refused > 100:
                    raise AssertionError(f"{self.user} in {chat}: refused again and again: {ask.refused}")
                await asyncio.sleep(0.2)
        return None

    async def _next_in(self, chat: str, conversation: Conversation, item: dict[str, Any]) -> Ask | None:
        """Do what is next; None when somebody else is next."""
        if item["activity"] != "active":
            return await self._ask("resume", chat)
        said = self._said.setdefault(chat, set())
        turn = conversation.next_turn(said | turns_of(self.ledger.seen.get(chat, [])))
        if turn is None and not conversation.ended_by_visitor:
            ask = await self._ask("end", chat)
            if ask.ack is not None:
                await self._news_of(chat, 1)
            return ask
        if turn is None or conversation.turns[turn][0] == "visitor":
            await self._news_of(chat, 1)
            return None
        if conversation.parked and chat not in self._was_parked and turn > len(conversation.turns) // 2:
            self._was_parked.add(chat)
            await self._ask("park", chat)
            await self._crowd.think()
            return await self._ask("resume", chat)
        await self._crowd.think()
        if self.desk.inbox.get(chat, item)["stage"] != "conversation":
            return None
        run = conversation.run_of(turn)
        asks = await asyncio.gather(*(self._ask("message", chat, conversation.text(one, self.user)) for one in run))
        said.update(one for one, ask in zip(run, asks, strict=True) if ask.ack is not None)
        return next((ask for ask in asks if ask.refused is not None), asks[0])

    async def _wrap_up(self, chat: str, conversation: Conversation) -> None:
        if conversation.extended:
            await self._ask("extend", chat)
        if not conversation.left_to_time:
            await self._ask("classify", chat, code="question")
            await self._ask("complete", chat)
        while self.desk.view is None or chat in self.desk.inbox:
            await self._news_of(chat, 0.5)

    async def _news_of(self, chat: str, seconds: float) -> None:
        """Until something has changed in the chat, or some time has passed."""
        event = self._serving[chat]
        event.clear()
        try:
            async with asyncio.timeout(seconds):
                await event.wait()
        except TimeoutError:
            pass
