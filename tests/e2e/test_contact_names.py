"""R24: whom an agent has identified goes by their name on every desk that shows the item."""

from __future__ import annotations

import pytest
from protocol import Agent, Visitor, call

from .conftest import Product
from .people import at_desk

pytestmark = pytest.mark.stores


async def test_R24_the_contacts_name_comes_with_the_item_and_changes_with_the_contact(product: Product) -> None:
    url = product.url

    async def crm(method: str, path: str, who: Agent, **body: object) -> dict[str, object]:
        return dict(await call(url, method, f"/v1/{path}", who.token, json=body))

    async with at_desk(url, "anna") as anna, at_desk(url, "ben") as ben, Visitor(url) as kim:
        await kim.start(text="hello", name="kim99")
        contact = (await crm("POST", "contacts", anna, name="Kim Öztürk"))["contact"]
        other = (await crm("POST", "contacts", anna, name="Kim Oeztuerk"))["contact"]

        await anna.ask("pick", item=kim.chat)
        # it is nobody's name before, and comes with the contact
        assert "contact_name" not in await anna.owns(kim.chat)
        await anna.ask("identify", item=kim.chat, contact=contact)
        await anna.owns(kim.chat, contact=contact, contact_name="Kim Öztürk", name="kim99")

        # renamed by somebody else, merged and unmerged: the desk is told each time
        await crm("PUT", f"contacts/{contact}", ben, name="Kim Yılmaz")
        await anna.owns(kim.chat, contact_name="Kim Yılmaz")
        await crm("POST", f"contacts/{contact}/merge", ben, into=other)
        await anna.owns(kim.chat, contact_name="Kim Oeztuerk")
        await crm("PUT", f"contacts/{other}", ben, name="Kim Y. Oeztuerk")
        await anna.owns(kim.chat, contact_name="Kim Y. Oeztuerk")
        await crm("POST", f"contacts/{contact}/unmerge", ben)
        await anna.owns(kim.chat, contact_name="Kim Yılmaz")

        # a desk that is opened anew has it at once; one that waits has it for all who serve the queue
        again = Agent(url, anna.token)
        await again.connect()
        first = await again.frame("snapshot")
        assert [item.get("contact_name") for item in first["inbox"]] == ["Kim Yılmaz"]
        await again.close()

        # unlinked, the name goes with the contact
        await anna.ask("identify", item=kim.chat, contact=None)
        assert "contact_name" not in await anna.owns(kim.chat, contact=None)
        await anna.ask("end", item=kim.chat)
        await anna.ask("complete", item=kim.chat)
