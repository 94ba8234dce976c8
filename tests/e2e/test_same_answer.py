"""R30: a command that comes again gets the same answer, whatever was set otherwise meanwhile."""

from __future__ import annotations

from random import Random
from typing import Any
from uuid import uuid4

import pytest
from protocol import RefusedByServer, Visitor

from .conftest import Product
from .people import Admin, at_desk, telephone

CHANGES: dict[str, dict[str, Any]] = {
    "queues/support": {
        "name": "Renamed",
        "max_length": 0,
        "wait_without_agents": False,
        "priority": {"chat": 90, "call": 10},
        "chats_per_agent": 4,
        "distribution": "pick",
        "hours": {"timezone": "Europe/Berlin", "week": {}},
        "wrap_up": {"on": False},
        "ring_s": 7,
    },
    "services/demo": {
        "name": "Another",
        "queue": "sales",
        "greeting": "Other words",
        "priority": 77,
        "skills": {"french": 3},
        "hours": {"timezone": "Europe/Berlin", "week": {}},
        "messages_per_s": 7,
    },
    "settings": {"agent_grace_s": 77, "visitor_absence_s": 777, "mask": ["card", "iban"], "classifications": ["other"]},
}
EACH = [(path, name) for path, fields in CHANGES.items() for name in fields]


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow), pytest.param(3, marks=pytest.mark.slow)])
async def test_R30_whatever_is_set_otherwise_a_retry_gets_the_same_answer(product: Product, seed: int) -> None:
    ada = await Admin.log_in(product.url)
    before = {path: await ada.get(path) for path in CHANGES}
    card = "pay with 4111 1111 1111 1111"
    start = {"id": f"start-{uuid4().hex}", "text": card, "name": "Kim", "language": "de", "page": "/cups"}
    said: dict[str, Any] = {
        "start": start,
        "message": {"id": uuid4().hex, "text": f"again: {card}"},
        "call": {"item": f"call-{uuid4().hex[:8]}", "from": "+49 30 5550100", "subject": card},
    }
    async with Visitor(product.url) as first, telephone(product.url) as pbx, at_desk(product.url, "ben") as ben:
        said["ben"] = ben.token
        first_answers: list[Any] = [await first.start(**start), await first.ask("message", **said["message"])]
        frames = [
            {"type": "pick", "id": uuid4().hex, "item": first.chat},
            {"type": "message", "id": uuid4().hex, "item": first.chat, "text": f"you said {card}"},
            {"type": "note", "id": uuid4().hex, "item": first.chat, "text": card},
            {"type": "classify", "id": uuid4().hex, "item": first.chat, "code": "question", "note": card},
            {"type": "park", "id": uuid4().hex, "item": first.chat},
            {"type": "resume", "id": uuid4().hex, "item": first.chat},
        ]
        said["frames"] = frames
        for frame in frames:
            answer = await ben.ask(**frame)
            first_answers.append({name: answer.get(name) for name in ("type", "seq", "at")})
        first_answers.append(await pbx.place(**said["call"]))
        try:
            chance = Random(seed)
            for path, name in chance.sample(EACH, len(EACH)):
                await ada.change(path, **{name: CHANGES[path][name]})
            async with Visitor(product.url) as again:
                assert [await again.start(**start), await again.ask("message", **said["message"])] == first_answers[:2]
            again_answers = []
            for frame in frames:
                answer = await ben.ask(**frame)
                again_answers.append({name: answer.get(name) for name in ("type", "seq", "at")})
            assert again_answers == first_answers[2:-1]
            assert await pbx.place(**said["call"]) == first_answers[-1]
            await first.ask("end")
            async with Visitor(product.url) as after:
                assert await after.start(**start) == first_answers[0], "also when it is over, and no new chat is let in"
            async with Visitor(product.url) as other:
                with pytest.raises(RefusedByServer):
                    await other.start(id=f"start-{uuid4().hex}", text="a new one")
        finally:
            for path, fields in before.items():
                await ada.put(path, **fields)
            await pbx.say(said["call"]["item"], "ended")
