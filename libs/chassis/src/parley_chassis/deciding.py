"""A service that decides, as the loop runs it: one order of steps for all of them.

What is due, what is asked, what follows (`Decider.turn`); each event is put into the trace that led to it; a command that
was refused is refused again (R30, R31); what happened is shown, and whoever asked is answered.

A service gives its `name`, its `journal`, its `decider`, and says how its `inbox` is called, which stream a message is about
(`stream_of`), what an event `says` to others, what it `shows`, and what is `due`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Generic, TypeVar

import msgspec
from parley_contracts.commands import AreYouThere
from parley_contracts.refusal import Refused
from parley_contracts.shapes import Command, Message, Said, Sender
from parley_contracts.topology import partition_of

from .decider import Decider
from .journal import Journal
from .presence import Leases
from .refusals import Refusals
from .service import Out
from .store import OpenStream
from .streams import Live

State = TypeVar("State")

WAITS = "Something that was said about this is kept for somebody to look at. Try again later."
Aside = Callable[[Any, Live[Any], Any, int, Out], None]
"""A method that takes a message without a decision: `(self, live, message, at, out)`."""


class Deciding(Generic[State]):
    """The base of a service. `asides` names the messages that lead to no decision: questions about what stands, and what is
    never stored. `asked_again` names the commands whose refusal is not remembered, because whoever only looks may look again.
    """

    name: str
    journal: Journal
    decider: ClassVar[Decider[Any]]
    snapshot_every: int | None = None
    snapshot_shape: str = ""
    asides: ClassVar[dict[type[Message], Aside]] = {}
    asked_again: ClassVar[tuple[type[Command], ...]] = ()

    def __init__(self) -> None:
        self.watchers = Leases()
        """By stream, the gateways that show it."""
        self._refusals = Refusals()

    # --- what a service gives -----------------------------------------------------------------------------------------

    def inbox(self, partition: int) -> str:
        """The inbox of a partition."""
        raise NotImplementedError

    def stream_of(self, message: Message) -> str | None:
        """The stream that a message is about; None for one about a whole partition."""
        raise NotImplementedError

    def says(self, stream: str, version: int, event: Any) -> list[tuple[str, Said]]:
        """What an event says to other services, from the event alone."""
        raise NotImplementedError

    def hears(self, stream: str, item: str | None) -> list[str]:
        """The inboxes to which an event may speak of which only this is known."""
        raise NotImplementedError

    def shows(
        self, live: Live[State], events: list[tuple[int, Any]], message: Message | None, at: int, out: Out
    ) -> None:
        """Show what happened to the gateways that watch, and acknowledge the message; None when it was refused."""
        raise NotImplementedError

    def due(self, state: State) -> int | None:
        """When something is due in this stream by itself."""
        raise NotImplementedError

    def agenda(self, live: Live[State]) -> OpenStream | None:
        """The stream's row in the agenda: open, and due as `due` says, unless a service knows better."""
        return OpenStream(live.stream, live.partition, self.due(live.state))

    def freeze(self, state: State) -> bytes:
        """The state as bytes, for a service that keeps snapshots."""
        raise TypeError(f"{self.name} keeps no snapshots: its streams are short")

    def thaw(self, stream: str, frozen: bytes) -> State:
        """The state from its bytes, for a service that keeps snapshots."""
        raise TypeError(f"{self.name} keeps no snapshots: its streams are short")

    # --- what all have in common --------------------------------------------------------------------------------------

    def new(self, stream: str) -> State:
        """The state before anything has happened."""
        state: State = self.decider.new(stream)
        return state

    def evolve(self, state: State, event: Any) -> State:
        """The state after an event."""
        after: State = self.decider.evolve(state, event)
        return after

    def handle(self, live: Live[State], message: Message, at: int, out: Out) -> None:
        """Decide and show; a question about what stands is answered. A refusal is an answer."""
        aside = self.asides.get(type(message))
        if aside is not None:
            return aside(self, live, message, at, out)
        return self.decide(live, message, at, out)

    def decide(self, live: Live[State], message: Message, at: int, out: Out) -> None:
        """One turn. What another service says cannot be refused: it is raised, and the loop puts the message aside."""
        first = len(live.gathered)
        refusal = self._turn(live, message, at)
        events = live.gathered[first:]
        if refusal is None:
            return self.shows(live, events, message, at, out)
        if isinstance(message, Said):
            raise refusal
        self.shows(live, events, None, at, out)
        if (sender := sender_of(message)) is not None:  # what the service asks of itself has nobody to be answered
            out.reply(message.tenant, sender, refusal)
        return None

    def _turn(self, live: Live[State], message: Message, at: int) -> Refused | None:
        command = message if isinstance(message, Command) and not isinstance(message, self.asked_again) else None
        trace = message.traceparent

        def happen(events: list[Any]) -> State:
            for event in events:
                live.apply(msgspec.structs.replace(event, trace=trace) if trace else event)
            return live.state

        try:
            if command is not None and (before := self._refusals.of(live.stream, command, at)) is not None:
                self.decider.settle(live.state, at, happen)
                return before
            self.decider.turn(live.state, message, at, happen)
        except Refused as refusal:
            if command is not None and live.waits and refusal.code != "unavailable":
                return Refused(
                    "unavailable", WAITS
                )  # not remembered: it may be no refusal once the letter has been taken
            if command is not None:
                self._refusals.note(live.stream, command, refusal, at)
            return refusal
        return None

    # --- presence -----------------------------------------------------------------------------------------------------

    def handle_partition(
        self, message: Message, at: int, peek: Callable[[str], Live[State] | None], out: Out
    ) -> list[Message]:
        """A message about a whole partition: what follows from it, as messages about streams. Who asks whether anybody is
        there is answered with the batch, as everybody is (R33)."""
        if isinstance(message, AreYouThere):
            if message.sender is not None:
                out.reply(message.tenant, message.sender, {})
            return []
        raise TypeError(f"nothing is known about {message.type} for a whole partition")

    def partitions_taken(self, agenda: list[OpenStream], at: int) -> None:
        """This process owns a partition now, with these open streams."""

    def partitions_lost(self, partitions: set[int]) -> None:
        """Other processes own these now; the gateways tell them who watches."""
        self.watchers.keep(lambda stream: partition_of(stream) not in partitions)

    def paused(self, ms: int) -> None:
        """This process heard nobody for so long."""
        self.watchers.prolong(ms)

    def every_second(self, at: int) -> list[Message]:
        """Messages to itself; here none, but leases lapse."""
        self.watchers.lapse(at)
        return []


def sender_of(message: Message | None) -> Sender | None:
    """Who sent a command; None for everything else."""
    return message.sender if isinstance(message, Command) else None
