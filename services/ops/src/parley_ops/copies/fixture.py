"""One chat as a test: its events with every name and text replaced, every time kept, and what folding them comes to. Pure.

What stays is what can hold nothing that anybody wrote: numbers, yes and no, words that an event's class names. Keys of chats,
agents and queues become `chat-1`, `agent-1`, `queue-1`, the same for the same; a text becomes one of the same class of length
(1, 2, 4, 8 … characters). Lists and objects within an event are left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, Literal, NamedTuple, get_args, get_origin, get_type_hints

import msgspec
from parley_contracts.topology import chat_stream
from parley_router.domain.events import EVENTS as ROUTER_EVENTS
from parley_session.domain.chat import Chat
from parley_session.domain.events import EVENTS as SESSION_EVENTS
from parley_session.handlers import Session

from .form import Event
from .ocel import without_none

TENANT, CHAT = "tenant", "chat-1"

_KEYS = {
    "item": "chat",
    "interrupted_by": "chat",
    "previous": "chat",
    "chat": "chat",
    "agent": "agent",
    "to_agent": "agent",
    "last_agent": "agent",
    "user": "agent",
    "queue": "queue",
    "from_queue": "queue",
    "service": "service",
    "contact": "contact",
    "into": "contact",
    "out_of": "contact",
    "by": "key",
    "code": "code",
    "token_id": "token",
}
"""By field: of what it is a key."""
_LEFT_OUT = {"digest", "trace"}
"""A digest is one of what was written; a trace leads to where it was."""
_LANGUAGE = re.compile(r"[a-z]{2}(-[A-Z]{2})?")


def _words() -> frozenset[str]:
    """All words that a class of events names, and those that the router closes an item for."""
    found = {"source", "logout", "no_wrap_up", "completed", "time_limit"}
    for kind in (*ROUTER_EVENTS, *SESSION_EVENTS):
        for hint in get_type_hints(kind).values():
            shape = without_none(hint)
            found.update(get_args(shape) if get_origin(shape) is Literal else ())
    return frozenset(found)


WORDS = _words()


@cache
def _named(kind: str, log: str) -> frozenset[str]:
    """The fields of an event, by their stored names, that hold one of a few words."""
    events = {each.__name__: each for each in (SESSION_EVENTS if log == "session" else ROUTER_EVENTS)}
    if kind not in events:
        return frozenset()
    hints = get_type_hints(events[kind])
    fields = msgspec.structs.fields(events[kind])
    return frozenset(each.encode_name for each in fields if get_origin(without_none(hints[each.name])) is Literal) | {
        "why"
    }


class Replacing:
    """What stands for what, the same for the same. `chat`: the key of the chat that becomes `chat-1`."""

    def __init__(self, chat: str) -> None:
        self._keys: dict[tuple[str, str], str] = {("chat", chat): CHAT}
        self._texts: dict[str, str] = {}

    def key(self, of: str, value: str) -> str:
        """A key in the place of another."""
        count = sum(kind == of for kind, _ in self._keys)
        return self._keys.setdefault((of, value), f"{of}-{count + 1}")

    def text(self, value: str) -> str:
        """A text of the same class of length."""
        if not value:
            return value
        number = self._texts.setdefault(value, str(len(self._texts) + 1))
        length = 1 << (len(value) - 1).bit_length()
        return (f"text {number} " * length)[:length].rstrip().ljust(length, ".")

    def event(self, event: Event) -> Event:
        """The event with nothing in it that anybody wrote."""
        fields = msgspec.json.decode(event.state)
        words = _named(event.name.rpartition(".")[0], event.log)
        kept: dict[str, Any] = {}
        for name, value in fields.items() if isinstance(fields, dict) else ():
            if name in _LEFT_OUT or isinstance(value, dict | list):
                continue
            kept[name] = self._value(name, value, words) if isinstance(value, str) else value
        return event._replace(stream=self._stream(event), state=msgspec.json.encode(kept))

    def _value(self, name: str, value: str, words: frozenset[str]) -> str:
        if name in words:
            return value if value in WORDS else "other"
        if name in _KEYS:
            return self.key(_KEYS[name], value)
        if name == "language" and _LANGUAGE.fullmatch(value):
            return value
        return self.text(value)

    def _stream(self, event: Event) -> str:
        if event.log == "session":
            return chat_stream(TENANT, CHAT)
        return TENANT if event.log == "router" else f"{TENANT}/links/{CHAT}"


class After(NamedTuple):
    """What a chat is after an event, its timers in milliseconds at that event's time."""

    stage: str
    activity: str | None
    outcome: str | None
    ended_by: str | None
    unread: int
    interruptions: int
    wait_ms: int
    handle_ms: int
    wrap_up_ms: int


def folded(events: Iterable[Event]) -> list[After]:
    """What the chat is after each of its events. Raises UnknownEvent."""
    chat, found = Chat(chat_stream(TENANT, CHAT)), []
    for each in events:
        if each.log == "session":
            event = Session.journal.event(each.name, each.state)
            chat.evolve(event)
            timers = chat.wait.at(event.at), chat.handle.at(event.at), chat.wrap_up.at(event.at)
            state = chat.stage, chat.activity, chat.outcome, chat.ended_by
            found.append(After(*state, chat.unread, chat.interruptions, *timers))
    return found


_TEST = '''"""A chat as it was, with every name and text replaced: {count} events over {seconds:,} s."""

from __future__ import annotations

from parley_ops.copies.fixture import folded
from parley_ops.copies.form import Event

EVENTS = [
{events}
]
AFTER = [
{after}
]


def test_the_chat_comes_to_the_same_states_and_timers() -> None:
    """Each row: stage, activity, outcome, ended_by, unread, interruptions, wait_ms, handle_ms, wrap_up_ms."""
    assert [tuple(each) for each in folded(EVENTS)] == AFTER
'''


def write_fixture(events: Iterable[Event], write: Callable[[bytes], Any], *, as_test: bool) -> dict[str, int]:
    """The events of one chat as a test in Python, or as JSON. How many of each log. Raises UnknownEvent."""
    found = list(events)  # one chat's: the services keep so many in their memory
    chat = next((each.stream.partition("/")[2] for each in found if each.log == "session"), "")
    if found and not chat:
        raise ValueError("this is no chat: only a chat has a life of its own that can be folded")
    replacing = Replacing(chat)
    replaced = [replacing.event(each) for each in found]
    after = folded(replaced)
    times = [msgspec.json.decode(each.state).get("at", 0) for each in replaced] or [0]
    if as_test:
        text = _TEST.format(
            count=len(replaced),
            seconds=(max(times) - min(times)) // 1_000,
            events="\n".join(f"    {_as_code(each)}," for each in replaced),
            after="\n".join(f"    {tuple(each)!r}," for each in after),
        )
        write(text.encode())
    else:
        listed = [each._asdict() | {"state": json.loads(each.state)} for each in replaced]
        told = {"format": "parley-fixture", "version": 1, "events": listed, "after": [each._asdict() for each in after]}
        write(json.dumps(told, indent=1, ensure_ascii=False).encode() + b"\n")
    return {log: sum(each.log == log for each in replaced) for log in ("session", "router", "crm-logger")}


def _as_code(event: Event) -> str:
    log, position, stream, n, name, state = event
    return f"Event({log!r}, {position}, {stream!r}, {n}, {name!r}, {state!r})"
