"""The frames of supervisors, and of agents who ask for their help (R36): what they are as commands to the floor. The floor alone says who may."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from parley_contracts import supervision as s
from pydantic import Field

from ..typed import Clean, MessageText, Short
from . import frames as f

LONGEST_REASON = 500
MOST_QUEUES = 1_000
Why = Annotated[Clean, Field(max_length=LONGEST_REASON)]


class WatchFrame(f.OpenFrame):
    """R36: a supervisor reads a chat while it goes on, whoever has it. The ack is that of `open`."""

    type: Literal["watch"]  # type: ignore[assignment]
    why: Why | None = None


class JoinFrame(f.OpenFrame):
    """R36: as `watch`; from then on `message` writes in the chat beside its agent, in the supervisor's name."""

    type: Literal["join"]  # type: ignore[assignment]
    why: Why | None = None


class WhisperFrame(f.OnItem):
    """R36: something for the agent of a chat, which the visitor does not see: an internal note."""

    type: Literal["whisper"]
    text: MessageText
    why: Why | None = None


class TakeOverFrame(f.OnItem):
    type: Literal["take_over"]
    why: Why | None = None


class AssignFrame(f.OnItem):
    type: Literal["assign"]
    agent: Short
    why: Why | None = None


class MoveFrame(f.OnItem):
    type: Literal["move"]
    queue: Short
    why: Why | None = None


class AgentStateFrame(f.Command):
    type: Literal["agent_state"]
    agent: Short
    state: Literal["ready", "not_ready"]
    reason: Annotated[Clean, Field(max_length=100)] | None = None
    why: Why | None = None


class AgentLogoutFrame(f.Command):
    type: Literal["agent_logout"]
    agent: Short
    why: Why | None = None


class AgentQueuesFrame(f.Command):
    """R5, R36: the queues that the agent serves from now on."""

    type: Literal["agent_queues"]
    agent: Short
    queues: Annotated[list[Short], Field(max_length=MOST_QUEUES)]
    why: Why | None = None


class HelpFrame(f.Command):
    """R36: an agent asks for help, about an item of theirs or in general; `on` false: they need none any more."""

    type: Literal["help"]
    item: Short | None = None
    text: Why | None = None
    on: bool


Conversing = WatchFrame | JoinFrame | WhisperFrame
"""What goes on with the session once the floor has agreed."""

COMMANDS: dict[type[f.Frame], type[Any]] = {
    TakeOverFrame: s.TakeOver,
    AssignFrame: s.AssignItem,
    MoveFrame: s.MoveItem,
    AgentStateFrame: s.SetAgentState,
    AgentLogoutFrame: s.LogOutAgent,
    AgentQueuesFrame: s.SetAgentQueues,
    HelpFrame: s.AskForHelp,
    WatchFrame: s.Supervise,
    JoinFrame: s.Supervise,
    WhisperFrame: s.Supervise,
}

AGENT = {**f.AGENT, **f.by_type(*COMMANDS)}
"""All that `/v1/agent` takes."""


def asked(frame: f.Command) -> dict[str, Any]:
    """The fields of the frame's command to the floor."""
    if isinstance(frame, Conversing):
        return {"item": frame.item, "act": frame.type, "note": frame.why}
    given = {name: getattr(frame, name) for name in type(frame).model_fields if name not in ("type", "id", "why")}
    if not isinstance(frame, HelpFrame):
        given["note"] = frame.why  # type: ignore[attr-defined]
    if isinstance(frame, AgentQueuesFrame):
        given["queues"] = tuple(frame.queues)
    return given
