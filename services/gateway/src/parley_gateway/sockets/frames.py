"""The frames that clients send, and how bad ones are refused (R31)."""

from __future__ import annotations

import json
from functools import lru_cache, partial
from typing import Annotated, Any, Literal, Self, TypeVar
from uuid import uuid4
from zlib import crc32

from parley_contracts import contact_values as judge
from parley_contracts.contacts import LONGEST_DRAFT, LONGEST_SUBJECT, MOST_ATTACHMENTS, MOST_COPIES
from parley_contracts.instant import LATEST, Instant
from parley_contracts.refusal import Refused
from parley_contracts.shapes import Key
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.json_schema import SkipJsonSchema
from pydantic_core import PydanticCustomError

from ..contacts.contact_checks import Email
from ..contacts.optional_texts import Judge, Why, all_taken, language_tag, line, whole_line
from ..typed import MOST_BYTES, MOST_CHARACTERS, Agreed, Clean, Comment, Id, MessageText, Number, Short


class Frame(BaseModel):
    """A frame from a client. Unknown fields are ignored."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")


class Command(Frame):
    """A frame that is answered by `ack` or `error` with the same `id`. An agent's `id` is one of their login: it repeats on each
    connection of that login, and means something else in the next one."""

    id: Id

    def content(self) -> int:
        """A number that differs where what the client sent differs: what tells a retry from another command (R30). Nothing of the
        server's is in it, and no credential: those may be others the next time."""
        values = self.__dict__
        sent = [(name, values[name]) for name, usual in _content(type(self)) if values[name] != usual]
        return crc32(repr(sent).encode("utf-8", "surrogatepass"))


@lru_cache(maxsize=100)
def _content(kind: type[Command]) -> tuple[tuple[str, Any], ...]:
    """The fields that are a frame's content, with what they are where they are not sent."""
    names = sorted(kind.model_fields.keys() - {"id", "identity", "previous"})
    return tuple((name, kind.model_fields[name].default) for name in names)


class Own(Command):
    """A command of the gateway's own on a connection, asked and asked again like the client's; the client is told nothing.

    Its id begins with a character that no client can send.
    """

    id: str


class Previous(Frame):
    """A chat of the same visitor before this one, and its secret."""

    chat: Short
    secret: Short


class Start(Command):
    """A chat is asked for. Repeated on another connection it means the same chat only where its `id` has 22 characters or more: 128
    random bits, which nobody else knows. A shorter one is `conflict` there."""

    type: Literal["start"]
    token: Short
    text: MessageText | None = None
    """What the visitor says first. Whatever else is not needed is taken as far as it is usable, and never refused."""
    name: Short | None = None
    language: Annotated[Clean, Field(max_length=35)] | None = None
    page: Annotated[Clean, Field(max_length=2_000)] | None = None
    previous: Previous | None = None
    identity: Annotated[Clean, Field(max_length=4_000)] | None = None
    """Who the visitor is, vouched for by the company's website (R24): a JWT."""
    consent: Agreed | None = None
    """What the visitor agreed to before the chat, in the words that they were shown, for the record. Never asked for here:
    a phone app has ways of its own."""
    dropped: SkipJsonSchema[dict[str, Why]] = Field(default_factory=dict)
    """What was not taken as it was said, and why. No client can say it."""

    @model_validator(mode="before")
    @classmethod
    def _as_far_as_usable(cls, frame: Any) -> Any:
        if not isinstance(frame, dict):
            return frame
        values, dropped = all_taken(frame, _OPTIONAL)
        previous = frame.get("previous")
        if previous is not None and not _is_previous(previous):
            previous, dropped["previous"] = None, "unusable"
        return {**frame, **values, "previous": previous, "dropped": dropped}


_OPTIONAL: dict[str, Judge] = {
    "name": judge.name,
    "language": language_tag,
    "page": line(2_000),
    "consent": partial(judge.notes, most=1_000),
    "identity": whole_line(MOST_CHARACTERS),
}


def _is_previous(said: Any) -> bool:
    return isinstance(said, dict) and all(
        isinstance(text := said.get(field), str) and len(text) <= 200 and judge.line(text, 200).problem is None
        for field in ("chat", "secret")
    )


class VisitorResume(Command):
    type: Literal["resume"]
    chat: Short
    secret: Short
    after: Number = 0


class CatchUp(Own):
    """A visitor's connection is to get what it lacks."""


class VisitorMessage(Command):
    type: Literal["message"]
    text: MessageText


class VisitorTyping(Frame):
    type: Literal["typing"]
    on: bool


class VisitorRead(Frame):
    type: Literal["read"]
    seq: Number


class VisitorEnd(Command):
    type: Literal["end"]


class VisitorRate(Command):
    """How the conversation was, from 1 to 5, once it is over; a later rating takes the earlier one's place. An empty comment
    is none."""

    type: Literal["rate"]
    score: Annotated[int, Field(ge=1, le=5)]
    comment: Comment | None = None


class VisitorTranscript(Command):
    """The conversation by e-mail, once it is over."""

    type: Literal["transcript"]
    to: Short
    language: Literal["de", "en"] = "en"


class Ping(Frame):
    type: Literal["ping"]


class Resync(Command):
    type: Literal["resync"]
    after: Number


class Ready(Command):
    type: Literal["ready"]


class NotReady(Command):
    type: Literal["not_ready"]
    reason: Annotated[Clean, Field(max_length=100)] | None = None


class Logout(Command):
    type: Literal["logout"]


class OnItem(Command):
    """A command about one item."""

    item: Short


class PickFrame(OnItem):
    type: Literal["pick"]


class OpenFrame(OnItem):
    type: Literal["open"]
    after: Number = 0


class Follow(Own):
    """An agent's connection is to get a chat's live entries: those that it lacks, or where it has none, those from now on or
    from when the chat was `assigned`."""

    item: str
    assigned: bool = False


class AgentMessage(OnItem):
    type: Literal["message"]
    text: MessageText


class Note(OnItem):
    type: Literal["note"]
    text: MessageText


class ReplyFrame(OnItem):
    """R35: an answer to an e-mail that the agent has in hand. `to`: whoever wrote it, where it is left out (of several, the others get copies);
    `subject`: that of the e-mail, answered; `attachments`: files that the agent has handed in (`POST /v1/attachments`). `forward`: the `seq` of an entry that
    goes along below the text, with its files, to somebody else, who is named in `to`; `language`: of the words above it. The ack means that it is stored and will be sent, once."""

    type: Literal["reply"]
    text: MessageText
    to: Annotated[list[Email], Field(min_length=1, max_length=MOST_COPIES)] | Email | None = None
    cc: Annotated[list[Email], Field(max_length=MOST_COPIES)] | Email = Field(default_factory=list)
    subject: Annotated[Clean, Field(max_length=LONGEST_SUBJECT)] | None = None
    attachments: Annotated[list[Key], Field(max_length=MOST_ATTACHMENTS)] = Field(default_factory=list)
    forward: Annotated[int, Field(ge=1)] | None = None
    language: Literal["de", "en"] = "en"

    @property
    def recipients(self) -> tuple[str | None, tuple[str, ...]]:
        """To whom it goes, and who gets a copy."""
        to = self.to if isinstance(self.to, list) else [] if self.to is None else [self.to]
        cc = self.cc if isinstance(self.cc, list) else [self.cc]
        return (to[0] if to else None), (*to[1:], *cc)


class ComposeFrame(OnItem):
    """R35: an e-mail of the agent's own about an item that they may read, in its conversation: a chat whose visitor is gone, or an item that is closed.
    `to`: whoever wrote the item or its contact's first address, where it is left out; `subject`: that of the item. The ack has the new e-mail as `item`: it
    is the agent's at once, and `reply` writes it."""

    type: Literal["compose"]
    to: Email | None = None
    subject: Annotated[Clean, Field(max_length=LONGEST_SUBJECT)] | None = None


class UndoFrame(OnItem):
    """R35: an answer to an e-mail does not go out after all, and its text is the draft again (`text` of the ack); `seq` as in the ack of `reply`. `wrong_state`
    where it has gone out, or is on its way."""

    type: Literal["undo"]
    seq: Number


class DraftFrame(OnItem):
    """R35: what is begun to be written about an item that the agent has in hand; empty: nothing any more. It is kept for whoever has the item in
    hand, in every window, until an answer is sent or the item is closed; what is kept last stands. The ack (`at`) means that it is stored; who wants
    none need name no `id`."""

    type: Literal["draft"]
    id: Id = Field(default_factory=lambda: uuid4().hex)
    text: Annotated[Clean, Field(max_length=LONGEST_DRAFT)]


class AgentTyping(Frame):
    type: Literal["typing"]
    item: Short
    on: bool


class AgentRead(Frame):
    type: Literal["read"]
    item: Short
    seq: Number


class ParkFrame(OnItem):
    """R16; `until`: when the agent is to be reminded of it."""

    type: Literal["park"]
    until: Annotated[Instant, Field(ge=0, le=LATEST)] | None = None


class ResumeFrame(OnItem):
    type: Literal["resume"]


class EndFrame(OnItem):
    type: Literal["end"]


class ClassifyFrame(OnItem):
    """R18: what it was about; an empty `code` where there is only a note so far, as while a call lasts."""

    type: Literal["classify"]
    code: Annotated[Clean, Field(max_length=100)]
    note: Annotated[Clean, Field(max_length=MOST_CHARACTERS)] | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.code and not self.note:
            raise PydanticCustomError("empty", "give a code, or a note, or both")
        return self


class IdentifyFrame(OnItem):
    """R24: who the visitor is; null: nobody known."""

    type: Literal["identify"]
    contact: Annotated[Clean, Field(min_length=1, max_length=64)] | None


class ExtendFrame(OnItem):
    type: Literal["extend"]


class CompleteFrame(OnItem):
    type: Literal["complete"]


class TransferFrame(OnItem):
    """R23: to another queue, or to another agent."""

    type: Literal["transfer"]
    queue: Short | None = None
    agent: Short | None = None
    note: Annotated[Clean, Field(max_length=MOST_CHARACTERS)] | None = None

    @model_validator(mode="after")
    def _to_one(self) -> Self:
        if (self.queue is None) == (self.agent is None):
            raise PydanticCustomError("one_of", "give either queue or agent: where it goes")
        return self


def by_type(*kinds: type[Frame]) -> dict[str, type[Frame]]:
    """Frames by the name that stands in their `type`."""
    return {kind.model_fields["type"].annotation.__args__[0]: kind for kind in kinds}  # type: ignore[union-attr]


VISITOR = by_type(
    Start,
    VisitorResume,
    VisitorMessage,
    VisitorTyping,
    VisitorRead,
    VisitorEnd,
    VisitorRate,
    VisitorTranscript,
    Ping,
)
AGENT = by_type(
    Resync,
    Ready,
    NotReady,
    Logout,
    PickFrame,
    OpenFrame,
    AgentMessage,
    Note,
    ReplyFrame,
    ComposeFrame,
    UndoFrame,
    DraftFrame,
    AgentTyping,
    AgentRead,
    ParkFrame,
    ResumeFrame,
    EndFrame,
    ClassifyFrame,
    IdentifyFrame,
    ExtendFrame,
    CompleteFrame,
    TransferFrame,
    Ping,
)
SOURCE = by_type(Ping)

Kind = TypeVar("Kind", bound=Frame)


class Bad(Refused):
    """A frame that is refused; `id` is its own where it could be read."""

    def __init__(self, code: Any, message: str, id: str | None = None) -> None:
        super().__init__(code, message)
        self.id = id


def read_frame(text: str, kinds: dict[str, type[Frame]]) -> Frame:
    """The frame in a text. Raises Bad: `bad_frame`, `bad_request`, `too_long`."""
    if len(text) > MOST_BYTES or (not text.isascii() and len(text.encode("utf-8", "surrogatepass")) > MOST_BYTES):
        raise Bad("bad_frame", f"A frame has at most {MOST_BYTES} bytes.")
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError):
        raise Bad("bad_frame", "A frame is one JSON object.") from None
    if not isinstance(frame, dict):
        raise Bad("bad_frame", "A frame is one JSON object.")
    id = frame.get("id")
    id = id if isinstance(id, str) and 0 < len(id) <= 64 and id.isprintable() else None
    name = frame.get("type")
    kind = kinds.get(name) if isinstance(name, str) else None
    if kind is None:
        raise Bad("bad_frame", f"There is no such type of frame here: use one of {', '.join(kinds)}.", id)
    try:
        return kind.model_validate(frame)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        code = "too_long" if first["type"] == "too_long" and field == "text" else "bad_request"
        raise Bad(code, f"{field or frame['type']}: {first['msg']}", id) from None
