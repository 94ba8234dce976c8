"""R31: what a company has masked is masked in mails that come in, too: nothing that is kept has the number, neither log nor file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
from parley_ops.demo_mail import DemoMail
from protocol import Agent, Source, call, log_in
from running import Demo

from .test_mail_conversations import demo, follow, mail, next_item, post, said, send

__all__ = ["demo", "post"]

CARD, IBAN = "4111 1111 1111 1111", "DE89 3704 0044 0532 0130 00"
SHOWN = "•••• •••• •••• 1111"


def kept(demo: Demo, text: str) -> list[Path]:
    """The files of the installation that hold this, whatever they are."""
    files = [each for each in Path(demo.data).rglob("*") if each.is_file() and "post" not in each.parts]
    return [each for each in files if text.encode() in each.read_bytes()]


async def masks(demo: Demo, *kinds: str) -> None:
    ada = (await log_in(demo.url, "ada"))["token"]
    settings: dict[str, Any] = await call(demo.url, "GET", "/v1/admin/settings", ada)
    await call(demo.url, "PUT", "/v1/admin/settings", ada, json={**settings, "mask": list(kinds)})


@pytest.mark.parametrize("mailbox_first", [True, False])
async def test_R31_numbers_in_mails_that_come_in_are_masked_wherever_they_stand(
    demo: Demo, post: DemoMail, mailbox_first: bool
) -> None:
    if mailbox_first:
        await follow(demo, post, queue="support")
    await masks(demo, "card")
    if not mailbox_first:
        await follow(demo, post, queue="support")
    anna = await Agent.log_in(demo.url, "anna")
    await anna.ask("ready")
    first = mail(f"My card is {CARD}, my account {IBAN}.\n\n> earlier {CARD}", f"Card {CARD}")
    first.add_alternative(f"<p>My card is {CARD.replace(' ', '<b> </b>')}</p>", subtype="html")
    await send(post, first)
    item = await next_item(anna, set())
    assert anna.inbox[item]["subject"] == f"Card {SHOWN}"
    ((_, text),) = await said(anna, item)
    assert SHOWN in text
    assert IBAN in text, "the company has not asked for that"
    headers = {"Authorization": f"Bearer {anna.token}"}
    async with httpx.AsyncClient(base_url=demo.url, trust_env=False, headers=headers) as desk:
        shown = (await desk.get(f"/v1/mails/{item}/1")).json()
        assert shown["html"] is False
        assert CARD not in shown["quoted"]
        for path in ("page", "original"):
            assert (await desk.get(f"/v1/mails/{item}/1/{path}")).status_code == 404
    assert kept(demo, CARD) == []

    # what has nothing of it is kept as it came
    await anna.ask("park", item=item)
    await send(post, mail("No number here, but 12345678901234.", "Another"))
    other = await next_item(anna, {item})
    assert len(await said(anna, other)) == 1
    async with httpx.AsyncClient(base_url=demo.url, trust_env=False, headers=headers) as desk:
        assert (await desk.get(f"/v1/mails/{other}/1/original")).status_code == 200
    await anna.close()


async def test_R31_what_the_hook_takes_is_masked_and_does_not_stay_as_it_was_handed_in(
    demo: Demo, post: DemoMail
) -> None:
    await follow(demo, post, url="")
    await masks(demo, "card", "iban")
    source = await Source.log_in(demo.url)
    made = bytes(mail(f"{CARD} and {IBAN}"))
    headers = {"Authorization": f"Bearer {source.token}", "Content-Type": "message/rfc822"}
    async with httpx.AsyncClient(base_url=demo.url, trust_env=False, headers=headers) as server:
        told = [await server.post("/v1/mails?mailbox=support", content=made) for _ in range(2)]
    assert [each.status_code for each in told] == [201, 201]
    assert told[0].json() == told[1].json()
    assert kept(demo, CARD) == kept(demo, IBAN) == []
    anna = await Agent.log_in(demo.url, "anna")
    await anna.until(lambda: told[0].json()["item"] in anna.waiting)
    assert len(anna.waiting) == 1
    await anna.close()
