"""R26: a transcript by e-mail reaches whoever asked to have it, and nobody else: the company's address is no stranger's pen."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from letterbox import Mailbox
from protocol import Agent, RefusedByServer, Visitor, call
from running import Demo

TEXT = "Your bank: open https://evil.example"


@pytest_asyncio.fixture
async def box() -> AsyncIterator[Mailbox]:
    async with Mailbox.open() as made:
        yield made


@pytest_asyncio.fixture
async def demo(box: Mailbox, demo_process: Any) -> AsyncIterator[Demo]:
    env = {"PARLEY_SMTP_URL": box.url, "PARLEY_MAIL_FROM": "post@firm.example", "PARLEY_LETTERS_AT_ONCE": "6"}
    made = demo_process(env, start=False)
    await asyncio.to_thread(made.start)
    yield made
    await asyncio.to_thread(made.stop)


async def until(found: Any) -> Any:
    async with asyncio.timeout(20):
        while not (result := found()):
            await asyncio.sleep(0.05)
        return result


async def asked(visitor: Visitor, to: str) -> str | dict[str, Any]:
    """The ack of asking for the transcript, as soon as the record knows that the chat is over; else the code of the refusal."""
    for _ in range(4):
        try:
            return await visitor.ask("transcript", to=to)
        except RefusedByServer as refused:
            if refused.code not in ("not_found", "wrong_state"):
                return str(refused.code)
            code = str(refused.code)
            await asyncio.sleep(0.3)
    return code


async def test_R26_R31_letters_go_to_who_wants_them(demo: Demo, box: Mailbox) -> None:
    # nobody of the company was in it: nothing goes out, whoever it is for
    async with Visitor(demo.url) as spammer:
        await spammer.start(token="demo-sales", text=TEXT, name="Your bank")
        await spammer.ask("end")
        assert await asked(spammer, "victim@example.org") == "wrong_state"

    anna = await Agent.log_in(demo.url, "anna")
    visitor = await Visitor(demo.url).connect()
    await visitor.start(token="demo-sales", text=TEXT, name="Your bank")
    await anna.until(lambda: visitor.chat in anna.waiting)
    await anna.ask("pick", item=visitor.chat)
    await visitor.ask("end")
    await anna.ask("complete", item=visitor.chat)
    while not isinstance(told := await asked(visitor, "victim@example.org"), dict):
        assert told in ("not_found", "wrong_state")
    assert told["confirm"] is True
    (letter,) = await until(lambda: box.to("victim@example.org"))
    assert "evil" not in letter
    assert "bank" not in letter
    link = re.search(r"http://\S+", letter)
    assert link is not None
    assert link[0].startswith(demo.url)

    async with httpx.AsyncClient(trust_env=False) as client:
        page = await client.get(link[0])
        assert (page.status_code, "form-action 'self'" in page.headers["content-security-policy"]) == (200, True)
        await asyncio.sleep(0.5)
        assert len(box.letters) == 1, "a mail server that looks at the link says nothing"
        for _ in range(2):
            assert (await client.post(link[0])).status_code == 200
        wrong = await client.post(f"{demo.url}/v1/transcripts/{'x' * 32}")
        assert (wrong.status_code, wrong.headers["content-type"]) == (404, "text/html; charset=utf-8")
    letters = await until(lambda: (found := box.to("victim@example.org"))[1:] and found)
    assert len(letters) == 2
    assert "evil" in letters[1], "it is their own conversation, which they asked for"

    # one address asks for so many letters
    codes = []
    for number in range(7):
        with pytest.raises(RefusedByServer) as refused:
            await call(
                demo.url, "POST", f"/v1/interactions/none{number}/transcript", anna.token, json={"to": "a@example.org"}
            )
        codes.append(refused.value.code)
        codes.append(await asked(visitor, f"other{number}@example.org"))
    assert "rate_limited" in codes
    await anna.ask("logout")
    await visitor.close()
