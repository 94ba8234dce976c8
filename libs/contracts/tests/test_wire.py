"""Messages to bytes and back: every type, with as little and with as much in it as there can be."""

from __future__ import annotations

import types
import typing
from datetime import date
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Literal, Union, get_args, get_origin

import parley_contracts
import pytest
from parley_contracts import commands, showings
from parley_contracts.hours import Hours
from parley_contracts.shapes import Command, Message, Said, Sender
from parley_contracts.wire import TYPES, Unreadable, encode, pack, unpack, unpack_one_by_one
from pydantic import BaseModel

AT = 1_769_851_800_125
EVERY_TYPE = sorted(TYPES)

# The names that stand on the wire; a message may be added, none renamed.
NAMES = [
    "add_note",
    "agent.forgotten.v1",
    "agent.logged_in.v1",
    "agent.logged_out.v1",
    "agent.not_ready.v1",
    "agent.ready.v1",
    "agent.skilled.v1",
    "agent_shown",
    "answer_call",
    "ask_candidates",
    "ask_contact",
    "ask_duplicates",
    "ask_history",
    "ask_interaction",
    "ask_item",
    "ask_queue",
    "ask_queue_changes",
    "ask_transcript",
    "chat.assigned.v1",
    "chat.classified.v1",
    "chat.closed.v1",
    "chat.ended.v1",
    "chat.identified.v1",
    "chat.message_posted.v1",
    "chat.note_added.v1",
    "chat.parked.v1",
    "chat.rated.v1",
    "chat.requested.v1",
    "chat.requeued.v1",
    "chat.resumed.v1",
    "chat.touched.v1",
    "chat.transferred.v1",
    "chat.unread.v1",
    "chat.visitor_lost.v1",
    "chat.visitor_returned.v1",
    "chat.wrap_up_extended.v1",
    "chat.wrap_up_started.v1",
    "chat_held",
    "chat_shown",
    "classify",
    "complete",
    "connect_agent",
    "directory_changed",
    "disconnect_agent",
    "end_chat",
    "entry",
    "extend",
    "floor_change",
    "floor_held",
    "floor_shown",
    "forget_agent",
    "hold_chats",
    "hold_floors",
    "identify",
    "identify_visitor",
    "import_contacts",
    "link_interaction",
    "list_contacts",
    "log_out",
    "lose_visitor",
    "merge_contact",
    "miss_call",
    "note_item",
    "park",
    "partition_taken",
    "pick",
    "post_message",
    "put_contact",
    "put_queue",
    "rate_chat",
    "queue.configured.v1",
    "queue.removed.v1",
    "queue_shown",
    "remove_queue",
    "replied",
    "resume",
    "search_contacts",
    "search_transcripts",
    "send_transcript",
    "set_not_ready",
    "set_ready",
    "set_skills",
    "signal",
    "signal_shown",
    "start_chat",
    "transfer",
    "unmerge_contact",
    "visitor_gone",
    "wake",
    "watch_chat",
    "watch_floor",
    "withdraw_mail",
    "work.answered.v1",
    "work.assigned.v1",
    "work.classified.v1",
    "work.closed.v1",
    "work.identified.v1",
    "work.noted.v1",
    "work.parked.v1",
    "work.queued.v1",
    "work.requeued.v1",
    "work.resumed.v1",
    "work.transferred.v1",
    "work.wrap_up_extended.v1",
    "work.wrap_up_started.v1",
]


def example(annotation: Any, full: bool) -> Any:
    """A value of a field's type; `full`: with everything optional in it."""
    if annotation is Any:
        return {"nothing": None, "list": [1, {"deep": None}], "text": "ä"}
    if annotation is Hours:
        return Hours(timezone="Europe/Berlin", week={"mon": (("09:00", "17:00"),)}, closed_on=(date(2026, 12, 25),))
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return message(annotation, full)
    if annotation in (int, float, str, bool):
        return {int: 7, float: 0.5, str: "k1", bool: True}[annotation]
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return args[-1]
    if origin is typing.Annotated:
        return example(args[0], full)
    if origin in (Union, types.UnionType):
        return example(next(arg for arg in args if arg is not type(None)), full)
    if origin is tuple:
        return tuple(example(arg, full) for arg in args if arg is not Ellipsis)
    if origin is dict:
        return {example(args[0], full): example(args[1], full), **({"none": None} if args[1] is Any else {})}
    raise TypeError(f"no example of {annotation}")


def message(kind: type[BaseModel], full: bool) -> Any:
    fields = {
        name: example(field.annotation, full)
        for name, field in kind.model_fields.items()
        if name != "type" and (full or field.is_required())
    }
    return kind(**fields)


def test_the_names_on_the_wire_are_stable() -> None:
    assert set(NAMES) <= set(TYPES), "a message was renamed: whoever still says the old name is not understood"


@pytest.mark.parametrize("full", [False, True], ids=["least", "most"])
@pytest.mark.parametrize("name", EVERY_TYPE)
def test_every_message_survives_the_wire(name: str, full: bool) -> None:
    told = message(TYPES[name], full)
    assert told.type == name
    heard = unpack(pack([encode(told), encode(told)]))
    assert heard == [told, told]
    assert type(heard[0]) is TYPES[name]


@pytest.mark.parametrize("name", [name for name in EVERY_TYPE if issubclass(TYPES[name], Said)])
def test_what_is_said_has_a_version_in_its_name_and_its_time_as_text(name: str) -> None:
    assert name.endswith(".v1")
    told = message(TYPES[name], False).model_copy(update={"at": AT})
    assert b'"at":"2026-01-31T09:30:00.125Z"' in encode(told)
    assert unpack(pack([encode(told)])) == [told]


def test_fields_that_a_newer_sender_added_are_passed_over() -> None:
    assert unpack(b'[{"type":"wake","tenant":"t","stream":"t","colour":"red"}]') == [
        commands.Wake(tenant="t", stream="t")
    ]


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"[1]", b"no json", b'[{"type":"unheard_of","tenant":"t"}]', b'[{"type":"pick","tenant":"t"}]'],
)
def test_what_cannot_be_read_says_so_and_keeps_the_bytes(body: bytes) -> None:
    with pytest.raises(Unreadable) as caught:
        unpack(body)
    assert caught.value.body == body


def test_one_bad_message_does_not_take_the_others_with_it() -> None:
    good = commands.Wake(tenant="t", stream="t")
    found = unpack_one_by_one(pack([encode(good), b'{"type":"unheard_of"}', encode(good)]))
    assert [found[0], found[2]] == [good, good]
    assert isinstance(found[1], Unreadable)
    assert b"unheard_of" in found[1].body
    with pytest.raises(Unreadable):
        unpack_one_by_one(b"no list")


# --- idempotency: keys and digests ------------------------------------------------------------------------------------

ANNA = Sender(gateway="g1", connection=1, id="x", role="agent", user="anna")


@pytest.mark.parametrize("name", [name for name in EVERY_TYPE if issubclass(TYPES[name], Command)])
def test_R30_a_digest_survives_the_wire_and_does_not_depend_on_connection_or_trace(name: str) -> None:
    first = message(TYPES[name], True).model_copy(update={"sender": ANNA, "traceparent": "00-1"})
    [heard] = unpack(pack([encode(first)]))
    again = ANNA.model_copy(update={"gateway": "g2", "connection": 9})
    assert heard.digest() == first.digest()  # type: ignore[attr-defined]
    assert first.model_copy(update={"sender": again, "traceparent": "00-2"}).digest() == first.digest()


def test_R30_another_content_or_another_command_has_another_digest() -> None:
    fields: dict[str, Any] = {"tenant": "t", "chat": "c1", "sender": ANNA}
    said = [
        commands.PostMessage(**fields, text="one"),
        commands.PostMessage(**fields, text="two"),
        commands.PostMessage(**{**fields, "chat": "c2"}, text="one"),
        commands.AddNote(**fields, text="one"),
        commands.EndChat(**fields),
    ]
    assert len({command.digest() for command in said}) == len(said)


def test_R30_keys_are_each_senders_own() -> None:
    visitor = Sender(gateway="g1", connection=1, id="x", role="visitor")
    ben = ANNA.model_copy(update={"user": "ben"})
    assert len({ANNA.key, ben.key, visitor.key, ANNA.model_copy(update={"id": "y"}).key}) == 4
    assert ANNA.model_copy(update={"gateway": "g2", "connection": 2}).key == ANNA.key


def test_a_frame_keeps_the_standing_timers_null_on_its_way_through_the_broker() -> None:
    ack = {"item": {"handle": {"ms": 5, "running_since": None}}}
    shown = showings.Replied(tenant="t", reply={"connection": 1, "id": "x", "ack": ack})  # type: ignore[arg-type]
    [heard] = unpack(pack([encode(shown)]))
    assert isinstance(heard, showings.Replied)
    assert heard.reply.ack == ack


def test_every_message_has_a_type_of_its_own() -> None:
    assert all(issubclass(kind, Message) and kind.model_fields["type"].default == name for name, kind in TYPES.items())


def test_every_message_of_the_contracts_can_be_heard() -> None:
    """One whose module is forgotten here would be put with the dead letters."""
    for module in iter_modules(parley_contracts.__path__):
        import_module(f"parley_contracts.{module.name}")
    kinds = [kind for kind in below(Message) if kind.__module__.startswith("parley_contracts.")]
    named = {kind.model_fields["type"].default for kind in kinds} - {Message.model_fields["type"].default}
    assert named == TYPES.keys()


def below(kind: type[Message]) -> list[type[Message]]:
    return [each for sub in kind.__subclasses__() for each in (sub, *below(sub))]
