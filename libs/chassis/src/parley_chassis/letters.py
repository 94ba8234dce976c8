"""A letter: a message that a service could not take, kept in its own database until somebody has seen to it.

What was said about a stream waits behind a letter that was said about the same stream; everything else goes on (R32, R34).
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Literal, get_args

from parley_contracts.shapes import Command, Message, Said, Sender
from parley_contracts.wire import Unreadable, encode, pack

Kind = Literal["failed", "behind", "newer", "unreadable", "other_timeline", "given_up", "set_aside"]
"""Why it is kept: it `failed` each time it was tried; it is `behind` one of the same stream; it is of a `newer` version; it is
no message at all; it comes from another life of its log; the processes that had it in hand died; it was `set_aside` by
whoever else could not take or send it."""

KINDS: tuple[str, ...] = get_args(Kind)
HOLDING = frozenset({"failed", "behind", "newer", "given_up"})
"""Letters of these kinds hold what is said later about their stream, if they were said themselves."""

LATE_S = 60
"""A command that is older is not carried out any more, unless somebody says so."""

REASON_CHARACTERS = 2_000


@dataclass(frozen=True, kw_only=True)
class Letter:
    """`number` is given by the store; `identity` is the same when the same comes again. `stream`: what it is about.
    Times are milliseconds since 1970; `body` is a list of one message, as it can be sent again."""

    number: int = 0
    identity: str
    stream: str
    partition: int
    inbox: str
    kind: Kind
    holds: bool
    type: str
    tenant: str
    trace: str | None
    source: str
    position: int
    reason: str
    tries: int
    first_at: int
    last_at: int
    body: bytes
    state: Literal["kept", "retry", "discarded"] = "kept"
    decided_by: str | None = None
    because: str | None = None


class Unread(Said):
    """In the place of a message that cannot be taken as what it is: of a version that is not known here, from another life
    of its log, or given up by the broker. `about` is the stream's name, `body` a list of the one message."""

    type: str
    at: Any = None
    about: str = ""
    kind: Kind
    reason: str
    body: bytes
    sender: Sender | None = None

    @property
    def is_in_line(self) -> bool:
        """Whether it has its place in what its source said here, and is passed over in order."""
        return bool(self.source) and self.kind in HOLDING


def unread(part: Unreadable) -> Unread:
    """What stands for a part of a delivery that is no message of this version."""
    envelope = part.envelope
    if envelope is None or not envelope.type:
        return Unread(type="?", tenant="", kind="unreadable", reason=str(part), body=part.body)
    fields = {name: getattr(envelope, name) for name in ("type", "tenant", "traceparent", "sender")}
    place = {name: getattr(envelope, name) for name in ("source", "position", "before", "timeline")}
    return Unread(
        **fields,
        **place,
        about=_stream(envelope.tenant, envelope.chat or envelope.item),
        kind="newer",
        reason=str(part),
        body=part.body,
    )


def instead_of(message: Message, kind: Kind, reason: str) -> Unread:
    """What stands for a message that is not taken, although it could be read."""
    if isinstance(message, Unread):
        return message.model_copy(update={"kind": kind, "reason": f"{reason}; {message.reason}"})
    place: dict[str, Any] = {}
    if isinstance(message, Said):
        place = {name: getattr(message, name) for name in ("source", "position", "before", "timeline")}
    return Unread(
        type=message.type,
        tenant=message.tenant,
        traceparent=message.traceparent,
        sender=message.sender if isinstance(message, Command) else None,
        **place,
        about=about(message),
        kind=kind,
        reason=reason,
        body=pack([encode(message)]),
    )


def about(message: Message) -> str:
    """The stream that a message is about, by the name that it has for its writer; empty for one about none."""
    if isinstance(message, Unread):
        return message.about
    return _stream(message.tenant, getattr(message, "chat", None) or getattr(message, "item", None))


def _stream(tenant: str, name: object) -> str:
    return f"{tenant}/{name}" if isinstance(name, str) and name else tenant


def letter(
    message: Message, *, partition: int, inbox: str, at: int, kind: Kind, reason: str = "", tries: int = 0
) -> Letter:
    """The letter that keeps a message which came to an inbox."""
    apart = message if isinstance(message, Unread) else instead_of(message, kind, reason)
    said = bool(apart.source)
    return Letter(
        identity=_identity(apart, partition, inbox),
        stream=apart.about,
        partition=partition,
        inbox=inbox,
        kind=kind,
        holds=said and kind in HOLDING,
        type=apart.type,
        tenant=apart.tenant,
        trace=apart.traceparent,
        source=apart.source,
        position=apart.position,
        reason=(apart.reason or reason)[:REASON_CHARACTERS],
        tries=tries,
        first_at=at,
        last_at=at,
        body=apart.body,
    )


def _identity(message: Unread, partition: int, inbox: str) -> str:
    """One row for what comes again: what was said is one by its place, a command by its sender, everything else by what it is.
    What a newer version says every few seconds, and nobody waits for, is one by its type: it cannot fill the table."""
    if message.source:
        return f"{message.source}>{partition}@{message.timeline or ''}:{message.position}"
    if message.sender is not None:
        return f"{inbox}|{message.about}|{message.type}|{message.sender.role}|{message.sender.key}"
    text = "" if message.kind == "newer" else sha256(message.body).hexdigest()
    return f"{inbox}|{message.about}|{message.type}|{message.kind}|{text}"
