"""What operators ask (R29, R38): everything that happened, in an order that tells causes; any moment; why; what could not be taken. In the
whole product, over HTTP."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from protocol import RefusedByServer, Visitor, call, log_in, plainly
from running import ROOT, foreign_environment

from .conftest import Product
from .people import at_desk, telephone
from .test_runbooks import commands

pytestmark = pytest.mark.stores

SECRET_WORDS = "my cup broke and my number is 030 1234567"


class Operator:
    """Somebody who asks."""

    def __init__(self, url: str, token: str) -> None:
        self.url, self.token = url, token

    async def get(self, path: str, status: int = 200, **query: Any) -> Any:
        async with plainly() as client:
            answer = await client.get(
                f"{self.url}/v1/ops/{path}", params=query, headers={"Authorization": f"Bearer {self.token}"}
            )
        assert answer.status_code == status, (path, query, answer.text)
        return answer.json()

    async def until(self, path: str, found: Any, **query: Any) -> Any:
        """The index follows the logs a moment later."""
        for _ in range(200):
            answer = await self.get(path, **query)
            if found(answer):
                return answer
            await asyncio.sleep(0.1)
        raise AssertionError((path, query, answer))

    async def all(self, **query: Any) -> list[dict[str, Any]]:
        """Every page."""
        events: list[dict[str, Any]] = []
        after = ""
        while True:
            page = await self.get("events", **query, **({"after": after} if after else {}))
            events += page["events"]
            if "next" not in page:
                return events
            after = page["next"]


async def operator(url: str) -> Operator:
    return Operator(url, (await log_in(url, "otto"))["token"])


class Story:
    """A chat that waits while nobody is ready, is answered, interrupted by a call, and closed."""

    def __init__(self) -> None:
        self.chat = self.call = ""


@pytest.fixture(scope="module")
def told() -> dict[str, Story]:
    return {}


async def story(product: Product, told: dict[str, Story]) -> Story:
    """Told once for the module."""
    if product.url in told:
        return told[product.url]
    made = told[product.url] = Story()
    async with telephone(product.url) as pbx, at_desk(product.url, "ben") as ben, Visitor(product.url) as visitor:
        await ben.ask("not_ready", reason="Break")
        await visitor.start(text=SECRET_WORDS, name="Vera Visitor")
        made.chat = visitor.chat
        await asyncio.sleep(0.3)
        await ben.ask("ready")
        await ben.owns(made.chat, activity="active")
        made.call = await pbx.place()
        await pbx.frame("assigned", item=made.call, agent="ben")
        await pbx.say(made.call, "answered")
        await asyncio.sleep(0.05)
        await pbx.say(made.call, "ended")
        await ben.owns(made.chat, activity="active")
        await visitor.ask("end")
        await ben.owns(made.chat, stage="wrap_up")
        await ben.ask("complete", item=made.chat)
        await ben.lost(made.chat)
    await (await operator(product.url)).until(
        "events", lambda page: any(each["type"] == "Closed" for each in page["events"]), chat=made.chat, order="desc"
    )
    return made


async def test_R29_a_chats_events_stand_cause_before_effect(product: Product, told: dict[str, Story]) -> None:
    of, ops = await story(product, told), await operator(product.url)
    events = await ops.all(chat=of.chat)
    names = [(event["log"], event["type"]) for event in events]
    assert names[:2] == [("session", "Requested"), ("session", "MessagePosted")] or names[:2] == [
        ("session", "Requested"),
        ("router", "ItemQueued"),
    ]
    places = {name: place for place, name in reversed(list(enumerate(names)))}
    for cause, effect in (
        (("session", "Requested"), ("router", "ItemQueued")),
        (("router", "ItemAssigned"), ("session", "Assigned")),
        (("router", "ItemParked"), ("session", "Parked")),
        (("router", "ItemResumed"), ("session", "Resumed")),
        (("session", "Ended"), ("router", "WrapUpStarted")),
        (("router", "WrapUpStarted"), ("session", "WrapUpStarted")),
        (("router", "ItemClosed"), ("session", "Closed")),
    ):
        assert places[cause] < places[effect], names
    for log in ("session", "router"):
        numbers = [event["n"] for event in events if event["log"] == log]
        assert numbers == sorted(numbers)
    newest = await ops.all(chat=of.chat, order="desc")
    assert newest == events[::-1]


async def test_pages_of_any_size_are_the_whole_list_once(product: Product, told: dict[str, Story]) -> None:
    await story(product, told)
    ops = await operator(product.url)
    until = "2100-01-01T00:00:00Z"
    whole = await ops.all(until=until, limit=500)
    of_queue = [event for event in whole if event.get("queue") == "support"]
    for limit in (1, 7, 100):
        assert (await ops.all(queue="support", limit=limit))[: len(of_queue)] == of_queue
    assert [event["at"] for event in whole] == sorted(event["at"] for event in whole)


async def test_what_people_wrote_is_shown_for_a_reason_that_is_kept(product: Product, told: dict[str, Story]) -> None:
    of, ops = await story(product, told), await operator(product.url)
    for path in (f"events?chat={of.chat}", f"chats/{of.chat}", "events?queue=support&limit=500", "floor"):
        text = json.dumps(await ops.get(path))
        assert "cup" not in text, path
        assert "Vera" not in text, path
    hidden = [event for event in (await ops.get("events", chat=of.chat))["events"] if "text" in event.get("hidden", ())]
    assert hidden
    assert (await ops.get("events", 422, chat=of.chat, reveal="x"))["code"] == "bad_request"
    shown = json.dumps(await ops.get("events", chat=of.chat, reveal="complaint 4711"))
    assert SECRET_WORDS in shown
    assert "Vera" in shown
    assert SECRET_WORDS in json.dumps(await ops.get(f"chats/{of.chat}", reveal="complaint 4711"))
    admin = (await log_in(product.url, "ada"))["token"]
    entries = (await call(product.url, "GET", "/v1/admin/audit?action=texts.revealed", admin))["entries"]
    assert {(entry["user"], entry["reason"]) for entry in entries} == {("otto", "complaint 4711")}
    assert all("password" not in event for event in await ops.all(type="UserSet"))


async def test_a_chat_at_any_of_its_events_and_moments(product: Product, told: dict[str, Story]) -> None:
    of, ops = await story(product, told), await operator(product.url)
    whole = await ops.get(f"chats/{of.chat}")
    assert (whole["stage"], whole["outcome"], whole["interruptions"]) == ("closed", "handled", 1)
    assert [(band["stage"], band.get("activity")) for band in whole["bands"]][:4] == [
        ("waiting", None),
        ("conversation", "active"),
        ("conversation", "interrupted"),
        ("conversation", "active"),
    ]
    assert whole["bands"][2]["interrupted_by"] == of.call
    last = 0
    for n in range(1, whole["last_n"] + 1):
        then = await ops.get(f"chats/{of.chat}", n=n)
        assert (then["n"], then["last_n"]) == (n, whole["last_n"])
        assert then["handle_ms"] >= last
        last = then["handle_ms"]
    assert last == whole["handle_ms"]
    parked = whole["bands"][2]["from"]
    assert (await ops.get(f"chats/{of.chat}", at=parked))["activity"] == "interrupted"
    assert (await ops.get("chats/nobody", 404))["code"] == "not_found"
    assert (await ops.get(f"chats/{of.chat}", 404, at="2001-01-01T00:00:00Z"))["code"] == "not_found"
    assert (await ops.get(f"chats/{of.chat}", 422, at="yesterday"))["code"] == "bad_request"


async def test_the_floor_at_any_version_and_moment(product: Product, told: dict[str, Story]) -> None:
    of, ops = await story(product, told), await operator(product.url)
    for event in await ops.all(chat=of.chat):
        if event["log"] == "router" and event["type"] == "ItemAssigned":
            before = await ops.get("floor", version=event["n"] - 1)
            after = await ops.get("floor", version=event["n"])
            assert of.chat in before["queues"]["support"]["waiting"]
            assert of.chat not in after["queues"]["support"]["waiting"]
            assert [item["owner"] for item in after["items"] if item["item"] == of.chat] == ["ben"]
    now = await ops.get("floor")
    assert now["version"] == now["last_version"]
    assert of.chat not in {item["item"] for item in now["items"]}
    assert (await ops.get("floor", at="2001-01-01T00:00:00Z"))["version"] == 0


async def test_R38_why_this_agent_and_why_it_waited(product: Product, told: dict[str, Story]) -> None:
    of, ops = await story(product, told), await operator(product.url)
    why = await ops.get(f"why/{of.chat}")
    assert [(each["agent"], each["how"], each["out_of"]) for each in why["assigned"]] == [("ben", "pushed", "free")]
    assert {"agent": "ben", "reason": "not_ready"} in why["waited"][0]["because"]
    assert why["waited"][0]["from"] == why["steps"][0]["at"]
    assert why["waited"][-1]["until"] == why["assigned"][0]["at"]
    assert (await ops.get(f"why/{of.call}"))["waited"][-1]["because"] == [{"agent": "ben", "reason": "rings"}]
    assert (await ops.get("why/nothing", 404))["code"] == "not_found"


async def test_from_what_somebody_has_in_hand_to_the_chat(product: Product, told: dict[str, Story]) -> None:
    of, ops = await story(product, told), await operator(product.url)
    assert [(each["kind"], each["id"]) for each in (await ops.get("find", q=of.chat))["found"]] == [("chat", of.chat)]
    assert (await ops.get("find", q=of.call))["found"][0]["kind"] == "call"
    assert (await ops.get("find", q="ben"))["found"][0]["kind"] == "agent"
    trace = next(event["trace"] for event in await ops.all(chat=of.chat) if "trace" in event)
    found = (await ops.get("find", q=trace))["found"]
    assert found[0]["kind"] == "trace"
    assert of.chat in {each["item"] for each in found[0]["items"]}
    traced = await ops.all(trace=trace)
    assert {event["log"] for event in traced} >= {"session", "router"}
    assert (await ops.get("find", q="2026-01-31T09:30:00Z"))["found"][0]["kind"] == "time"
    assert (await ops.get("find", q="nobody@nowhere.example"))["found"] == []


async def test_from_a_visitors_address_to_why_they_waited(product: Product) -> None:
    """Three questions."""
    ops = await operator(product.url)
    anna = (await log_in(product.url, "anna"))["token"]
    address = "gerd.wartet@example.org"
    contact = await call(product.url, "POST", "/v1/contacts", anna, json={"name": "Gerd", "emails": [address]})
    async with at_desk(product.url, "ben") as ben, Visitor(product.url) as visitor:
        await ben.ask("ready")
        await visitor.start(text="hello")
        await ben.owns(visitor.chat)
        await ben.ask("identify", item=visitor.chat, contact=contact["contact"])
        found = await ops.until("find", lambda answer: answer["found"] and answer["found"][0]["items"], q=address)
        assert [each["item"] for each in found["found"][0]["items"]] == [visitor.chat]
        assert "Gerd" not in json.dumps(found)
        for like in ("nobody@example.org", "gerd.wartet@example.com", "wartet@example.org"):
            assert (await ops.get("find", q=like))["found"] == [], "somebody like them is somebody else"
        assert (await ops.get(f"why/{visitor.chat}"))["assigned"][0]["agent"] == "ben"


@asynccontextmanager
async def following(ops: Operator, **query: Any) -> AsyncIterator[AsyncIterator[tuple[str, dict[str, Any]]]]:
    """The events as they come, each with its cursor."""
    headers = {"Authorization": f"Bearer {ops.token}"}
    async with (
        plainly() as client,
        client.stream("GET", f"{ops.url}/v1/ops/events/live", params=query, headers=headers) as answer,
    ):
        assert answer.status_code == 200, await answer.aread()
        assert answer.headers["content-type"].startswith("text/event-stream")

        async def told() -> AsyncIterator[tuple[str, dict[str, Any]]]:
            cursor = ""
            async for line in answer.aiter_lines():
                if line.startswith("id: "):
                    cursor = line.removeprefix("id: ")
                if line.startswith("data: "):
                    yield cursor, json.loads(line.removeprefix("data: "))

        yield told()


async def test_events_are_followed_from_any_point_without_a_gap(product: Product, told: dict[str, Story]) -> None:
    of, ops = await story(product, told), await operator(product.url)
    known = [(event["log"], event["position"]) for event in await ops.all(chat=of.chat)]
    first: list[tuple[str, dict[str, Any]]] = []
    async with following(ops, after="0.0.0.0", chat=of.chat) as events, asyncio.timeout(20):
        async for each in events:
            first.append(each)
            if len(first) == 5:
                break
    rest = []
    async with following(ops, after=first[-1][0], chat=of.chat) as events, asyncio.timeout(20):
        async for _, event in events:
            rest.append(event)
            if len(rest) + len(first) == len(known):
                break
    assert sorted((event["log"], event["position"]) for event in [*(event for _, event in first), *rest]) == sorted(
        known
    )
    page = await ops.get("events", chat=of.chat)
    behind = [event["position"] for event in page["events"][3:] if event["log"] == "router"]
    seen: list[int] = []
    async with following(ops, after=page["events"][2]["cursor"], chat=of.chat) as events, asyncio.timeout(20):
        async for _, event in events:
            seen += [event["position"]] if event["log"] == "router" else []
            if set(behind) <= set(seen):
                break
    async with following(ops, type="Requested") as events, Visitor(product.url) as visitor, asyncio.timeout(20):
        await visitor.start(text="hello")
        async for _, event in events:
            assert event["item"] == visitor.chat, "from now on"
            break
    assert (await ops.get("events/live", 422, after="nonsense"))["code"] == "bad_request"


async def test_lines_are_told_with_their_lag(product: Product, told: dict[str, Story]) -> None:
    await story(product, told)
    ops = await operator(product.url)
    lines = {("session", "router"), ("router", "session"), ("crm-logger", "session")}

    def known(told: dict[str, Any]) -> bool:
        """The services' books are written every few seconds."""
        found = {(each["consumer"].partition(".")[0], each["source"].partition(".")[0]) for each in told["consumers"]}
        return lines <= found and all(log["end"] == log["indexed"] for log in told["logs"])

    streams = await ops.until("streams", known)
    assert [log["log"] for log in streams["logs"]] == ["gateway", "session", "router", "crm-logger"]
    assert all(each["lag"] == each["end"] - each["position"] >= 0 for each in streams["consumers"])
    assert all(each["owner"] for each in streams["partitions"])
    assert (await ops.get("letters"))["letters"] == []
    assert (await ops.get("letters", 422, after="nonsense"))["code"] == "bad_request"


async def test_R38_what_other_settings_would_have_done(product: Product, told: dict[str, Story]) -> None:
    await story(product, told)
    ops = await operator(product.url)
    asked = {"settings": ["support.chats_per_agent=2"], "agents": 0}
    begun = await call(product.url, "POST", "/v1/ops/whatif", ops.token, json=asked)
    answered = await ops.until(f"whatif/{begun['run']}", lambda told: told["runs"][0]["state"] != "running")
    run = answered["runs"][0]
    assert (run["by"], run["asked"]["settings"]) == ("otto", asked["settings"])
    assert run["state"] in ("done", "no_answer"), run
    assert run["result"]["reproduction"]["compared"] > 0
    assert run["result"]["answers"] == (run["state"] == "done")
    assert begun["run"] in {each["run"] for each in (await ops.get("whatif"))["runs"]}
    for wrong in ({"settings": ["nonsense"]}, {}, {"agents": 5000}, {"setings": []}):
        with pytest.raises(RefusedByServer) as refused:
            await call(product.url, "POST", "/v1/ops/whatif", ops.token, json=wrong)
        assert refused.value.code == "bad_request"
    impossible = await call(
        product.url, "POST", "/v1/ops/whatif", ops.token, json={"settings": ["support.chats_per_agent=none"]}
    )
    ended = await ops.until(f"whatif/{impossible['run']}", lambda told: told["runs"][0]["state"] != "running")
    assert ended["runs"][0]["state"] == "failed"
    assert "chats_per_agent" in ended["runs"][0]["reason"]
    assert (await ops.get("whatif/nosuch", 404))["code"] == "not_found"


async def test_what_the_runbook_says_can_be_done(product: Product, told: dict[str, Story]) -> None:
    of, ops = await story(product, told), await operator(product.url)
    trace = next(event["trace"] for event in await ops.all(chat=of.chat) if "trace" in event).split("-")[1]
    env = {name: value for name, value in foreign_environment().items() if not name.startswith("PARLEY_")}
    looked = commands(ROOT / "docs" / "runbooks" / "operators.md")
    assert len(looked) == 7
    for command in looked:
        words = [
            {"k3v...": of.chat, "4bf9...": trace, "vera@example.org": of.chat}.get(word, word) for word in command[1:]
        ]
        run = subprocess.Popen(
            [sys.executable, "-m", "parley_ops", *words],
            env={**env, "PARLEY_URL": product.url},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        if "--follow" in words:
            await asyncio.sleep(4)
            assert run.poll() is None, "it goes on"
            run.send_signal(signal.SIGINT)
        out, wrong = await asyncio.to_thread(run.communicate, timeout=60)
        assert run.returncode == 0, (words, out, wrong)
        assert "Traceback" not in wrong
        if of.chat in words:
            assert "cup" not in out
            assert out


async def test_only_operators_ask_and_only_of_their_own(product: Product, told: dict[str, Story]) -> None:
    of = await story(product, told)
    for user in ("anna", "sam", "ada", "pbx"):
        token = (await log_in(product.url, user))["token"]
        async with plainly() as client:
            for path in (
                "events",
                "events/live",
                "find?q=x",
                f"chats/{of.chat}",
                "floor",
                f"why/{of.chat}",
                "letters",
                "streams",
            ):
                answer = await client.get(f"{product.url}/v1/ops/{path}", headers={"Authorization": f"Bearer {token}"})
                assert answer.status_code == 403, (user, path)
    async with httpx.AsyncClient(trust_env=False) as client:
        assert (await client.get(f"{product.url}/v1/ops/events")).status_code == 401
