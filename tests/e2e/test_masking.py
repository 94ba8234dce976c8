"""What a company has masked is nowhere, whoever writes it and wherever it is looked for."""

from __future__ import annotations

import pytest
from protocol import Visitor, call, interaction
from raw_events import raw_log

from .conftest import Product
from .people import Admin, at_desk, telephone

CARD, SHOWN = "4111 1111 1111 1111", "•••• •••• •••• 1111"
IBAN = "DE89 3704 0044 0532 0130 00"


@pytest.mark.slow
async def test_numbers_of_cards_are_in_no_log_and_on_no_screen(product: Product) -> None:
    ada = await Admin.log_in(product.url)
    async with (
        ada.changed("settings", mask=["card", "iban"]),
        at_desk(product.url, "anna") as anna,
        Visitor(product.url) as visitor,
        telephone(product.url) as pbx,
    ):
        await visitor.start(token="demo-sales", text=f"my card is {CARD}")
        await anna.ask("pick", item=visitor.chat)
        await visitor.say(f"or {IBAN}, please")
        await anna.ask("message", item=visitor.chat, text=f"so {CARD}")
        await anna.ask("note", item=visitor.chat, text=f"paid by {CARD}")
        shown = await anna.ask("open", item=visitor.chat)
        assert str(shown).count(SHOWN) == 3
        task = await pbx.place("sales", "task", subject=f"Refund {CARD}", text=CARD)
        contact = await call(
            product.url, "POST", "/v1/contacts", anna.token, json={"name": "Kim", "notes": f"pays by {CARD}"}
        )
        assert contact["notes"] == f"pays by {SHOWN}"
        await anna.ask("end", item=visitor.chat)
        await anna.ask("classify", item=visitor.chat, code="question", note=f"with {CARD}")
        await anna.ask("complete", item=visitor.chat)
        record = await interaction(product.url, visitor.chat, anna.token)
        assert SHOWN in str(record)
        await pbx.say(task, "ended")
        seen = f"{shown} {record} {visitor.events} {anna.inbox} {contact}"
    logs = str([raw_log(product.store_url, service) for service in ("router", "session", "crm-logger")])
    for number in (CARD, IBAN):
        assert number not in seen
        assert number not in logs
    assert SHOWN in logs
