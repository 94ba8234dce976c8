"""The decider's test words: **given** what has happened, **when** this is asked, **then** that follows.

The same words for every service that decides: `decide(state, message, at) -> [event]` and `evolve(state, event) -> state`
are all that they know. For tests only, and of no test framework: what is not as told raises AssertionError.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Generic, Self, TypeVar

from parley_contracts.refusal import Refused
from parley_contracts.shapes import Message

State = TypeVar("State")
Happened = Any
"""An event, or an iterable of what has happened (so that words may stand for several events)."""


class Decider(Generic[State]):
    """How a service decides, as a plain value that stories are told about.

    `by_itself(state, at)` is the next thing that the service does by itself, as events, until there are none: asked before
    a command for what is due, and again once the command's events have been applied. `plain(event)` leaves out of an event
    what tests do not want to spell out.
    """

    def __init__(
        self,
        decide: Callable[[State, Any, int], list[Any]],
        initial: Callable[[], State],
        evolve: Callable[[State, Any], State],
        *,
        by_itself: Callable[[State, int], list[Any]] = lambda state, at: [],
        plain: Callable[[Any], Any] = lambda event: event,
    ) -> None:
        self.decide, self.initial, self.evolve = decide, initial, evolve
        self.by_itself, self.plain = by_itself, plain

    def given(self, *happened: Happened) -> Story[State]:
        """A new story, in which this has happened already."""
        return Story(self).given(*happened)


class Story(Generic[State]):
    """One test's story. `state` is what has become of it, `happened` everything that happened, `last` what the last
    `when` led to; `when` and `then` may follow each other as often as the story needs."""

    def __init__(self, decider: Decider[State]) -> None:
        self._decider = decider
        self.state = decider.initial()
        self.happened: list[Any] = []
        self.last: list[Any] = []
        self._refused: Refused | None = None

    def _apply(self, event: Any) -> None:
        self.state = self._decider.evolve(self.state, event)
        self.happened.append(event)

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
        self._by_itself(at)
        try:
            decided = self._decider.decide(self.state, message, at)
        except Refused as refusal:
            self._refused = refusal
            return self
        self._follow(decided)
        self._by_itself(at)
        return self

    def _by_itself(self, at: int) -> None:
        while events := self._decider.by_itself(self.state, at):
            self._follow(events)

    def _follow(self, events: list[Any]) -> None:
        for event in events:
            self._apply(event)
            self.last.append(event)

    def then(self, *expected: Happened) -> Self:
        """Exactly these events followed, in this order."""
        self._no_surprise()
        told: list[Any] = []
        for event in expected:
            told.extend(event if isinstance(event, Iterable) else (event,))
        led_to = [self._decider.plain(event) for event in self.last]
        if led_to != told:
            raise AssertionError(f"this should have followed:\n{_lines(told)}\nbut this did:\n{_lines(led_to)}")
        return self

    def then_nothing(self) -> Self:
        """It was so already."""
        return self.then()

    def then_refused(self, code: str, **facts: Any) -> Self:
        """It was refused with this code, and these facts beside it; nothing has changed."""
        if self._refused is None:
            raise AssertionError(f"{code} should have been the answer, but this followed:\n{_lines(self.last)}")
        refusal, self._refused = self._refused, None
        if (refusal.code, refusal.facts) != (code, facts):
            raise AssertionError(f"{code} {facts} should have been the answer, but it was: {refusal} {refusal.facts}")
        return self

    def _no_surprise(self) -> None:
        if self._refused is not None:
            raise AssertionError(f"it was refused, which nobody had told: {self._refused}") from self._refused


def _lines(events: list[Any]) -> str:
    return "\n".join(f"  {event}" for event in events) or "  (nothing)"
