"""R4, R5: a changed priority, of a queue or of a chat service, holds for who waits already; seen at a desk and by the visitors."""

from __future__ import annotations

from protocol import Agent, Visitor

from .conftest import Product
from .people import Admin, at_desk


def priority(agent: Agent, visitor: Visitor) -> int:
    """Of a chat that waits, as a desk shows it."""
    shown = [item for queue in agent.view["queues"] for item in queue["waiting"] if item["item"] == visitor.chat]
    return int(shown[0]["priority"])


async def test_R4_R5_who_waits_is_in_the_order_of_the_settings_as_they_are_now(product: Product) -> None:
    ada = await Admin.log_in(product.url)
    async with (
        at_desk(product.url, "anna") as anna,
        ada.changed("services/demo", queue="sales"),
        Visitor(product.url) as first,
        Visitor(product.url) as second,
    ):
        await first.start(token="demo-sales", text="first")
        await second.start(token="demo", text="second")
        await second.frame("position", position=2)
        await anna.until(lambda: second.chat in anna.waiting)
        assert priority(anna, second) == 50

        async with ada.changed("services/demo", queue="sales", priority=90):
            await second.frame("position", position=1)
            await anna.until(lambda: priority(anna, second) == 90)
            async with ada.changed("queues/sales", priority={"chat": 95}):
                await anna.until(lambda: priority(anna, first) == 95)
                await first.frame("position", position=1)
                assert priority(anna, second) == 90, "its service's own"
        await anna.until(lambda: priority(anna, second) == 50)
        await first.ask("end")
        await second.ask("end")


async def test_R5_R6_which_chat_was_touched_last_is_known_after_the_limit_was_raised(product: Product) -> None:
    ada = await Admin.log_in(product.url)
    async with (
        at_desk(product.url, "ben") as ben,
        ada.changed("queues/support", chats_per_agent=1, wrap_up={"on": False}),
        Visitor(product.url) as first,
        Visitor(product.url) as second,
        Visitor(product.url) as third,
    ):
        await ben.ask("ready")
        await first.start(text="first")
        await ben.owns(first.chat, activity="active")
        async with ada.changed("queues/support", chats_per_agent=2):
            await second.start(text="second")
            await ben.owns(second.chat, activity="active")
            await ben.ask("not_ready")
            await ben.ask("message", item=first.chat, text="a moment, please")
            await first.frame("event", kind="message", text="a moment, please")
            await third.start(text="third")
            await ben.until(lambda: third.chat in ben.waiting)
            await ben.ask("pick", item=third.chat)
            await ben.owns(second.chat, activity="parked")
            await ben.owns(first.chat, activity="active")
        for visitor in (first, second, third):
            await visitor.ask("end")
