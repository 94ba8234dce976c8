"""Administration over HTTP (R5, R27): effective at once, an event with who and when, and nothing in use is broken."""

from __future__ import annotations

import asyncio
import time
from contextlib import closing
from typing import Any

import pytest
from parley_chassis.store import open_store
from parley_contracts.instant import from_rfc3339
from parley_gateway.tenants.directories import JOURNAL
from protocol import Agent, RefusedByServer, Source, Visitor, call, log_in

from .conftest import Product
from .people import Admin, at_desk, telephone

SERVICE = {"queue": "sales", "name": "Catalogue", "without_origin": True}


@pytest.fixture
async def ada(product: Product) -> Admin:
    return await Admin.log_in(product.url)


async def refusal(awaitable: object, says: str = "") -> str:
    with pytest.raises(RefusedByServer) as refused:
        await awaitable  # type: ignore[misc]
    assert says in refused.value.frame.get("detail", refused.value.frame.get("message", ""))
    return str(refused.value.code)


def said_in_gateway(product: Product) -> list[Any]:
    """Every event of the gateway's own log, in order."""
    with closing(open_store(product.store_url, "gateway")) as store:
        return [JOURNAL.event(stored.topic, stored.state) for stored in store.log(0, 10_000)]


async def test_R2_R5_a_chat_service_is_made_changed_and_removed_at_once(product: Product, ada: Admin) -> None:
    made = await ada.put("services/catalogue", **SERVICE, skills={"pots": 3}, greeting="Yes?")
    assert len(made["token"]) >= 22, "made here, and not to be guessed"
    assert (await ada.get("services"))["services"]["catalogue"] == made == await ada.get("services/catalogue")
    again = await ada.put("services/catalogue", **SERVICE)
    assert again["token"] == made["token"], "without one it keeps the one it has"
    assert again["skills"] == {}, "what is not said is as it is at first"
    async with Visitor(product.url) as visitor:
        await visitor.start(token=made["token"], text="hello")
        await visitor.ask("end")

    await ada.put("services/catalogue", **SERVICE, enabled=False)
    assert await refusal(starting(product, made["token"])) == "unknown_token"
    await ada.put("services/catalogue", **SERVICE, token="catalogue")
    assert await refusal(starting(product, made["token"])) == "unknown_token"
    assert (await call(product.url, "GET", "/v1/services/catalogue"))["name"] == "Catalogue"
    await ada.delete("services/catalogue")
    assert await refusal(starting(product, "catalogue")) == "unknown_token"
    for path in ("services/catalogue", "services/catalogue/snippet"):
        assert await refusal(ada.get(path)) == "not_found"
    assert await refusal(ada.delete("services/catalogue")) == "not_found"


@pytest.mark.slow
async def test_what_visitors_agree_to_is_told_to_their_widget_and_to_whoever_reads_the_changes(
    product: Product, ada: Admin
) -> None:
    before = await call(product.url, "GET", "/v1/services/demo")
    assert not {"consent", "privacy_url"} & set(before)
    assert (await ada.get("services/demo"))["consent"] == ""
    agreed = {
        "consent": "I agree that you keep what I write.",
        "privacy_url": "https://www.example.org/privacy?of=us#chat",
    }
    async with ada.changed("services/demo", consent=f" {agreed['consent']}\n", privacy_url=agreed["privacy_url"]):
        assert agreed.items() <= (await ada.get("services/demo")).items()
        assert await call(product.url, "GET", "/v1/services/demo") == {**before, **agreed}
        newest = (await ada.get("changes?limit=1"))["changes"][0]
        assert {field["field"]: field["new"] for field in newest["fields"]} == agreed
        async with Visitor(product.url) as app:
            await app.start(token="demo", text="an app asks in its own way, so that nothing is refused")
            await app.ask("end")
        async with ada.changed("services/demo", hours={"timezone": "UTC", "week": {}}):
            assert agreed.items() <= (await call(product.url, "GET", "/v1/services/demo")).items(), (
                "closed, it says so too"
            )
    assert await call(product.url, "GET", "/v1/services/demo") == before


@pytest.mark.slow
async def test_R8_R31_visitors_are_told_in_their_language_what_the_service_has_in_it(
    product: Product, ada: Admin
) -> None:
    german = {"language": "de", "greeting": "Guten Tag!", "consent": "Ich stimme zu.", "privacy_url": ""}
    before = await call(product.url, "GET", "/v1/services/demo")
    async with ada.changed("services/demo", translations=[german, {"language": "pt-BR", "greeting": "Oi!"}]):
        for language, greeting in (
            ("de", "Guten Tag!"),
            ("DE-at", "Guten Tag!"),
            ("pt-br", "Oi!"),
            ("fr", None),
            ("pt", None),
            ("", None),
        ):
            told = await call(product.url, "GET", f"/v1/services/demo?language={language}")
            assert told["greeting"] == (greeting or before["greeting"]), language
            assert told.get("consent") == ("Ich stimme zu." if greeting == "Guten Tag!" else None)
        wrong: list[list[dict[str, str]]] = [
            [german, {"language": "DE"}],
            [{"language": ""}],
            [{"language": "de", "privacy_url": "javascript:alert(1)"}],
            [{"language": "de", "other": "x"}],
            [{"language": f"x{number}"} for number in range(21)],
        ]
        for translations in wrong:
            service = await ada.get("services/demo")
            assert await refusal(ada.put("services/demo", **{**service, "translations": translations})) == "bad_request"


async def starting(product: Product, token: str) -> None:
    async with Visitor(product.url) as visitor:
        await visitor.start(token=token, text="hello")


@pytest.mark.slow
async def test_R5_who_changed_a_queue_is_told_also_after_a_restart(product: Product, ada: Admin) -> None:
    async with ada.changed("queues/sales", ring_s=33, distribution="push"):
        pass
    await asyncio.to_thread(product.demo.kill)
    await asyncio.to_thread(product.demo.start)
    newest, before, *older = (await ada.get("changes?limit=200"))["changes"]
    for change, (old, new) in ((newest, (33, 20)), (before, (20, 33))):
        assert (change["what"], change["name"], change["kind"], change["by"]) == ("queue", "sales", "changed", "ada")
        told = {field["field"]: (field["old"], field["new"]) for field in change["fields"]}
        assert told.keys() == {"ring_s", "distribution"}
        assert told["ring_s"] == (old, new)
    assert ("sales", "added", "system") in [(change["name"], change["kind"], change["by"]) for change in older]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"queue": "nowhere"}, "bad_request"),
        ({"token": "demo"}, "conflict"),
        ({"token": "a b"}, "bad_request"),
        ({"token": "<x>"}, "bad_request"),
        ({"name": ""}, "bad_request"),
        ({"origins": ["www.example.org"]}, "bad_request"),
        ({"origins": ["https://www.example.org/shop"]}, "bad_request"),
        ({"hours": {"week": {"mon": [["18:00", "09:00"]]}}}, "bad_request"),
        ({"hours": {"timezone": "Mars/Olympus", "week": {}}}, "bad_request"),
        ({"skills": {"pots": 11}}, "bad_request"),
        ({"colour": "blue"}, "bad_request"),
        ({"consent": "x" * 1_001}, "bad_request"),
        ({"consent": None}, "bad_request"),
        ({"privacy_url": "/privacy"}, "bad_request"),
        ({"privacy_url": "www.example.org/privacy"}, "bad_request"),
        ({"privacy_url": "javascript:alert(1)"}, "bad_request"),
        ({"privacy_url": "ftp://www.example.org/privacy"}, "bad_request"),
        ({"privacy_url": "https:///privacy"}, "bad_request"),
        ({"privacy_url": "https://www.example.org:port/"}, "bad_request"),
        ({"privacy_url": "https://www.example.org/a b"}, "bad_request"),
        ({"privacy_url": f"https://www.example.org/{'x' * 500}"}, "bad_request"),
    ],
    ids=str,
)
@pytest.mark.slow
async def test_R31_a_chat_service_that_makes_no_sense_is_refused_and_changes_nothing(
    product: Product, ada: Admin, change: dict[str, Any], code: str
) -> None:
    before = await ada.get("services")
    assert await refusal(ada.put("services/wrong", **{**SERVICE, **change})) == code
    assert await ada.get("services") == before


@pytest.mark.slow
async def test_R5_a_queue_in_use_is_not_removed(product: Product, ada: Admin) -> None:
    await ada.put("queues/spare", name="Spare", distribution="pick", agents=["anna"])
    async with at_desk(product.url, "anna") as anna, telephone(product.url) as pbx:
        await anna.until(lambda: "spare" in [queue["queue"] for queue in (anna.view or {})["queues"]])
        await ada.put("services/spare", queue="spare", name="Spare")
        assert await refusal(ada.delete("queues/spare"), "another queue first") == "conflict"
        await ada.delete("services/spare")
        mail = await pbx.place("spare", kind="email")
        assert await refusal(ada.delete("queues/spare"), "first") == "conflict"
        await pbx.say(mail, "ended")
        await ada.delete("queues/spare")
        await anna.until(lambda: "spare" not in [queue["queue"] for queue in (anna.view or {})["queues"]])
        assert await refusal(pbx.place("spare")) == "not_found"
    assert await refusal(ada.delete("queues/spare")) == "not_found"
    assert "spare" not in (await ada.get("queues"))["queues"]


@pytest.mark.slow
async def test_R5_an_agent_is_made_changed_and_removed(product: Product, ada: Admin) -> None:
    assert await refusal(ada.put("agents/cleo", name="Cleo", role="agent"), "password") == "bad_request"
    assert await refusal(ada.put("agents/cleo", name="Cleo", role="agent", password="1234567")) == "bad_request"
    assert await refusal(ada.put("agents/cleo", name="Cleo", role="boss", password="12345678")) == "bad_request"
    assert await refusal(ada.put("agents/system", name="X", role="agent", password="12345678")) == "bad_request"
    assert "cleo" not in (await ada.get("agents"))["agents"]
    made = await ada.put("agents/cleo", name="Cleo", role="agent", password="a good one", skills={"pots": 7})
    shown = {"name": "Cleo", "role": "agent", "skills": {"pots": 7}, "enabled": True, "email": "", "invited": False}
    assert made == shown == await ada.get("agents/cleo")
    assert "password" not in str(await ada.get("agents"))

    await ada.change("queues/sales", agents=["anna", "cleo"])
    assert await refusal(ada.delete("agents/cleo"), "sales") == "conflict"
    async with at_desk(product.url, "cleo", "a good one") as cleo:
        assert cleo.view is not None
        assert [queue["queue"] for queue in cleo.view["queues"]] == ["sales"]
        await ada.change("queues/sales", agents=["anna"])
        await cleo.until(lambda: cleo.view is not None and cleo.view["queues"] == [])
        assert await refusal(ada.delete("agents/cleo"), "log out") == "conflict"
    await ada.delete("agents/cleo")
    assert await refusal(log_in(product.url, "cleo", password="a good one")) == "unauthorized"
    assert await refusal(ada.get("agents/cleo")) == "not_found"
    assert await refusal(ada.delete("agents/cleo")) == "not_found"


async def test_R5_R20_a_disabled_agent_is_gone_and_their_chats_are_back_in_the_queue(
    product: Product, ada: Admin
) -> None:
    await ada.put("agents/cleo", name="Cleo", role="agent", password="a good one")
    await ada.change("queues/sales", agents=["anna", "cleo"])
    async with at_desk(product.url, "cleo", "a good one") as cleo, Visitor(product.url) as visitor:
        chat = (await visitor.start(token="demo-sales", text="hello"))["chat"]
        await cleo.until(lambda: cleo.view is not None and cleo.view["queues"][0]["waiting"] != [])
        await cleo.ask("pick", item=chat)
        await visitor.frame("event", kind="joined")
        began = time.monotonic()
        await ada.put("agents/cleo", name="Cleo", role="agent", enabled=False)
        await closes(cleo)
        assert time.monotonic() - began < 1
        await visitor.frame("event", kind="requeued")
        assert time.monotonic() - began < 2, "nobody waits for somebody who does not come back"
        await visitor.ask("end")
    assert await refusal(log_in(product.url, "cleo", password="a good one")) == "unauthorized"
    await ada.change("queues/sales", agents=["anna"])
    await ada.delete("agents/cleo")


@pytest.mark.slow
async def test_R5_another_role_or_password_ends_the_logins(product: Product, ada: Admin) -> None:
    await ada.put("agents/cleo", name="Cleo", role="agent", password="the first one")
    login = (await log_in(product.url, "cleo", password="the first one"))["token"]
    await ada.put("agents/cleo", name="Cleo C.", role="agent", password="the first one")
    cleo = await Agent(product.url, login).connect()
    await cleo.frame("snapshot")
    assert cleo.closed is None, "the same password is no change"

    await ada.put("agents/cleo", name="Cleo C.", role="agent", password="the second one")
    await closes(cleo)
    assert cleo.closed == 4003
    assert await refusal(call(product.url, "GET", "/v1/items/x", login)) == "unauthorized"

    pabx = await Agent.log_in(product.url, "cleo", password="the second one")
    await ada.put("agents/cleo", name="Cleo C.", role="source")
    await closes(pabx)
    source = await Source.log_in(product.url, "cleo", password="the second one")
    await ada.change("settings", agent_grace_s=0)
    await ada.put("agents/cleo", name="Cleo C.", role="ops")
    await closes(source)
    await ada.change("settings", agent_grace_s=60)


async def closes(client: Any) -> None:
    """Wait for the server to close a socket."""
    with pytest.raises(ConnectionError):
        await client.frame("nothing")


@pytest.mark.slow
async def test_R5_somebody_must_be_left_who_can_administer(product: Product, ada: Admin) -> None:
    assert await refusal(ada.delete("agents/ada"), "last admin") == "conflict"
    assert await refusal(ada.put("agents/ada", name="Ada", role="agent"), "last admin") == "conflict"
    await ada.put("agents/eve", name="Eve", role="admin", password="as good as ada")
    await ada.delete("agents/eve")
    assert (await ada.get("agents/ada"))["role"] == "admin"


async def test_R5_every_change_is_an_event_with_who_and_when(product: Product, ada: Admin) -> None:
    before = len(said_in_gateway(product))
    await ada.put("services/seen", **SERVICE)
    await ada.put("services/seen", **SERVICE)
    await ada.delete("services/seen")
    await ada.put("agents/seen", name="Seen", role="ops", password="seen by all")
    await ada.delete("agents/seen")
    new = said_in_gateway(product)[before:]
    assert [type(event).__name__ for event in new] == ["ServiceSet", "ServiceRemoved", "UserSet", "UserRemoved"]
    assert {event.by for event in new} == {"ada"}
    assert [event.at for event in new] == sorted(event.at for event in new)
    assert new[0].at > from_rfc3339("2020-01-01T00:00:00Z")
    assert "seen by all" not in str(new)


@pytest.mark.slow
async def test_R27_the_snippet_is_a_page_with_the_lines_to_copy(product: Product, ada: Admin) -> None:
    await ada.put("services/shown", **{**SERVICE, "name": "Pots & <Pans>"}, token="shown")
    shown = await ada.get("services/shown/snippet")
    lines = shown["html"].splitlines()
    wanted = f'<script async src="{product.url}/widget.js" data-token="shown"></script>'
    assert [lines[number - 1].strip() for number in shown["lines"]] == [wanted] == [shown["snippet"]]
    assert "<Pans>" not in shown["html"]
    assert lines[0] == "<!doctype html>"
    await ada.delete("services/shown")


async def test_R31_administration_is_for_administrators(product: Product) -> None:
    for user in ("anna", "sam", "otto", "pbx"):
        other = await Admin.log_in(product.url, user)
        for path in ("queues", "services", "agents", "settings", "licence", "services/demo", "agents/anna"):
            assert await refusal(other.get(path)) == "forbidden"
        assert await refusal(other.put("licence", licence=None)) == "forbidden"
        for path in ("queues/support", "services/demo", "agents/ben"):
            assert await refusal(other.delete(path)) == "forbidden"
