"""Faults of the messages themselves: delivered twice, and not to be digested."""

from __future__ import annotations

from contextlib import ExitStack, closing
from pathlib import Path

from parley_chassis.bus import open_bus
from parley_chassis.letters import Letter
from parley_chassis.store import Store, open_store
from parley_contracts.chat_events import ChatMessagePosted
from parley_contracts.commands import PostMessage, SetReady
from parley_contracts.topology import PARTITIONS, crm_inbox, router_inbox, session_inbox
from parley_contracts.wire import encode, pack
from parley_crm_logger.store import Crm, open_crm

from .evidence import TENANT
from .lines import now
from .world import World

TRIES = 5
HELD_UP_S = 1.0
ECHO = str(Path(__file__).with_name("echo.py"))


def poison(number: int, partition: int) -> dict[str, bytes]:
    """For each inbox something that fails each time it is tried."""
    posted = PostMessage(tenant=TENANT, chat=f"poison{number}", text="poison")
    ready = SetReady(tenant=f"poison{number}")
    line = ChatMessagePosted(
        tenant=TENANT,
        chat=f"poison{number}",
        n=1,
        author="visitor",
        text="\x00 cannot be stored",
        at=0,
        source=f"poison{number}",
        position=1,
    )
    return {
        router_inbox(partition): pack([encode(posted)]),
        session_inbox(partition): pack([encode(ready)]),
        crm_inbox(partition): pack([encode(line)]),
    }


RUBBISH = (b"no JSON", b'[{"type": "nonsense", "tenant": "demo"}]', b"[1, 2]")


def letters(world: World) -> dict[str, list[Letter]]:
    """By service, what it keeps because it could not take it."""
    found = {}
    with ExitStack() as opened:
        stores: dict[str, Store | Crm] = {
            name: opened.enter_context(closing(open_store(world.database_url, name))) for name in ("router", "session")
        }
        stores["crm-logger"] = opened.enter_context(closing(open_crm(world.database_url)))
        for name, store in stores.items():
            found[name] = store.letters.page(limit=10_000)
    return found


async def everything_comes_twice(world: World) -> None:
    """Every broker message is delivered twice, others between, poison among them."""
    await world.open(launcher=(ECHO,))
    bus = open_bus(world.broker_url)
    await bus.start()
    sent: dict[bytes, int] = {}
    rubbish: set[tuple[str, bytes]] = set()
    for number in range(world.times(3, 20)):
        partition = world.floor_partition if number % 2 else world.chance.randrange(PARTITIONS)
        world.tell(f"poison into the inboxes of partition {partition}")
        for inbox, body in poison(number, partition).items():
            sent[body] = now()
            await bus.publish(inbox, body)
        for inbox in (router_inbox(partition), session_inbox(partition), crm_inbox(partition)):
            unread = world.chance.choice(RUBBISH)
            await bus.publish(inbox, unread)
            rubbish.add((inbox, unread))
        await world.talks_on(1, 2)
    await bus.stop()

    def all_kept() -> bool:
        return sum(len(kept) for kept in letters(world).values()) >= len(sent) + len(rubbish)

    await world.until(all_kept, "the letters", 30)
    found = letters(world)
    for service, kept in found.items():
        for letter in kept:
            if letter.body in sent:
                world.measured(f"{service} held up", (letter.first_at - sent[letter.body]) / 1000, within=HELD_UP_S)
                if letter.tries != TRIES:
                    world.breaks(f"{service}: a letter after {letter.tries} tries, not {TRIES}")
    count = sum(len(kept) for kept in found.values())
    if count != len(sent) + len(rubbish):
        world.breaks(f"{count} letters for {len(sent)} poisoned and {len(rubbish)} unreadable messages")
