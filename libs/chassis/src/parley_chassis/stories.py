"""The decider's test words: **given** what has happened, **when** this is asked, **then** that follows.

The same words for every service that decides; they turn the decider that the service runs in production. For tests only,
and of no test framework: what is not as told raises AssertionError.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Generic, Self, TypeVar

from parley_contracts.refusal import Refused
from parley_contracts.shapes import Message

from .decider import Decider

State = TypeVar("State")
Happened = Any
"""An event, or an iterable of what has happened (so that words may stand for several events)."""


class Stories(Generic[State]):
    """What stories are told about: a service's decider and the stream that it decides for.

    `plain(event)` leaves out of an event what tests do not want to spell out; None leaves the whole event out of the story.
    """

    def __init__(self, decider: Decider[State], stream: str, plain: Callable[[Any], Any] = lambda event: event) -> None:
        self.decider, self.stream, self.plain = decider, stream, plain

    def given(self, *happened: Happened) -> Story[State]:
        """A new story, in which this has happened already."""
        return Story(self).given(*happened)


_REASON = ("why", "agent", "name")
"""What a desk says a refusal's reason from."""


class Story(Generic[State]):
    """One test's story. `state` is what has become of it, `happened` everything that happened, `last` what the last
    `when` led to; `when` and `then` may follow each other as often as the story needs."""

    def __init__(self, stories: Stories[State]) -> None:
        self._decider, self._plain = stories.decider, stories.plain
        self.state = stories.decider.new(stories.stream)
        self.happened: list[Any] = []
        self.last: list[Any] = []
        self._refused: Refused | None = None

    def given(self, *happened: Happened) -> Self:
        """This has happened (too)."""
        for event in happened:
            if isinstance(event, Iterable):
                self.given(*event)
            else:
                self._apply(event)
        return self

    def when(self, message: Message, at: int = 0) -> Self:
        """This is asked or heard at `at`; a decider never puts its time before what has happened, so that 0 is "now"."""
        self._no_surprise()
        self.last = []
        try:
            self._decider.turn(self.state, message, at, self._happen)
        except Refused as refusal:
            self._refused = refusal
        return self

    def _happen(self, events: list[Any]) -> State:
        for event in events:
            self._apply(event)
            if self._plain(event) is not None:
                self.last.append(event)
        return self.state

    def _apply(self, event: Any) -> None:
        self.state = self._decider.evolve(self.state, event)
        if self._plain(event) is not None:
            self.happened.append(event)

    def then(self, *expected: Happened) -> Self:
        """Exactly these events followed, in this order."""
        self._no_surprise()
        told: list[Any] = []
        for event in expected:
            told.extend(event if isinstance(event, Iterable) else (event,))
        led_to = [self._plain(event) for event in self.last]
        if led_to != told:
            raise AssertionError(f"this should have followed:\n{_lines(told)}\nbut this did:\n{_lines(led_to)}")
        return self

    def then_nothing(self) -> Self:
        """It was so already."""
        return self.then()

    def then_refused(self, code: str, **facts: Any) -> Self:
        """It was refused with this code, and these facts beside it; nothing has changed. The reason's name and whom it is about count where
        they are given."""
        if self._refused is None:
            raise AssertionError(f"{code} should have been the answer, but this followed:\n{_lines(self.last)}")
        refusal, self._refused = self._refused, None
        beside = {name: fact for name, fact in refusal.facts.items() if name in facts or name not in _REASON}
        if (refusal.code, beside) != (code, facts):
            raise AssertionError(f"{code} {facts} should have been the answer, but it was: {refusal} {refusal.facts}")
        return self

    def _no_surprise(self) -> None:
        if self._refused is not None:
            raise AssertionError(f"it was refused, which nobody had told: {self._refused}") from self._refused


def _lines(events: list[Any]) -> str:
    return "\n".join(f"  {event}" for event in events) or "  (nothing)"
