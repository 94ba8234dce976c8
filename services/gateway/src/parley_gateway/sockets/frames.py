"""The frames that clients send, and how bad ones are refused (R31)."""

from __future__ import annotations

import json
from functools import partial
from typing import Annotated, Any, Literal, Self, TypeVar

from parley_contracts import contact_values as judge
from parley_contracts.refusal import Refused
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.json_schema import SkipJsonSchema
from pydantic_core import PydanticCustomError

from ..contacts.optional_texts import Judge, Why, all_taken, language_tag, line, whole_line
from ..typed import MOST_BYTES, MOST_CHARACTERS, Agreed, Clean, Comment, Id, MessageText, Number, Short


class Frame(BaseModel):
    """A frame from a client. Unknown fields are ignored."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")


class Command(Frame):
    """A frame that is answered by `ack` or `error` with the same `id`. An agent's `id` is one of their login: it repeats on each
    connection of that login, and means something else in the next one."""

    id: Id


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


class AgentTyping(Frame):
    type: Literal["typing"]
    item: Short
    on: bool


class AgentRead(Frame):
    type: Literal["read"]
    item: Short
    seq: Number


class ParkFrame(OnItem):
    type: Literal["park"]


class ResumeFrame(OnItem):
    type: Literal["resume"]


class EndFrame(OnItem):
    type: Literal["end"]


class ClassifyFrame(OnItem):
    type: Literal["classify"]
    code: Annotated[Clean, Field(min_length=1, max_length=100)]
    note: Annotated[Clean, Field(max_length=MOST_CHARACTERS)] | None = None


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


def _by_type(*kinds: type[Frame]) -> dict[str, type[Frame]]:
    return {kind.model_fields["type"].annotation.__args__[0]: kind for kind in kinds}  # type: ignore[union-attr]


VISITOR = _by_type(
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
AGENT = _by_type(
    Resync,
    Ready,
    NotReady,
    Logout,
    PickFrame,
    OpenFrame,
    AgentMessage,
    Note,
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
SOURCE = _by_type(Ping)

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
