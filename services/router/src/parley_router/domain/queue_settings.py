"""A queue's settings as the router keeps them (R4-R7, R9, R10, R15, R18). The router's own shape, not the public one.

What an administrator may set is judged at the gateway. What the log holds is only read: a field of another version is left
out, one that is missing or cannot be read is as it is by default. So a floor can always be folded.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta
from parley_contracts.hours import Hours
from parley_contracts.shapes import Kind

Struct = TypeVar("Struct", bound=msgspec.Struct)
Count = Annotated[int, Meta(ge=0)]
Seconds = Annotated[int, Meta(ge=1)]


class WrapUp(msgspec.Struct, frozen=True):
    """R18: whether there is a wrap-up, its limit, one extension's length, how many extensions there may be, and whether calls
    have a wrap-up as well."""

    on: bool = True
    limit_s: Seconds = 60
    extension_s: Seconds = 60
    extensions: Count = 3
    calls: bool = False

    def holds_for(self, kind: Kind) -> bool:
        """Whether an item of this kind has a wrap-up: a call only where that is set."""
        return self.on and (kind != "call" or self.calls)


class Routing(msgspec.Struct, frozen=True):
    """Which policies the queue uses (`policies.py`), and their numbers."""

    order: Literal["priority", "ageing"] = "priority"
    points_per_minute: Count = 1
    agent: Literal["longest_idle", "fewest_active", "round_robin", "skills", "last_agent"] = "longest_idle"
    relax_after_s: Seconds = 30
    interrupt: Literal["least_recently_interrupted", "lowest_priority", "fewest_active"] = "least_recently_interrupted"


class Settings(msgspec.Struct, frozen=True):
    """Everything that is set for a queue; the meaning of each field is that of the contracts' `QueueSettings`."""

    name: str = ""
    distribution: Literal["push", "pick"] = "push"
    priority: dict[str, int] = {}
    chats_per_agent: Annotated[int, Meta(ge=1)] = 1
    max_length: Count | None = None
    wait_without_agents: bool = True
    wrap_up: WrapUp = WrapUp()
    interrupts: tuple[str, ...] = ("call",)
    interruptible: tuple[str, ...] = ("chat", "email", "task")
    ring_s: Seconds = 20
    reply_target_s: Seconds = 60
    mail_reply_target_s: Seconds = 14_400
    agents: tuple[str, ...] = ()
    hours: dict[str, Any] | None = None
    routing: Routing = Routing()

    def priority_of(self, kind: Kind) -> int:
        """The priority of a kind in this queue (R4): its own, or call 100 and everything else 50."""
        return self.priority.get(kind, 100 if kind == "call" else 50)

    @property
    def opening_hours(self) -> Hours | None:
        """When the queue takes new chats (R8); None: always, also where the hours cannot be read here."""
        try:
            return None if self.hours is None else Hours.model_validate(self.hours)
        except ValueError:
            return None

    def stored(self) -> dict[str, Any]:
        """The settings as an event, a snapshot and an answer have them: JSON's types, every field."""
        fields: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(self))  # lists, as in JSON
        return fields


def read(stored: Mapping[str, Any]) -> Settings:
    """The settings that an event or a snapshot holds. Never fails."""
    return _read(Settings, stored)


def _read(kind: type[Struct], stored: Any) -> Struct:
    try:
        return msgspec.convert(stored, kind)
    except msgspec.ValidationError:
        fields = {}
        for field in msgspec.structs.fields(kind):
            if isinstance(stored, Mapping) and field.encode_name in stored:
                value = stored[field.encode_name]
                if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct):
                    fields[field.name] = _read(field.type, value)
                else:
                    try:
                        fields[field.name] = msgspec.convert(value, field.type)
                    except msgspec.ValidationError:
                        continue  # as it is by default
        return kind(**fields)
