"""The shape of what is kept as JSON: fields, types and defaults of structs, all the way down, as one short text."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

import msgspec
from msgspec import inspect

DIGITS = 16
_UNORDERED = (inspect.UnionType, inspect.LiteralType)
_NOT_STORED = {"cls", "name"}
"""What a struct and its fields are called in the code; `encode_name` is what is stored."""


def shape_of(*kinds: Any) -> str:
    """The same for the same shapes, in every process; another one as soon as a field of `kinds`, or of what they consist of, is
    added, left out, renamed, retyped or has another default."""
    described = [_described(inspect.type_info(kind), ()) for kind in kinds]
    return sha256(json.dumps(described).encode()).hexdigest()[:DIGITS]


def _described(part: Any, above: tuple[Any, ...]) -> Any:
    """A part of a shape as lists and texts; `above`: what it is a part of, for shapes that hold themselves."""
    match part:
        case inspect.Type() | inspect.Field():
            for distance, outer in enumerate(reversed(above)):
                if outer is part:
                    return ["again", distance]
            return [type(part).__name__, *_facts(part, (*above, part))]
        case tuple() | list():
            return [_described(each, above) for each in part]
        case dict():
            return sorted([str(key), _described(value, above)] for key, value in part.items())
        case _ if part is msgspec.NODEFAULT:
            return "none"
        case _ if callable(part):
            return f"{part.__module__}.{part.__qualname__}"
        case _:
            return msgspec.json.encode(part, enc_hook=repr, order="deterministic").decode()


def _facts(part: Any, above: tuple[Any, ...]) -> list[Any]:
    names = [name for name in part.__struct_fields__ if name not in _NOT_STORED]
    facts: list[Any] = [[name, _described(getattr(part, name), above)] for name in names]
    if isinstance(part, _UNORDERED):
        facts = sorted(facts[0][1], key=repr)
    elif isinstance(part, inspect.EnumType):
        facts.append(["members", [[each.name, repr(each.value)] for each in part.cls]])
    elif isinstance(part, inspect.CustomType):
        facts.append(["cls", f"{part.cls.__module__}.{part.cls.__qualname__}"])
    return facts
