"""A chat at a moment, or after one of its events, with the bands of its life: what a screen draws."""

from __future__ import annotations

from typing import Any, NamedTuple

from parley_chassis.journal import Newer, UnknownEvent
from parley_contracts.instant import rfc3339
from parley_contracts.topology import chat_stream
from parley_session.domain.chat import Chat
from parley_session.domain.events import Parked
from parley_session.handlers import Session

from .hiding import TEXTS
from .index.table import Index
from .replay import chat_shown

AT_ONCE = 1_000
MOST_ENTRIES = 500
MOST_BANDS = 500


class Band(NamedTuple):
    """So it was from one moment on; `interrupted_by`: the item that made it so."""

    since: int
    stage: str
    activity: str | None
    owner: str | None
    interrupted_by: str | None

    def shown(self, until: int | None) -> dict[str, Any]:
        """As JSON has it."""
        told = {"from": rfc3339(self.since), **self._asdict()}
        del told["since"]
        if until is not None:
            told["until"] = rfc3339(until)
        return {name: value for name, value in told.items() if value is not None}


class ChatFolded(NamedTuple):
    """A chat after its event `n`, of `last_n` that there are."""

    chat: Chat
    n: int
    last_n: int
    last_at: int
    bands: list[Band]


def fold(index: Index, tenant: str, chat: str, *, at: int | None = None, n: int | None = None) -> ChatFolded | None:
    """A chat's events up to a moment (those before the first one that is later) or a number, folded; None if it was not. Raises
    UnknownEvent where one of them is of a newer version."""
    stream = chat_stream(tenant, chat)
    state = Chat(stream)
    bands: list[Band] = []
    reached = last_n = last_at = 0
    stopped = False
    while page := index.stream("session", stream, last_n, AT_ONCE):
        for stored in page:
            last_n = stored.originator_version
            event = Session.journal.read(stored.topic, stored.state)
            last_at = max(last_at, event.at)
            stopped = stopped or (n is not None and last_n > n) or (at is not None and event.at > at)
            if stopped:
                continue
            if isinstance(event, Newer):
                raise UnknownEvent(f"the chat holds {stored.topic}")
            state.evolve(event)
            reached = last_n
            _draw(bands, state, event)
    return ChatFolded(state, reached, last_n, last_at, bands[-MOST_BANDS:]) if state.exists else None


def _draw(bands: list[Band], chat: Chat, event: Any) -> None:
    by = event.interrupted_by if isinstance(event, Parked) else None
    now = (chat.stage, chat.activity, chat.owner)
    if not bands or (bands[-1].stage, bands[-1].activity, bands[-1].owner) != now:
        bands.append(Band(chat.last_at, *now, by))


def shown(folded: ChatFolded, at: int, *, revealed: bool) -> dict[str, Any]:
    """As JSON has it; timers that run are told as of `at`. Its last entries, with what people wrote only where it is revealed."""
    told = chat_shown(folded.chat, at)
    entries = told.pop("events")
    told |= {"n": folded.n, "last_n": folded.last_n, "last_at": rfc3339(folded.last_at)}
    told["first_at"] = told["started_at"]
    ends = [band.since for band in folded.bands[1:]] + [None]
    told["bands"] = [band.shown(until) for band, until in zip(folded.bands, ends, strict=True)]
    told["events"] = [_entry(entry, revealed) for entry in entries[-MOST_ENTRIES:]]
    if len(entries) > MOST_ENTRIES:
        told["earlier"] = True
    return told


def _entry(entry: dict[str, Any], revealed: bool) -> dict[str, Any]:
    of_visitor = entry.get("from") == "visitor" or entry["kind"] == "requested"
    hidden = [] if revealed else [name for name in entry if name in TEXTS or (name == "name" and of_visitor)]
    told = {name: value for name, value in entry.items() if name not in hidden and value is not None}
    return {**told, "hidden": sorted(hidden)} if hidden else told
