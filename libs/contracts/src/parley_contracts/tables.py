"""Tables in place of copying code: a fact has one name from event to message, so that what says it is a row, not a function.

`SAID` of a service maps its events to what they say to others; `RECORDED` of the session maps what the router says to what
a chat records of it. A row without a source for one of its fields is refused when the program starts.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from operator import attrgetter
from typing import Any

import msgspec
from pydantic import BaseModel

Fields = Callable[[Any], dict[str, Any]]


def kinds_under(base: type) -> tuple[type[Any], ...]:
    """Every kind of event under a base class, in the order of its module; classes that others inherit from are no events.

    To be called at the end of the module that defines them.
    """
    found: list[type[Any]] = []
    subclasses: list[type[Any]] = base.__subclasses__()
    for kind in subclasses:
        if kind.__module__ == base.__module__:
            found += kinds_under(kind) or (kind,)
    return tuple(found)


def field_names(kind: type[Any]) -> frozenset[str]:
    """The names of a struct's or a message's fields."""
    if issubclass(kind, BaseModel):
        return frozenset(kind.model_fields)
    if issubclass(kind, msgspec.Struct):
        return frozenset(kind.__struct_fields__)
    raise TypeError(f"{kind.__name__} is neither a struct nor a message")


def same_named(source: type[Any], target: type[Any], given: Collection[str]) -> Fields:
    """What `target` takes over from an object of `source`: its fields but for those that are `given` otherwise, by name.

    Raises TypeError where a field has no source.
    """
    names = sorted(field_names(target) - set(given))
    if missing := [name for name in names if name not in field_names(source)]:
        raise TypeError(f"{target.__name__} needs {', '.join(missing)}, which {source.__name__} has not")
    if len(names) < 2:
        return lambda told: {name: getattr(told, name) for name in names}
    values = attrgetter(*names)
    return lambda told: dict(zip(names, values(told), strict=True))
