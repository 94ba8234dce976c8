"""Messages to bytes and back. A broker message carries a list: whatever was ready for that inbox."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from operator import or_
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError

from . import chat_events, commands, contacts, mail_items, mails, operators, reports, showings, supervision, work_events
from .shapes import Message, Sender, Shape


def _of(module: Any) -> list[type[Message]]:
    return [
        kind
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, Message) and kind.model_fields["type"].default is not _MISSING
    ]


_MISSING = Message.model_fields["type"].default
TYPES: dict[str, type[Message]] = {
    kind.model_fields["type"].default: kind
    for module in (
        commands,
        mail_items,
        supervision,
        contacts,
        mails,
        operators,
        reports,
        chat_events,
        work_events,
        showings,
    )
    for kind in _of(module)
}
"""Every message by the name that stands in its `type`."""

_MESSAGES: TypeAdapter[list[Message]] = TypeAdapter(
    list[Annotated[reduce(or_, TYPES.values()), Field(discriminator="type")]]  # type: ignore[misc, arg-type]
)
_ANY: TypeAdapter[list[dict[str, Any]]] = TypeAdapter(list[dict[str, Any]])


class Envelope(Shape):
    """What every version can tell of a message, also of one that it does not know: what it is about, where in a log it was
    said, who waits for an answer."""

    type: str = ""
    tenant: str = ""
    chat: str | None = None
    item: str | None = None
    source: str = ""
    position: int = 0
    before: int | None = None
    timeline: str | None = None
    traceparent: str | None = None
    sender: Sender | None = None


class Unreadable(ValueError):
    """Bytes that are no list of messages; `body` is the part that is none, as it may be sent again. `envelope`: what can be told
    of it, where it looks like a message of another version."""

    def __init__(self, reason: str, body: bytes, envelope: Envelope | None = None) -> None:
        super().__init__(reason)
        self.body, self.envelope = body, envelope


def encode(message: Shape) -> bytes:
    """One message as JSON, without the fields that are None."""
    return message.__pydantic_serializer__.to_json(message, exclude_none=True)


def pack(encoded: Iterable[bytes]) -> bytes:
    """The body of a broker message from encoded messages."""
    return b"[" + b",".join(encoded) + b"]"


def unpack(body: bytes) -> list[Message]:
    """The messages of a body, in order.

    Raises Unreadable when one of them is none; `unpack_one_by_one` then tells the good from the bad.
    """
    try:
        return _MESSAGES.validate_json(body)
    except ValidationError as error:
        raise Unreadable(str(error), body) from error


def unpack_one_by_one(body: bytes) -> list[Message | Unreadable]:
    """The messages of a body, each bad one as the reason why; raises Unreadable when the body is no JSON list."""
    try:
        parts = _ANY.validate_json(body)
    except ValidationError as error:
        raise Unreadable(str(error), body) from error
    return [_one(part) for part in parts]


def _one(part: dict[str, Any]) -> Message | Unreadable:
    try:
        return _MESSAGES.validate_python([part])[0]
    except ValidationError as error:
        return Unreadable(str(error), _ANY.dump_json([part]), _envelope(part))


def _envelope(part: dict[str, Any]) -> Envelope | None:
    try:
        return Envelope.model_validate(part)
    except ValidationError:
        return None
