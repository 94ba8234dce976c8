"""Questions of operators (R29, R38): what gateways ask the operators' service, and what they have a service do with its letters.

All but the last go to `OPS_QUESTIONS`, are answered by a `Reply`, and change nothing. Times are milliseconds since 1970. Texts and names
are left out of the answers unless they are `revealed`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from .shapes import Command, Key

MOST_EVENTS = 500
Looked = Annotated[str, Field(min_length=1, max_length=200)]
"""What somebody looks for: names may have been longer once than they may be now."""
Cursor = Annotated[str, Field(max_length=120)]


class EventsWanted(Command):
    """Which events: those about this, all of it. `kinds`: their names contain this."""

    item: Looked | None = None
    agent: Looked | None = None
    queue: Looked | None = None
    contact: Looked | None = None
    trace: Looked | None = None
    kinds: Looked | None = None
    since: int | None = None
    until: int | None = None
    after: Cursor = ""
    limit: int = Field(100, ge=1, le=MOST_EVENTS)
    revealed: bool = False


class AskEvents(EventsWanted):
    """What happened? Cause before effect. The ack has `events`, and `next` where there is more: a page may hold fewer than `limit`."""

    type: Literal["ask_events"] = "ask_events"
    newest_first: bool = False


class AskNewEvents(EventsWanted):
    """What has come beyond the cursor `after`? Without one: where is the end? The ack has `events` and `next`, the cursor beyond them."""

    type: Literal["ask_new_events"] = "ask_new_events"


class AskFound(Command):
    """What is it that somebody has in hand: a chat, another item, an agent, a queue, a contact, a trace? The ack has `found`. `contacts`:
    those that the CRM knows by it."""

    type: Literal["ask_found"] = "ask_found"
    text: Looked
    contacts: tuple[Key, ...] = Field((), max_length=20)


class AskChatAt(Command):
    """How was a chat at a moment, or after its event `n`? Now without either. The ack has its state, its timers and its last events."""

    type: Literal["ask_chat_at"] = "ask_chat_at"
    item: Looked
    at: int | None = None
    n: int | None = Field(None, ge=1)
    revealed: bool = False


class AskFloorAt(Command):
    """How was the tenant's floor at a moment, or after its event `version`? Now without either."""

    type: Literal["ask_floor_at"] = "ask_floor_at"
    at: int | None = None
    version: int | None = Field(None, ge=0)


class AskWhy(Command):
    """R38: why did an item go to whom it went, and why did it wait?"""

    type: Literal["ask_why"] = "ask_why"
    item: Looked


class AskLetters(Command):
    """What could not be taken? The ack has `letters`, and `next` where there are more."""

    type: Literal["ask_letters"] = "ask_letters"
    after: Cursor = ""
    discarded: bool = False
    limit: int = Field(100, ge=1, le=MOST_EVENTS)
    revealed: bool = False


class AskWhatIf(Command):
    """R38: what would have come of a time under other settings, or with other agents? `settings`: as `QUEUE.FIELD=VALUE`, the value as JSON or
    a word. The ack has the `run`, which goes on by itself; it is kept, and `AskRuns` tells of it."""

    type: Literal["ask_what_if"] = "ask_what_if"
    settings: tuple[Looked, ...] = Field((), max_length=50)
    agents: int = Field(0, ge=-1_000, le=1_000)
    factor: float = Field(0.0, ge=0, le=10)
    since: int | None = None
    until: int | None = None


class AskRuns(Command):
    """What came of these questions? The ack has `runs`, the newest first; of one alone its `result` as well."""

    type: Literal["ask_runs"] = "ask_runs"
    run: Key | None = None


class AskStreams(Command):
    """How far do the logs go, how far have their consumers come, and who works on what?"""

    type: Literal["ask_streams"] = "ask_streams"


class SeeToLetter(Command):
    """Have a letter tried again, or take it as done although it is not, for the reason `because`. Goes to the letters' inbox of the
    service that keeps it. The ack has `result`: `taken`, `waits`, `still kept` or `discarded`, and `reason`."""

    type: Literal["see_to_letter"] = "see_to_letter"
    letter: int = Field(ge=1)
    what: Literal["retry", "discard"]
    because: str = Field("", max_length=500)
    even_late: bool = False
