"""Where messages go: the inboxes (broker queues) of each service, and which partition a stream belongs to.

"Queue" means the contact centre's queue everywhere else; what the broker calls a queue is an *inbox* here.
"""

from __future__ import annotations

from functools import lru_cache
from zlib import crc32

PARTITIONS = 4
"""Fixed for the life of an installation: another number would send a stream's messages to another inbox. As many processes of
a service can share its work; each further inbox costs the broker more than it gives (docs/adr/0010)."""

EVENT_STREAM = "parley.events"
"""Everything that is said, in order, kept by the broker for a while (R29)."""

ANNOUNCEMENTS = "parley.announce"
"""The exchange that copies a message to every gateway's inbox."""


@lru_cache(maxsize=50_000)
def partition_of(stream: str) -> int:
    """The partition of a stream: the same for the same name, on every machine, for ever."""
    return crc32(stream.encode()) % PARTITIONS


def chat_stream(tenant: str, chat: str) -> str:
    """The name of a chat's stream in the session's log and of everything partitioned like it."""
    return f"{tenant}/{chat}"


def floor_stream(tenant: str) -> str:
    """The name of a tenant's floor in the router's log."""
    return tenant


def session_inbox(partition: int) -> str:
    """Commands and upstream events for the chats of a partition, in order."""
    return f"session.chats.{partition}"


def router_inbox(partition: int) -> str:
    """Commands and upstream events for the floors of a partition, in order."""
    return f"router.floors.{partition}"


def writer_inbox(source: str) -> str | None:
    """Where the partition listens that says things under this name, such as `session.3`; None for a writer that has none."""
    service, _, partition = source.partition(".")
    inbox_of = {"session": session_inbox, "router": router_inbox}.get(service)
    return inbox_of(int(partition)) if inbox_of is not None else None


ROUTER_QUESTIONS = "router.questions"
"""Questions that are answered from the router's log; any router process may answer."""

CRM = "crm-logger."
"""How the names of the CRM's inboxes begin."""


def crm_inbox(partition: int) -> str:
    """What the chats of a partition said, in order."""
    return f"{CRM}chats.{partition}"


CRM_QUESTIONS = f"{CRM}questions"
"""Questions about interactions; any crm-logger process may answer."""


OPS_QUESTIONS = "ops.questions"
"""Questions of operators, about all logs; any process of the operators' service may answer."""


def letters_inbox(service: str) -> str:
    """What is to become of a service's letters; any of its processes may see to it."""
    return f"{service}.letters"


UNHURRIED = (CRM, EVENT_STREAM)
"""How the names of inboxes begin where no person waits: records and copies."""


def decides(inbox: str) -> bool:
    """Whether decisions depend on what this inbox hears: it is told of a cause before anybody is shown it, so that whoever is
    told finds its effects there already (an agent whose pick is acknowledged can write at once)."""
    return inbox.startswith(("session.", "router."))


def gateway_inbox(gateway: str) -> str:
    """What one gateway process's sockets need; gone with the process."""
    return f"gateway.{gateway}"


def dead_inbox(service: str) -> str:
    """What a service could not handle, with the reason."""
    return f"{service}.dead"
