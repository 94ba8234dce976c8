"""What follows from a command, given the floor: events, nothing (it is so already), or a refusal.

`decide` is a table from commands to small functions. What the floor does by itself, time-outs included, is in
`routing.next_step`: it comes before each command, and again after it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from parley_contracts import chat_events as chat
from parley_contracts import commands as c
from parley_contracts import mail_items as mails
from parley_contracts.once import told_before
from parley_contracts.refusal import Refused
from parley_contracts.shapes import Command, Message

from . import administration, arrivals, asides, moves, supervision
from . import events as e
from . import refusals as no
from .floor import Floor
from .moves import by_command, item_event, user_of
from .state import ChatServiceOf, WorkItem
from .whose import can_be_handed_a_call, can_take_call, logged_in
from .whose import item_named as _item
from .whose import owned as _owned
from .whose import present as _present

FARTHEST_MS = 366 * 24 * 3_600_000
"""So far ahead an agent can ask to be reminded."""


def decide(floor: Floor, message: Message, at: int) -> list[e.Happened]:
    """The events that a command or an upstream event leads to at `at`; the floor is not changed.

    An empty list: it is so already. A command that finds it so for the first time is remembered (R30). Raises Refused.
    """
    rule = RULES.get(type(message))
    if rule is None:
        raise TypeError(f"the floor has no rule for {message.type}")
    if not isinstance(message, Command):
        return rule(floor, message, at)
    if known(floor, message):
        return []
    return rule(floor, message, max(at, floor.last_at)) or _seen(floor, message)


# --- the floor's people -----------------------------------------------------------------------------------------------


def _connect(floor: Floor, command: c.ConnectAgent, at: int) -> list[e.Happened]:
    agent = floor.agents.get(command.agent)
    connected = agent is not None and command.connection in agent.connections
    if agent is not None and connected and agent.name == command.name:
        return []
    events: list[e.Happened] = []
    if agent is None or agent.state == "logged_out":
        events.append(e.AgentLoggedIn(at=at, agent=command.agent, name=command.name))
    if connected:  # by another name than before
        events.append(e.AgentDisconnected(at=at, agent=command.agent, connection=command.connection))
    here = {"agent": command.agent, "name": command.name, "connection": command.connection}
    events.append(by_command(command, e.AgentConnected, at, **here, grace_ms=command.grace_s * 1000))
    return events


def _disconnect(floor: Floor, command: c.DisconnectAgent, at: int) -> list[e.Happened]:
    agent = floor.agents.get(command.agent)
    if agent is None or command.connection not in agent.connections:
        return []
    return [e.AgentDisconnected(at=at, agent=command.agent, connection=command.connection)]


def _ready(floor: Floor, command: c.SetReady, at: int) -> list[e.Happened]:
    agent = _present(floor, command)
    return [] if agent.state == "ready" else [by_command(command, e.AgentSetReady, at, agent=agent.agent)]


def _not_ready(floor: Floor, command: c.SetNotReady, at: int) -> list[e.Happened]:
    agent = _present(floor, command)
    if agent.state == "not_ready" and agent.reason == command.reason:
        return []
    return [by_command(command, e.AgentSetNotReady, at, agent=agent.agent, reason=command.reason)]


def _log_out(floor: Floor, command: c.LogOut, at: int) -> list[e.Happened]:
    agent = floor.agents.get(user_of(command))
    if agent is None or agent.state == "logged_out":
        return []
    left = moves.leave_events(floor, agent, at, "agent")
    return [*left, by_command(command, e.AgentLoggedOut, at, agent=agent.agent, why="agent")]


# --- an agent's work --------------------------------------------------------------------------------------------------


def _pick(floor: Floor, command: c.Pick, at: int) -> list[e.Happened]:
    agent, item = _present(floor, command), _item(floor, command.item)
    if not floor.serves(agent.agent, item.queue):
        raise no.not_served(item.queue)
    if item.owner == agent.agent:
        return []
    if item.owner is not None:
        raise no.taken(floor.agents[item.owner])
    if item.stage != "waiting":
        raise no.waits_no_more()
    if item.kind == "call":
        can_take_call(agent)
    room = moves.make_room(floor, agent, item, at)
    return [*room, *moves.assigned(floor, agent, item, at, "picked", command)]


def _park(floor: Floor, command: c.Park, at: int) -> list[e.Happened]:
    agent, item = _owned(floor, command)
    if item.kind == "call":
        raise no.call_stays()
    parked: list[e.Happened] = (
        []
        if item.activity == "parked"
        else [item_event(item, e.ItemParked, at, command, agent=agent.agent, why="agent")]
    )
    if command.until is None or command.until == item.follow_up_at:
        return parked
    if not at < command.until <= at + FARTHEST_MS:
        raise Refused("bad_request", "until: name a time to come, within a year.")
    return [*parked, item_event(item, e.FollowUpSet, at, command, agent=agent.agent, until=command.until)]


def _resume(floor: Floor, command: c.Resume, at: int) -> list[e.Happened]:
    agent, item = _owned(floor, command)
    if item.activity == "active":
        return []
    resumed = item_event(item, e.ItemResumed, at, command, agent=agent.agent, why="agent")
    return [*moves.make_room(floor, agent, item, at), resumed]


def _transfer(floor: Floor, command: c.Transfer, at: int) -> list[e.Happened]:
    """R23: to another queue, or to another agent; history, age and timers go along."""
    agent, item = _owned(floor, command)
    if item.stage != "conversation":
        raise no.over()
    if (command.queue is None) == (command.agent is None):
        raise Refused("bad_request", "Name the queue or the agent to transfer it to, one of them.")
    if command.queue is not None:
        if command.queue not in floor.queues:
            raise no.no_queue(command.queue)
        if command.queue == item.queue:
            raise no.same_queue(item)
        return [_transferred(floor, item, at, command, command.queue)]
    taker = logged_in(floor, command.agent)
    if taker.agent == agent.agent:
        raise no.yours_already()
    if item.kind == "call":
        can_be_handed_a_call(taker)
    given = _transferred(floor, item, at, command, item.queue, taker.agent)
    return [given, *moves.handed_over(floor, taker, item, at)]


def _transferred(
    floor: Floor, item: WorkItem, at: int, command: c.Transfer, queue: str, to_agent: str | None = None
) -> e.Happened:
    """An item without a priority of its own has the usual one of its new queue (R4)."""
    priority = item.priority if item.own_priority else floor.queues[queue].settings.priority_of(item.kind)
    fields = {"agent": item.owner, "from_queue": item.queue, "queue": queue, "priority": priority}
    transferred: e.Happened = item_event(
        item, e.ItemTransferred, at, command, **fields, to_agent=to_agent, note=command.note
    )
    return transferred


def _classify(floor: Floor, command: c.Classify, at: int) -> list[e.Happened]:
    agent, item = _owned(floor, command)
    if (item.code, item.note) == (command.code, command.note):
        return []
    return [item_event(item, e.ItemClassified, at, command, agent=agent.agent, code=command.code, note=command.note)]


def _identify(floor: Floor, command: c.Identify, at: int) -> list[e.Happened]:
    """R24: who the visitor is, said during the conversation or its wrap-up, and corrected as often as need be."""
    agent, item = _owned(floor, command)
    if item.contact == command.contact:
        return []
    return [item_event(item, e.ItemIdentified, at, command, agent=agent.agent, contact=command.contact)]


def _extend(floor: Floor, command: c.Extend, at: int) -> list[e.Happened]:
    agent, item = _owned(floor, command)
    if item.stage != "wrap_up":
        raise no.nothing_to_extend()
    if not item.extensions_left:
        raise no.no_more_extensions()
    seconds = floor.queues[item.queue].settings.wrap_up.extension_s
    return [item_event(item, e.WrapUpExtended, at, command, agent=agent.agent, extension_ms=seconds * 1000)]


def _call_of(floor: Floor, command: c.AboutCall) -> WorkItem:
    """The call, which an agent has. Raises Refused."""
    item = _item(floor, command.item)
    if item.kind != "call":
        raise Refused("wrong_state", "It is no call.")
    _of_now(item, command)
    if item.owner is None:
        raise Refused("wrong_state", "The call waits in its queue: no agent has it now.")
    return item


def _of_now(item: WorkItem, command: c.AboutCall) -> None:
    """R15: what belongs to an earlier assignment changes nothing. Raises Refused."""
    waits = item.stage == "waiting"
    if command.assignment is not None and (waits or command.assignment != item.assignment):
        now = "it waits in its queue" if waits else f"assignment {item.assignment} is the present one"
        facts = {} if waits else {"assignment": item.assignment}
        raise Refused("wrong_state", f"Assignment {command.assignment} is over: {now}.", **facts)


def _answer(floor: Floor, command: c.AnswerCall, at: int) -> list[e.Happened]:
    call = _call_of(floor, command)
    if call.answered or call.stage == "wrap_up":
        return []
    name = floor.agents[call.owner or ""].name
    return [item_event(call, e.CallAnswered, at, command, agent=call.owner, name=name)]


def _miss(floor: Floor, command: c.MissCall, at: int) -> list[e.Happened]:
    call = _call_of(floor, command)
    if call.answered:
        raise Refused("wrong_state", "The call has been answered: end it when it is over.")
    return moves.missed(floor, call, at, command)


def _end_item(floor: Floor, command: c.EndItem, at: int) -> list[e.Happened]:
    """The source or the owner ends a call, an e-mail or a task; whoever gave up waiting, or while it rang, has abandoned it."""
    if command.item not in floor.items and (closed := floor.closed.get(command.item)) is not None:
        _of_now(closed, command)
        return []
    by_source = command.sender is not None and command.sender.role == "source"
    item = _item(floor, command.item) if by_source else _owned(floor, command)[1]
    if item.kind == "chat":
        raise Refused("wrong_state", "A chat is ended by the visitor or its agent.")
    _of_now(item, command)
    if item.stage == "wrap_up":
        return []
    if item.answered is False and not by_source:
        raise no.rings()
    if item.owner is None or item.answered is False:
        return [item_event(item, e.ItemClosed, at, command, outcome="abandoned", why="source")]
    wrap_up = floor.queues[item.queue].settings.wrap_up
    if floor.agents[item.owner].state == "logged_out":  # R20: nobody is there to complete it
        return [item_event(item, e.ItemClosed, at, command, outcome="handled", why="logout")]
    if not wrap_up.holds_for(item.kind):
        return [item_event(item, e.ItemClosed, at, command, outcome="handled", why="no_wrap_up")]
    limit = {"limit_ms": wrap_up.limit_s * 1000, "extensions": wrap_up.extensions}
    return [item_event(item, e.WrapUpStarted, at, command, agent=item.owner, **limit)]


def _complete(floor: Floor, command: c.Complete, at: int) -> list[e.Happened]:
    _agent, item = _owned(floor, command)
    if item.stage != "wrap_up":
        raise no.because("no_wrap_up", "It is not in wrap-up: end the conversation first.")
    return [item_event(item, e.ItemClosed, at, command, outcome=moves.outcome(item), why="completed")]


# --- what the session tells -------------------------------------------------------------------------------------------


def _requested(floor: Floor, said: chat.ChatRequested, at: int) -> list[e.Happened]:
    """R3: a chat request waits in the same queue as everything else."""
    if said.chat in floor.items or said.chat in floor.closed:
        return []
    queue = floor.queues.get(said.queue)
    usual = queue.settings.priority_of("chat") if queue is not None else 50
    given = floor.services.get(said.service) or ChatServiceOf(priority=said.priority, skills=said.skills)
    before = floor.closed.get(said.previous) if said.previous is not None else None
    return [
        e.ItemQueued(
            at=said.at,
            item=said.chat,
            kind="chat",
            queue=said.queue,
            priority=given.priority if given.priority is not None else usual,
            own_priority=given.priority is not None,
            name=said.name,
            language=said.language,
            skills=given.skills,
            service=said.service,
            last_agent=before.owner if before is not None else None,
            contact=said.contact,
            subject=said.subject,
        )
    ]


def _ended(floor: Floor, said: chat.ChatEnded, at: int) -> list[e.Happened]:
    """The conversation is over: abandoned while waiting (R19), else wrap-up as the queue has it (R18)."""
    item = floor.items.get(said.chat)
    if item is None or item.stage == "wrap_up":
        return []
    if item.owner is None:
        # Ended by an agent: the owner, whose log-out was heard first.
        outcome = {"absence": "visitor_left", "agent": "handled"}.get(said.ended_by, "abandoned")
        return [item_event(item, e.ItemClosed, said.at, outcome=outcome, why=said.ended_by)]
    wrap_up = floor.queues[item.queue].settings.wrap_up
    if not wrap_up.holds_for("chat"):
        outcome = "visitor_left" if said.ended_by == "absence" else "handled"
        return [item_event(item, e.ItemClosed, said.at, outcome=outcome, why="no_wrap_up")]
    return [
        item_event(
            item,
            e.WrapUpStarted,
            said.at,
            agent=item.owner,
            limit_ms=wrap_up.limit_s * 1000,
            extensions=wrap_up.extensions,
            ended_by=said.ended_by,
        )
    ]


def _unread(floor: Floor, said: chat.ChatUnread, at: int) -> list[e.Happened]:
    item = floor.items.get(said.chat)
    if item is None or item.activity in (None, "active") or item.unread == said.count:
        return []
    return [item_event(item, e.UnreadCounted, said.at, count=said.count)]


def _touched(floor: Floor, said: chat.ChatTouched, at: int) -> list[e.Happened]:
    """Worth an event only where it changes which of the owner's chats was touched last."""
    item = floor.items.get(said.chat)
    if item is None or item.owner != said.agent or item.touch == floor.touches:
        return []
    mine = [floor.items[name].touch for name in floor.agents[said.agent].owned]
    return [] if item.touch == max(mine) else [item_event(item, e.ItemTouched, said.at)]


# --- time ------------------------------------------------------------------------------------------------------------


def _wake(floor: Floor, command: c.Wake, at: int) -> list[e.Happened]:
    """Time has passed: what is due, the floor does by itself."""
    return []


RULES: dict[type[Message], Callable[[Floor, Any, int], list[e.Happened]]] = {
    c.ConnectAgent: _connect,
    c.DisconnectAgent: _disconnect,
    c.SetReady: _ready,
    c.SetNotReady: _not_ready,
    c.LogOut: _log_out,
    c.Pick: _pick,
    c.Park: _park,
    c.Resume: _resume,
    c.Classify: _classify,
    c.Identify: _identify,
    c.NoteItem: asides.note,
    c.Extend: _extend,
    c.Complete: _complete,
    c.Transfer: _transfer,
    c.AddItem: arrivals.add_item,
    mails.HearMail: arrivals.hear_mail,
    mails.ComposeMail: arrivals.compose_mail,
    c.AnswerCall: _answer,
    c.MissCall: _miss,
    c.EndItem: _end_item,
    c.Wake: _wake,
    c.PutQueue: administration.put_queue,
    c.RemoveQueue: administration.remove_queue,
    c.SetSkills: administration.set_skills,
    c.SetService: administration.set_service,
    c.ForgetAgent: administration.forget_agent,
    **supervision.RULES,
    chat.ChatRequested: _requested,
    chat.ChatEnded: _ended,
    chat.ChatUnread: _unread,
    chat.ChatTouched: _touched,
}


# --- words ------------------------------------------------------------------------------------------------------------


def known(floor: Floor, command: Command) -> bool:
    """Whether this command has had its effect before (R30). Raises Refused when its id was used for something else."""
    if command.sender is None:
        return False
    return told_before(floor.commands.get(command.sender.key), command)


def _seen(floor: Floor, command: Command) -> list[e.Happened]:
    """R30: it was so already; told again it must do nothing either, when it is not so any more."""
    return [] if command.sender is None else [by_command(command, e.CommandSeen, floor.last_at)]
