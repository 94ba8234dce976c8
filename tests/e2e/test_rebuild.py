"""R29: the log is the truth. Folded from the beginning, it gives what is live: chats, floor, desk, CRM."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from parley_chassis.store import open_store
from parley_contracts.instant import from_rfc3339, rfc3339
from parley_gateway.shown.desk import Desk
from parley_gateway.shown.floor_view import FloorView as GatewayFloor
from parley_ops.replay import chat_at, floor_at
from parley_router.views import snapshot
from parley_session.views import entries
from protocol import Agent, RefusedByServer, Visitor, call, interaction, log_in
from raw_events import of_chat, raw_log, timers

from .conftest import Product

pytestmark = [pytest.mark.stores, pytest.mark.asyncio(loop_scope="module")]

PAUSE_S = 0.05
"""Between two chats, and two contacts, of those who are the load: it changes something each few milliseconds all the same, and the
rebuild that it is for gets on."""


async def some_life(product: Product, agents: list[Agent], seed: int, chats: int) -> list[Visitor]:
    """Chats in all states: waiting, active, parked, in wrap-up, closed, abandoned, given back."""
    chance = random.Random(seed)
    visitors = []
    for number in range(chats):
        visitor = await Visitor(product.url).connect()
        await visitor.start(
            token=chance.choice(["demo", "demo-sales"]), text=f"Frage {number} – ¿qué? 🙂", name=f"V{number}"
        )
        visitors.append(visitor)
        agent = chance.choice(agents)
        for _ in range(chance.randrange(8)):
            owned = list(agent.inbox)
            item = chance.choice(owned) if owned and chance.random() < 0.7 else visitor.chat
            doing = chance.choice(
                ["pick", "message", "park", "resume", "note", "end", "complete", "classify", "visitor"]
            )
            with contextlib.suppress(RefusedByServer):  # what makes no sense now is refused, and that is all
                match doing:
                    case "message" | "note":
                        await agent.ask(doing, item=item, text=f"{doing} {chance.random()}")
                    case "classify":
                        await agent.ask("classify", item=item, code=chance.choice(["a", "b"]))
                    case "visitor":
                        await chance.choice(visitors).say("still there")
                    case _:
                        await agent.ask(doing, item=item)
    for visitor in chance.sample(visitors, len(visitors) // 4):
        await visitor.ask("end")
    for number, visitor in enumerate(visitors):
        with contextlib.suppress(RefusedByServer):  # what is not over, and what nobody joined
            await visitor.ask("rate", score=number % 5 + 1, comment=f"{number} 🙂" if number % 2 else None)
    return visitors


def parley(product: Product, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """`parley ARGUMENTS`, run to its end."""
    env = {"PARLEY_DATABASE_URL": product.store_url, "PATH": "/usr/bin:/bin", **settings}
    return subprocess.run(
        [sys.executable, "-m", "parley_ops", *arguments], capture_output=True, text=True, env=env, timeout=60
    )


def command(product: Product, *arguments: str, **settings: str) -> tuple[int, Any]:
    """What `parley ARGUMENTS --json` answers."""
    done = parley(product, *arguments, "--json", **settings)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert lines or done.returncode == 3, done.stderr
    return done.returncode, lines if len(lines) != 1 else lines[0]


class TestAfterSomeLife:
    """The product is left alone while these look at it."""

    @pytest_asyncio.fixture(autouse=True, loop_scope="module")
    async def life(self, product: Product, request: pytest.FixtureRequest) -> None:
        kept = _LIVES.get(product.url)
        if kept is None:
            agents = [await Agent.log_in(product.url, name) for name in ("anna", "ben")]
            await agents[0].ask("ready")
            kept = _LIVES[product.url] = (agents, await some_life(product, agents, seed=7, chats=40))
            await settled(product)
        self.agents, self.visitors = kept

    async def test_R29_every_chat_folded_from_the_log_is_the_live_one(self, product: Product) -> None:
        token = (await log_in(product.url, "sam"))["token"]
        supervisor = await Agent(product.url, token).connect()
        await supervisor.frame("snapshot")
        log = raw_log(product.store_url, "session")
        kinds: set[str] = set()
        with closing(open_store(product.store_url, "session")) as store:
            for visitor in self.visitors:
                chat = chat_at(store, "demo", visitor.chat, None)
                assert chat is not None
                live = await supervisor.ask("open", item=visitor.chat, after=0)
                assert (live["stage"], live["seq"], live["n"]) == (chat.stage, chat.seq, chat.n)
                kinds |= {e.kind for e in entries(chat, 0)}
                told = [
                    {"n": e.n, "seq": e.last_seq, "at": rfc3339(e.at), "kind": e.kind, **e.fields, **(e.internal or {})}
                    for e in entries(chat, 0)
                ]
                assert told == live["events"]
                assert visitor.events == [
                    {"type": "event", "seq": e.seq, "at": rfc3339(e.at), "kind": e.kind, **e.fields}
                    for e in entries(chat, 0)
                    if e.seq is not None
                ]
                if chat.stage == "closed":
                    recomputed = timers(of_chat(log, visitor.chat))
                    assert recomputed == {
                        "wait_ms": chat.wait.ms,
                        "handle_ms": chat.handle.ms,
                        "wrap_up_ms": chat.wrap_up.ms,
                    }
        assert {"note", "rated", "closed"} <= kinds, "the life had enough in it"
        supervisor.cut()

    async def test_R29_the_floor_folded_from_the_log_is_the_live_one(self, product: Product) -> None:
        token = (await log_in(product.url, "pbx"))["token"]
        with closing(open_store(product.store_url, "router")) as store:
            floor = floor_at(store, "demo", None)
        view = GatewayFloor("demo")
        view.apply(snapshot(floor, 1))
        assert view.items, "there is something to compare"
        for item in view.items.values():
            assert await call(product.url, "GET", f"/v1/items/{item.item}", token) == item.frame()
        for agent in self.agents:
            assert agent.view is not None
            folded = Desk(view, agent.view["agent"]["id"]).snapshot(0)
            fresh = await Agent.log_in(product.url, agent.view["agent"]["id"])
            assert fresh.view is not None
            assert comparable(folded) == comparable(fresh.view)
            fresh.cut()

    async def test_a_desk_that_applied_every_event_is_a_fresh_snapshot(self, product: Product) -> None:
        for agent in self.agents:
            assert agent.view is not None
            fresh = await Agent.log_in(product.url, agent.view["agent"]["id"])
            assert fresh.view is not None
            assert agent.view["version"] > 10
            assert comparable(agent.view) == comparable(fresh.view)
            fresh.cut()

    async def test_R29_the_session_and_the_router_tell_the_same_story(self, product: Product) -> None:
        with closing(open_store(product.store_url, "router")) as store:
            floor = floor_at(store, "demo", None)
        with closing(open_store(product.store_url, "session")) as store:
            for visitor in self.visitors:
                chat = chat_at(store, "demo", visitor.chat, None)
                item = floor.items.get(visitor.chat) or floor.closed.get(visitor.chat)
                assert chat is not None
                assert item is not None
                assert (chat.stage, chat.activity) == (item.stage, item.activity)
                assert (chat.handle, chat.wrap_up, chat.unread) == (item.handle, item.wrap_up, item.unread)

    @pytest.mark.slow
    async def test_R29_a_chat_at_any_moment_is_what_it_was_then(self, product: Product) -> None:
        visitor = next(v for v in self.visitors if len([e for e in v.events if e["kind"] == "message"]) > 1)
        for event in visitor.events:
            status, shown = await asyncio.to_thread(command, product, "chat", visitor.chat, "--at", event["at"])
            assert status == 0
            seen = [e for e in shown["events"] if e["seq"] is not None]
            assert seen[-1]["seq"] >= event["seq"]
            assert all(from_rfc3339(e["at"]) <= from_rfc3339(event["at"]) for e in shown["events"])
        assert (await asyncio.to_thread(command, product, "chat", "nosuchchat"))[0] == 3

    @pytest.mark.slow
    async def test_R29_operators_list_events_by_chat_agent_type_and_time(self, product: Product) -> None:
        chat = self.visitors[0].chat
        _, by_chat = await asyncio.to_thread(command, product, "events", "--chat", chat)
        assert {event["item"] for event in by_chat} == {chat}
        assert {event["log"] for event in by_chat} == {"router", "session"}
        assert [event["at"] for event in by_chat] == sorted(event["at"] for event in by_chat)
        _, by_agent = await asyncio.to_thread(command, product, "events", "--agent", "anna", "--type", "parked")
        assert all(event["agent"] == "anna" and "Parked" in event["type"] for event in by_agent)
        _, before = await asyncio.to_thread(command, product, "events", "--until", by_chat[0]["at"])
        assert all(event["at"] < by_chat[0]["at"] for event in before)
        _, users = await asyncio.to_thread(command, product, "events", "--type", "UserSet")
        assert users
        assert "password" not in json.dumps(users)


@pytest.mark.slow
async def test_R29_the_crm_rebuilt_under_load_is_equal_and_takes_over_without_a_gap(product: Product) -> None:
    anna = (await log_in(product.url, "anna"))["token"]
    agents = [await Agent.log_in(product.url, name) for name in ("anna", "ben")]
    stop = asyncio.Event()
    ended: list[str] = []
    linked: dict[str, str] = {}
    contacts: list[str] = []

    async def chatter(number: int) -> None:
        while not stop.is_set():
            async with Visitor(product.url) as visitor:
                await visitor.start(token="demo-sales", text="first")
                await visitor.say("second")
                await visitor.ask("end")
                ended.append(visitor.chat)
            await asyncio.sleep(PAUSE_S)

    async def clerk(number: int) -> None:
        """Creates contacts, corrects links, merges and parts."""
        chance = random.Random(number)
        while not stop.is_set():
            person = {"name": f"Jürgen Müller {number}", "phones": [f"030 {chance.randrange(10**6, 10**7)}"]}
            contacts.append((await call(product.url, "POST", "/v1/contacts", anna, json=person))["contact"])
            this = contacts[-1]
            person |= {"name": f"Jörg Meier {chance.random()}"}
            await call(product.url, "PUT", f"/v1/contacts/{this}", anna, json=person)
            for item in ended[number::2][-2:]:
                with contextlib.suppress(RefusedByServer):  # the CRM may not have heard of its end
                    await call(product.url, "PUT", f"/v1/interactions/{item}/contact", anna, json={"contact": this})
                    linked[item] = this
            if len(contacts) > 2 and chance.random() < 0.5:
                with contextlib.suppress(RefusedByServer):  # one that is merged already is refused, and that is all
                    into = chance.choice([name for name in contacts if name != this])
                    await call(product.url, "POST", f"/v1/contacts/{this}/merge", anna, json={"into": into})
                if chance.random() < 0.5:
                    await call(product.url, "POST", f"/v1/contacts/{this}/unmerge", anna)
            await asyncio.sleep(PAUSE_S)

    work = [*(chatter(number) for number in range(4)), *(clerk(number) for number in range(2))]
    load = [asyncio.create_task(each) for each in work]
    for arguments in (("rebuild", "crm"), ("rebuild", "crm", "--swap"), ("rebuild", "crm", "--swap")):
        status, told = await asyncio.to_thread(command, product, *arguments)
        assert (status, told["different"], told["swapped"]) == (0, 0, "--swap" in arguments), told["examples"]
        assert min(told["rows"][table] for table in ("interactions", "contacts", "terms", "texts")) > 0
    stop.set()
    await asyncio.gather(*load)
    for chat in ended:
        record = await interaction(product.url, chat, anna)
        assert [line["text"] for line in record["transcript"]] == ["first", "second"]
        assert record.get("contact") == linked.get(chat)
    assert linked
    for contact in contacts:
        assert (await call(product.url, "GET", f"/v1/contacts/{contact}", anna))["name"].startswith("Jörg Meier")
    status, told = await asyncio.to_thread(command, product, "rebuild", "crm")
    assert (status, told["different"], told["rows"]["contacts"]) == (0, 0, len(contacts))
    for agent in agents:
        agent.cut()


@pytest.mark.slow
async def test_R29_the_contacts_log_is_listed_with_who_did_what(product: Product) -> None:
    anna = (await log_in(product.url, "anna"))["token"]
    contact = (await call(product.url, "POST", "/v1/contacts", anna, json={"name": "Kim"}))["contact"]
    _, told = await asyncio.to_thread(command, product, "events", "--type", "ContactPut")
    (event,) = [event for event in (told if isinstance(told, list) else [told]) if event.get("contact") == contact]
    assert (event["log"], event["agent"], event["fields"]["name"]) == ("crm-logger", "anna", "Kim")


class Talk:
    """Chats that begin and end all the while."""

    def __init__(self, product: Product, at_once: int = 3) -> None:
        self.ended: list[str] = []
        self._url, self._stop = product.url, asyncio.Event()
        self._load = [asyncio.create_task(self._chatter()) for _ in range(at_once)]

    async def _chatter(self) -> None:
        while not self._stop.is_set():
            async with Visitor(self._url) as visitor:
                await visitor.start(token="demo-sales", text="first")
                await visitor.say("second")
                await visitor.ask("end")
                self.ended.append(visitor.chat)

    async def more(self) -> None:
        """Another chat has begun and ended."""
        before = len(self.ended)
        async with asyncio.timeout(30):
            while len(self.ended) == before:
                await asyncio.sleep(0.05)

    async def over(self) -> None:
        """Nobody talks any more."""
        self._stop.set()
        await asyncio.gather(*self._load)


def forge(store_url: str, text: str, projection: str | None = None) -> None:
    """A line of the live transcripts is wrong; `projection`: what the live tables were built by.

    The line is one of a chat that has ended and was taken into the search: the words of another one are yet to be
    taken from its lines, and the wrong one would be found a second time.
    """
    from parley_crm_logger.store import EVERYBODY, open_crm

    with closing(open_crm(store_url)) as crm:
        live = crm.live_generation()
        with crm.transaction(write=True, tenant=EVERYBODY) as cursor:
            item = crm.db.ask(cursor, f"SELECT item FROM $texts_{live} ORDER BY item LIMIT 1")[0]["item"]
            crm.db.do(cursor, f"UPDATE $lines_{live} SET text = ? WHERE item = ? AND n = 2", (text, item))
            if projection is not None:
                changed = "UPDATE $generations SET projection = ? WHERE generation = ?"
                crm.db.do(cursor, changed, (projection, live))


@pytest.mark.slow
async def test_R29_a_row_that_is_wrong_is_found_and_repaired_under_load(product: Product, tmp_path: Path) -> None:
    talk, data = Talk(product), {"PARLEY_DATA": str(tmp_path)}
    await talk.more()
    await interaction(product.url, talk.ended[0], (await log_in(product.url, "anna"))["token"])
    forge(product.store_url, "forged")
    refused = await asyncio.to_thread(parley, product, "rebuild", "crm", "--swap", **data)
    assert refused.returncode == 4, refused.stderr
    assert "1 rows differ" in refused.stdout
    assert "--swap --because" in refused.stderr
    reason = ("--because", "a line was forged", "--by", "olga")
    status, told = await asyncio.to_thread(command, product, "rebuild", "crm", "--swap", *reason, **data)
    assert (status, told["different"], told["swapped"]) == (0, 1, True), told
    assert told["examples"][0]["one"]["text"] == "forged"
    (row,) = [json.loads(line) for line in Path(told["kept"]).read_text().splitlines()]
    assert (row["table"], row["live"]["text"]) == ("lines", "forged")
    await nothing_is_missing(product, talk)
    _, event = await asyncio.to_thread(command, product, "events", "--type", "DifferencesAccepted")
    assert (event["who"], event["because"], event["different"]) == ("olga", "a line was forged", 1)
    assert event["kept"] == told["kept"]


@pytest.mark.slow
async def test_R29_another_projection_is_built_beside_and_takes_over_under_load(
    product: Product, tmp_path: Path
) -> None:
    talk, data = Talk(product), {"PARLEY_DATA": str(tmp_path)}
    await talk.more()
    await interaction(product.url, talk.ended[0], (await log_in(product.url, "anna"))["token"])
    forge(product.store_url, "as it was written before", projection="0.before")
    _, looked = await asyncio.to_thread(command, product, "rebuild", "crm", **data)
    assert (looked["projection"]["live"], looked["swapped"]) == ("0.before", False)
    status, told = await asyncio.to_thread(command, product, "rebuild", "crm", "--swap", **data)
    assert (status, told["different"], told["swapped"]) == (0, 1, True), told
    assert "0.before" in told["because"]
    await nothing_is_missing(product, talk)
    _, after = await asyncio.to_thread(command, product, "rebuild", "crm", **data)
    assert after["projection"]["live"] == after["projection"]["here"]


async def nothing_is_missing(product: Product, talk: Talk) -> None:
    """After the swap others have talked; each chat is in the CRM, whole, and a rebuild finds nothing to differ."""
    await talk.more()
    await talk.over()
    anna = (await log_in(product.url, "anna"))["token"]
    for chat in talk.ended:
        record = await interaction(product.url, chat, anna)
        assert [line["text"] for line in record["transcript"]] == ["first", "second"]
    status, told = await asyncio.to_thread(command, product, "rebuild", "crm")
    assert (status, told["different"], told["behind"]) == (0, 0, 0), told


_LIVES: dict[str, tuple[list[Agent], list[Visitor]]] = {}


def comparable(view: dict[str, Any]) -> dict[str, Any]:
    """A desk without what differs from one look to the next, lists in one order."""
    return {
        "agent": view["agent"],
        "inbox": sorted(view["inbox"], key=lambda item: item["item"]),
        "queues": {queue["queue"]: (queue["name"], queue["waiting"]) for queue in view["queues"]},
    }


async def settled(product: Product) -> None:
    """Wait until nothing is on its way: no log has grown while another one was read."""
    async with asyncio.timeout(20):
        before: list[int] = []
        while True:
            ends = []
            for service in ("session", "router"):
                with closing(open_store(product.store_url, service)) as store:
                    ends.append(store.end())
            if ends == before:
                return
            before = ends
            await asyncio.sleep(0.3)
