"""R6: how many chats an agent may have active. What picks, pushes, resumes, returns and transfers ask is asked here.

An agent has room for a chat of a queue while fewer of their active chats are of it than its limit, and fewer in all than the
largest limit of the queues that they serve. The limit is about what is taken on: whoever has more than it, after a call or
because it was lowered, keeps what they have.
"""

from __future__ import annotations

from collections.abc import Sequence

from .state import Agent, WorkItem


def has_room(agent: Agent, queue: str, limit: int) -> bool:
    """Whether the agent may take on one more chat of the queue, whose limit this is."""
    return agent.active_in.get(queue, 0) < limit and agent.active_chats < agent.most_chats


def in_the_way(
    agent: Agent, queue: str, limit: int, active: Sequence[WorkItem], stays: Sequence[WorkItem] = ()
) -> WorkItem | None:
    """Of the `active` chats, the one left untouched longest first, that which is parked for one more of the queue; None where
    there is room, or none of them stands in its way. `stays`: active chats that are not parked for it."""
    mine = [chat for chat in active if chat.queue == queue]
    if len(mine) + sum(chat.queue == queue for chat in stays) >= limit:
        return next(iter(mine), None)
    return next(iter(active), None) if len(active) + len(stays) >= agent.most_chats else None
