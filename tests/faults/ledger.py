"""What a client asked and what it was told, noted as it happens. Plain data: the judge reads it, its tests doctor it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Ask:
    """A command that a client said, and went on saying with the same id until it was answered.

    `asked` and `answered` are this machine's clock in milliseconds since 1970; `ack` is the answer, `refused` the code of
    a refusal. `put_off` counts the answers that said: not now, again later.
    """

    id: str
    type: str
    chat: str
    asked: int
    text: str | None = None
    answered: int | None = None
    ack: dict[str, Any] | None = None
    refused: str | None = None
    put_off: int = 0


@dataclass
class Seen:
    """One entry of a chat as a client was shown it; `connection` counts the client's connections.

    `n` numbers everything in the chat (agents only), `seq` what visitors see. `live` is False for what an agent was
    given on opening the chat.
    """

    connection: int
    seq: int | None
    n: int | None
    at: int
    kind: str
    text: str | None = None
    live: bool = True


@dataclass
class Connections:
    """How a client's connections began and ended."""

    catch_ups: dict[int, list[int]] = field(default_factory=dict)
    """By connection, each time it said from which seq on it wants to be shown."""

    closes: list[tuple[int, int]] = field(default_factory=list)
    """When, and with which code."""

    troubles: list[str] = field(default_factory=list)
    """What was wrong with the frames themselves."""


@dataclass
class TabLedger(Connections):
    """What one of a visitor's windows was shown, in order."""

    seen: list[Seen] = field(default_factory=list)


@dataclass
class VisitorLedger:
    """A visitor with one chat, in one window or more."""

    name: str
    chat: str = ""
    asks: list[Ask] = field(default_factory=list)
    tabs: list[TabLedger] = field(default_factory=list)


@dataclass
class AgentLedger(Connections):
    """An agent, with what was shown of each chat."""

    agent: str = ""
    asks: list[Ask] = field(default_factory=list)
    seen: dict[str, list[Seen]] = field(default_factory=dict)


@dataclass
class Ledgers:
    """Everybody's."""

    visitors: list[VisitorLedger] = field(default_factory=list)
    agents: list[AgentLedger] = field(default_factory=list)
