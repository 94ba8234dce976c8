"""A small floor: how many agents, calls and chats there are, by which settings, and what can be done on it.

An action is what somebody does, or that the time of something comes. It speaks of agents and items by the names that the
canonical form gives them (`canonical.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cached_property
from itertools import permutations
from typing import Any, NamedTuple

from parley_contracts import chat_events as ce
from parley_contracts import commands as c
from parley_contracts.shapes import Command, Message, QueueSettings, Sender, WrapUpSettings
from parley_router.domain.floor import Floor
from parley_router.domain.state import Agent, WorkItem

TENANT = "acme"
AGENTS = ("anna", "ben", "cleo", "dora")
QUEUES = ("help", "sales")
NOW = 1_000_000
"""When every action happens, in milliseconds: only the order of earlier times is kept from one to the next."""


class Action(NamedTuple):
    """What happens: a verb, the agent it is about or who does it, the item, and where it goes."""

    verb: str
    agent: str | None = None
    item: str | None = None
    to: str | None = None
    late: tuple[str, ...] = ()
    """For the verb `time`: the items whose limit or ringing is over, and the agents whose grace period is, in this order."""

    def __str__(self) -> str:
        sentence = SENTENCES[self.verb]
        return sentence.format(agent=self.agent, item=self.item, to=self.to, late=" and ".join(self.late))


SENTENCES = {
    "request": "a visitor asks for the chat {item}",
    "call": "the call {item} comes in",
    "leave": "the visitor of the waiting chat {item} gives up",
    "hang up": "the caller of the call {item} hangs up",
    "connect": "{agent} connects",
    "disconnect": "{agent}'s connection is lost",
    "ready": "{agent} is ready",
    "not ready": "{agent} is not ready",
    "log out": "{agent} logs out",
    "pick": "{agent} picks {item}",
    "park": "{agent} parks {item}",
    "resume": "{agent} resumes {item}",
    "end": "the conversation of {item}, which {agent} has, ends",
    "complete": "{agent} completes {item}",
    "answer": "{agent} answers {item}",
    "miss": "{agent} does not answer {item}",
    "transfer": "{agent} transfers {item} to {to}",
    "time": "the time of {late} is over",
}

OF_THE_OUTSIDE = ("request", "call", "leave", "hang up")
"""What helps nobody to finish anything: whether all can be finished is asked without these."""


@dataclass(frozen=True)
class World:
    """What there is, and which of the possible actions are looked at. Every agent serves every queue."""

    agents: int = 2
    calls: int = 1
    chats: int = 3
    chats_per_agent: int = 1
    queues: int = 1
    chats_in_second: int | None = None
    """How many chats an agent may have of the second queue, where that is another limit."""
    distribution: str = "push"
    wrap_up: bool = True
    calls_have_wrap_up: bool = False
    connections_get_lost: bool = False
    transfers: bool = False
    together: bool = True
    """Whether the times of several may be over before anything else happens."""

    def __str__(self) -> str:
        flags = [
            name.replace("_", " ")
            for name in ("calls_have_wrap_up", "connections_get_lost", "transfers")
            if getattr(self, name)
        ]
        limits = f"{self.chats_per_agent}" + (f" and {self.chats_in_second}" if self.chats_in_second else "")
        counts = f"{self.agents} agents, {self.calls} calls, {self.chats} chats, {limits} chats an agent"
        return ", ".join([counts, self.distribution, *flags, *([] if self.wrap_up else ["no wrap-up"])])

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The agents."""
        return AGENTS[: self.agents]

    @cached_property
    def settings(self) -> dict[str, QueueSettings]:
        """The queues, all alike."""
        common: dict[str, Any] = {
            "distribution": self.distribution,
            "chats_per_agent": self.chats_per_agent,
            "wrap_up": WrapUpSettings(on=self.wrap_up, limit_s=86_400, calls=self.calls_have_wrap_up),
            "ring_s": 600,
            "agents": self.names,
        }
        limits = (self.chats_per_agent, self.chats_in_second or self.chats_per_agent)
        return {
            name: QueueSettings(name=name.title(), **{**common, "chats_per_agent": limit})
            for name, limit in zip(QUEUES[: self.queues], limits, strict=False)
        }

    # --- what can be done ---------------------------------------------------------------------------------------------

    def actions(self, floor: Floor, left: tuple[int, int]) -> Iterator[tuple[Action, bool]]:
        """Everything that can be done now, and whether it must have an effect; `left` chats and calls have not come yet."""
        items = floor.items.values()
        chats = sum(item.kind == "chat" for item in items)
        if left[0]:
            for queue in self.settings:
                yield Action("request", item=f"c{chats}", to=queue), True
        if left[1]:
            for queue in self.settings:
                yield Action("call", item=f"k{len(floor.items) - chats}", to=queue), True
        waiting = [item for item in items if item.stage == "waiting"]
        for item in waiting:
            yield Action("leave" if item.kind == "chat" else "hang up", item=item.item), True
        late: list[str] = []
        for agent in floor.agents.values():
            yield from self._of_agent(agent)
            mine = [floor.items[name] for name in agent.owned]
            late += [item.item for item in mine if runs_out(item)]
            for item in mine:
                yield from self._from_outside(agent, item)
            if not agent.connections:
                if agent.state != "logged_out":
                    late.append(agent.agent)
                continue
            for item in waiting:
                yield Action("pick", agent.agent, item.item), item.kind == "chat"
            for item in mine:
                yield from self._of_item(floor, agent, item)
        for number in range(1, len(late) + 1 if self.together else 2):
            for some in permutations(late, number):
                yield Action("time", late=some), True

    def _of_agent(self, agent: Agent) -> Iterator[tuple[Action, bool]]:
        if agent.state == "logged_out" or not agent.connections:
            yield Action("connect", agent.agent), True
            return
        yield Action("ready" if agent.state == "not_ready" else "not ready", agent.agent), True
        yield Action("log out", agent.agent), True
        if self.connections_get_lost:
            yield Action("disconnect", agent.agent), True

    def _from_outside(self, agent: Agent, item: WorkItem) -> Iterator[tuple[Action, bool]]:
        """What becomes of an owned item without its owner; the owner ends a chat in just the same way."""
        me, name = agent.agent, item.item
        if item.stage == "wrap_up":
            return
        if item.kind == "chat":
            yield Action("end", me, name), True
            return
        yield Action("end" if item.answered else "hang up", me, name), True
        if not item.answered:
            yield Action("answer", me, name), True
            yield Action("miss", me, name), True

    def _of_item(self, floor: Floor, agent: Agent, item: WorkItem) -> Iterator[tuple[Action, bool]]:
        me, name = agent.agent, item.item
        if item.stage == "wrap_up":
            yield Action("complete", me, name), True
        if item.kind == "chat" or item.stage == "wrap_up":
            if item.activity != "parked":
                yield Action("park", me, name), item.kind == "chat"
            if item.activity != "active":
                yield Action("resume", me, name), True
        if self.transfers and item.stage == "conversation":
            for other in floor.agents.values():
                if other.agent != me and other.state != "logged_out":
                    yield Action("transfer", me, name, other.agent), False
            for queue in self.settings:
                if queue != item.queue:
                    yield Action("transfer", me, name, queue), True

    # --- as messages --------------------------------------------------------------------------------------------------

    def __reduce__(self) -> Any:
        return World, tuple(getattr(self, field.name) for field in fields(self))  # without what is cached

    @cached_property
    def _messages(self) -> dict[Action, Message]:
        return {}

    def message(self, action: Action) -> Message:
        """The message that the router hears."""
        found = self._messages.get(action)
        if found is None:
            found = self._messages[action] = _message(action)
        return found


def runs_out(item: WorkItem) -> bool:
    """Whether a limit runs (R18), or ringing (R15), and can be over."""
    return item.activity == "active" and (item.stage == "wrap_up" or item.answered is False)


def _message(action: Action) -> Message:
    fields: dict[str, Any] = {"tenant": TENANT}
    said = {**fields, "chat": action.item, "n": 1, "at": NOW}
    match action.verb:
        case "request":
            return ce.ChatRequested(**said, service="web", queue=action.to)
        case "leave" | "end" if (action.item or "").startswith("c"):
            return ce.ChatEnded(**said, ended_by="visitor")
        case "connect" | "disconnect":
            here = {**fields, "agent": action.agent, "connection": f"{action.agent}.1"}
            kind = c.ConnectAgent if action.verb == "connect" else c.DisconnectAgent
            return kind(**here, **({"name": action.agent, "grace_s": 86_400} if action.verb == "connect" else {}))
    if action.verb == "time":
        return c.Wake(tenant=TENANT, stream=TENANT)
    sender = Sender(
        gateway="g1", connection=1, id="x", role=ROLES.get(action.verb, "agent"), user=action.agent or "pbx"
    )
    fields["sender"] = sender
    if action.item is not None:
        fields["item"] = action.item
    if action.verb == "call":
        fields |= {"kind": "call", "queue": action.to}
    if action.verb == "transfer":
        fields["queue" if action.to in QUEUES else "agent"] = action.to
    command = COMMANDS[action.verb](**fields)
    return _digested(command)


def _digested(command: Command) -> Command:
    """The same command; its digest is worked out once, not each time that it is decided."""
    digest = command.digest()
    object.__setattr__(command, "digest", lambda: digest)
    return command


ROLES: dict[str, Any] = {"call": "source", "hang up": "source", "end": "source", "answer": "source", "miss": "source"}
COMMANDS: dict[str, type[Command]] = {
    "call": c.AddItem,
    "hang up": c.EndItem,
    "end": c.EndItem,
    "ready": c.SetReady,
    "not ready": c.SetNotReady,
    "log out": c.LogOut,
    "pick": c.Pick,
    "park": c.Park,
    "resume": c.Resume,
    "complete": c.Complete,
    "answer": c.AnswerCall,
    "miss": c.MissCall,
    "transfer": c.Transfer,
}
