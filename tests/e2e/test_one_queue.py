"""R3: calls, e-mails and tasks wait beside chats, in one order, and are logged beside them (R25)."""

from __future__ import annotations

import pytest
from protocol import Agent, RefusedByServer, Visitor, call, interaction, log_in

from .conftest import Product


async def test_R3_R4_everything_waits_in_one_queue_by_priority_then_age(product: Product) -> None:
    pbx = (await log_in(product.url, "pbx"))["token"]
    anna = await Agent.log_in(product.url, "anna")

    async def add(kind: str, **fields: object) -> str:
        new = {"kind": kind, "queue": "sales", **fields}
        return str((await call(product.url, "POST", "/v1/items", pbx, json=new))["item"])

    async with Visitor(product.url) as visitor:
        email = await add("email", subject="Where is my order?", **{"from": "someone@example.org"})
        await visitor.start(token="demo-sales", text="hello")
        task = await add("task", item="T-1", subject="Call back")
        phone = await add("call", **{"from": "+49 30 0000000"})
        urgent = await add("task", priority=120)
        await anna.until(lambda: len(anna.waiting) == 5)
        assert anna.waiting == [urgent, phone, email, visitor.chat, task]
        shown = {item["item"]: item for queue in anna.view["queues"] for item in queue["waiting"]}  # type: ignore[index]
        assert [shown[name]["kind"] for name in anna.waiting] == ["task", "call", "email", "chat", "task"]
        assert (shown[email]["subject"], shown[email]["name"]) == ("Where is my order?", "someone@example.org")

        await anna.ask("pick", item=email)
        await anna.owns(email, stage="conversation", activity="active")
        await anna.ask("park", item=email)
        await anna.ask("resume", item=email)
        assert (await anna.ask("end", item=email))["item"]["stage"] == "wrap_up"
        await anna.ask("classify", item=email, code="order")
        await anna.ask("complete", item=email)
        record = await interaction(product.url, email, (await log_in(product.url, "anna"))["token"])
        assert (record["kind"], record["outcome"], record["transcript"]) == ("email", "handled", [])
        assert record["classification"] == {"code": "order"}
        assert record["wait_ms"] > 0
        assert record["participants"][0]["agent"] == "anna"

        gone = await call(product.url, "POST", f"/v1/items/{phone}/ended", pbx)
        assert gone["stage"] == "closed"
        record = await interaction(product.url, phone, (await log_in(product.url, "anna"))["token"])
        assert (record["kind"], record["outcome"], record["handle_ms"]) == ("call", "abandoned", 0)
        for name in (task, urgent):
            await call(product.url, "POST", f"/v1/items/{name}/ended", pbx)
        await visitor.ask("end")
    await anna.ask("logout")


async def test_R30_R31_an_item_told_twice_is_one_and_another_of_its_name_is_a_conflict(product: Product) -> None:
    pbx = (await log_in(product.url, "pbx"))["token"]
    new = {"item": "C-1", "kind": "call", "queue": "sales"}
    first = await call(product.url, "POST", "/v1/items", pbx, json=new)
    assert await call(product.url, "POST", "/v1/items", pbx, json=new) == first
    for wrong, code in (
        ({**new, "kind": "email"}, "conflict"),
        ({**new, "due_at": "2026-01-02T03:04:05Z"}, "bad_request"),
        ({**new, "kind": "task", "due_at": "tomorrow"}, "bad_request"),
        ({**new, "kind": "task", "due_at": "2026-01-02T03:04:05"}, "bad_request"),
        ({**new, "item": "C-2", "queue": "nowhere"}, "not_found"),
        ({**new, "item": "C-2", "kind": "chat"}, "bad_request"),
        ({**new, "item": "C 2"}, "bad_request"),
        ({**new, "item": "C-2", "subject": "\x00"}, "bad_request"),
        ({"kind": "call"}, "bad_request"),
    ):
        with pytest.raises(RefusedByServer) as refused:
            await call(product.url, "POST", "/v1/items", pbx, json=wrong)
        assert refused.value.code == code
    anna = (await log_in(product.url, "anna"))["token"]
    with pytest.raises(RefusedByServer, match="forbidden"):
        await call(product.url, "POST", "/v1/items", anna, json=new)
    await call(product.url, "POST", "/v1/items/C-1/ended", pbx)
    await call(product.url, "POST", "/v1/items/C-1/ended", pbx)


async def test_R30_R35_notes_about_what_is_no_chat_stand_in_the_record(product: Product) -> None:
    pbx = (await log_in(product.url, "pbx"))["token"]
    anna, ben = await Agent.log_in(product.url, "anna"), await Agent.log_in(product.url, "ben")
    sam = await Agent.log_in(product.url, "sam")
    for kind in ("email", "task", "call"):
        new = {"kind": kind, "queue": "sales", "text": "hello"}
        item = str((await call(product.url, "POST", "/v1/items", pbx, json=new))["item"])
        await anna.until(lambda item=item: item in anna.waiting)
        await anna.ask("pick", item=item)
        await anna.owns(item)
        assert (await anna.ask("note", id=f"note-{kind}", item=item, text="she asked twice"))["item"]["item"] == item
        await anna.ask("note", id=f"note-{kind}", item=item, text="she asked twice")
        await sam.until(lambda item=item: item not in sam.waiting)
        await sam.ask("note", item=item, text="be kind")
        with pytest.raises(RefusedByServer) as refused:
            await ben.ask("note", item=item, text="not mine")
        assert refused.value.code == "not_yours"
        if kind == "call":
            await call(product.url, "POST", f"/v1/items/{item}/answered", pbx)
            await call(product.url, "POST", f"/v1/items/{item}/ended", pbx)
        else:
            await anna.ask("end", item=item)
            await anna.ask("complete", item=item)
        record = await interaction(product.url, item, anna.token)
        assert [(note["agent"], note["name"], note["text"]) for note in record["notes"]] == [
            ("anna", "Anna", "she asked twice"),
            ("sam", "Sam", "be kind"),
        ]
        assert [line["text"] for line in record["transcript"]] == ["hello"]
    for agent in (anna, ben, sam):
        await agent.ask("logout")
