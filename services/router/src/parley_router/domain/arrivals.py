"""R3: what comes into a queue beside chats: calls, tasks, e-mails of other sources, the mails of the company's own mailboxes, and those that agents begin."""

from __future__ import annotations

from parley_contracts import commands as c
from parley_contracts.mail_items import ComposeMail, HearMail
from parley_contracts.once import is_same
from parley_contracts.refusal import Refused

from . import events as e
from . import moves
from .floor import Floor
from .moves import item_event
from .queues import Queue
from .routing import would_wait
from .state import waiting_item
from .whose import present


def add_item(floor: Floor, command: c.AddItem, at: int) -> list[e.Happened]:
    """R3: calls, e-mails and tasks wait in the same queue as chats."""
    known = floor.items.get(command.item) or floor.closed.get(command.item)
    if known is not None:
        same = is_same(known.content, command) if known.content else known.kind == command.kind
        if not same:
            raise Refused("conflict", "There is another item of this name: choose a new one.")
        return []
    queue = _queue_named(floor, command.queue)
    queued = e.ItemQueued(
        at=at,
        **moves.marks(command),
        item=command.item,
        kind=command.kind,
        queue=command.queue,
        priority=queue.settings.priority_of(command.kind) if command.priority is None else command.priority,
        own_priority=command.priority is not None,
        name=command.name,
        subject=command.subject,
        text=command.text,
        language=command.language,
        skills=command.skills,
        due_at=command.due_at,
        receipt=command.receipt,
    )
    longest = queue.settings.max_length
    if command.kind == "call" and longest is not None and queue.length("call", "chat") >= longest:
        if would_wait(floor, waiting_item(queued), at):
            raise Refused("queue_full", f"The queue {command.queue} is full: try again later, or use another queue.")
    return [queued]


def hear_mail(floor: Floor, command: HearMail, at: int) -> list[e.Happened]:
    """R3: a mail that continues what is open is heard there; any other waits as an item of its own. A second time it is so already."""
    open_one = None if command.goes_on is None else floor.items.get(command.goes_on)
    if open_one is not None and open_one.stage in ("waiting", "conversation"):
        return [item_event(open_one, e.UnreadCounted, at, command, count=open_one.unread + 1)]
    if floor.items.get(command.item) is not None or floor.closed.get(command.item) is not None:
        return []
    queue = _queue_named(floor, command.queue)
    return [
        e.ItemQueued(
            at=at,
            **moves.marks(command),
            item=command.item,
            kind="email",
            queue=command.queue,
            priority=queue.settings.priority_of("email"),
            name=command.name,
            subject=command.subject,
            language=command.language,
            last_agent=command.last_agent,
            contact=command.contact,
        )
    ]


def compose_mail(floor: Floor, command: ComposeMail, at: int) -> list[e.Happened]:
    """R35: an agent writes first: the item is theirs as if they had picked it, also where they do not serve its queue."""
    agent = present(floor, command)
    if floor.items.get(command.item) is not None or floor.closed.get(command.item) is not None:
        raise Refused("conflict", "There is another item of this name: choose a new one.")
    queue = _queue_named(floor, command.queue)
    queued = e.ItemQueued(
        at=at,
        **moves.marks(command),
        item=command.item,
        kind="email",
        queue=command.queue,
        priority=queue.settings.priority_of("email"),
        name=command.name,
        subject=command.subject,
        language=command.language,
        last_agent=agent.agent,
        contact=command.contact,
        conversation=command.conversation,
    )
    return [queued, *moves.assigned(floor, agent, waiting_item(queued), at, "picked", command)]


def _queue_named(floor: Floor, name: str) -> Queue:
    queue = floor.queues.get(name)
    if queue is None:
        raise Refused("not_found", f"There is no queue {name}: an administrator can make it.")
    return queue
