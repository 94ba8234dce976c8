"""A row of a table stands for copying code: it says which fields go along, and a field without a source is refused."""

from __future__ import annotations

import msgspec
import pytest
from parley_contracts import chat_events as ce
from parley_contracts import work_events as w
from parley_contracts.tables import field_names, kinds_under, same_named
from parley_contracts.wire import encode, pack, unpack


class Happened(msgspec.Struct):
    at: int


class OfAnItem(Happened):
    item: str


class Parked(OfAnItem):
    why: str


class LoggedOut(Happened):
    agent: str


def test_events_are_collected_and_what_others_inherit_from_is_none() -> None:
    assert kinds_under(Happened) == (Parked, LoggedOut)
    assert kinds_under(LoggedOut) == ()


def test_what_has_the_same_name_goes_along() -> None:
    fields = same_named(Parked, LoggedOut, ("agent",))
    assert fields(Parked(at=7, item="c1", why="call")) == {"at": 7}
    assert same_named(Parked, LoggedOut, ("agent", "at"))(Parked(at=7, item="c1", why="call")) == {}
    assert same_named(Parked, Parked, ())(Parked(at=7, item="c1", why="call")) == {"at": 7, "item": "c1", "why": "call"}


def test_a_field_without_a_source_is_refused_when_the_program_starts() -> None:
    with pytest.raises(TypeError, match="LoggedOut needs agent, which Parked has not"):
        same_named(Parked, LoggedOut, ())
    with pytest.raises(TypeError, match="neither"):
        field_names(str)


HEAD = {"tenant": "t", "at": 5}
RENAMED = [
    (w.WorkAssigned(**HEAD, item="c1", kind="chat", queue="q", version=1, agent="a", name="A", how="picked",
                    reports_touch=True, command_key="a/1"), {"report_touch": True, "cause": "a/1"}),
    (w.QueueRemoved(**HEAD, version=1, queue="q", user="ada"), {"by": "ada"}),
    (ce.ChatEnded(**HEAD, chat="c1", n=3, ended_by="agent"), {"by": "agent"}),
]  # fmt: skip


@pytest.mark.parametrize(("message", "sent"), RENAMED, ids=lambda value: getattr(value, "type", ""))
def test_R34_a_field_with_a_better_name_goes_on_the_wire_by_its_first(message: w.Said, sent: dict[str, object]) -> None:
    """A process of the version before reads what this one says, and the other way round."""
    assert sent.items() <= msgspec.json.decode(encode(message)).items()
    assert unpack(pack([encode(message)])) == [message]
