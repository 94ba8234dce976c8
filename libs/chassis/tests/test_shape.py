"""A shape's hash: the same for the same shape, another one after any change, however deep inside."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from copy import deepcopy
from enum import Enum
from typing import Annotated, Any, Literal, NamedTuple

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Meta
from parley_chassis.shape import shape_of

PLAIN: dict[str, tuple[Any, list[Any]]] = {
    "int": (int, [0, 1]),
    "str": (str, ["", "x"]),
    "bool": (bool, [False, True]),
    "int or none": (int | None, [None, 1]),
    "numbers": (list[int], [[]]),
    "texts": (dict[str, str], [{}]),
    "choice": (Literal["a", "b"], ["a", "b"]),
    "set": (frozenset[str], [frozenset({"a", "b"}), frozenset()]),
}
"""Types by name, each with defaults; a Spec is built from the names, so that it can be changed."""

Spec = list[dict[str, Any]]
"""A struct: its fields, each with its `name`, its `type` (a name in PLAIN, or a Spec), how it is `held`, and its `default`."""
HELD: dict[str, Callable[[Any], Any]] = {
    "plain": lambda kind: kind,
    "list": lambda kind: list[kind],  # type: ignore[valid-type]
    "dict": lambda kind: dict[str, kind],  # type: ignore[valid-type]
    "maybe": lambda kind: kind | None,
}
NOTHING = "no default"


def build(spec: Spec) -> type[msgspec.Struct]:
    fields: list[Any] = []
    for field in spec:
        nested = isinstance(field["type"], list)
        kind = HELD[field["held"]](build(field["type"]) if nested else PLAIN[field["type"]][0])
        fields.append((field["name"], kind, *(() if field["default"] == NOTHING else (deepcopy(field["default"]),))))
    return msgspec.defstruct("Made", fields, kw_only=True)


def plain_field(name: str, kind: str, pick: int) -> dict[str, Any]:
    defaults = [NOTHING, *PLAIN[kind][1]]
    return {"name": name, "type": kind, "held": "plain", "default": defaults[pick % len(defaults)]}


names = st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=4, unique=True)
plain_specs = st.builds(
    lambda named, kinds, picks: [plain_field(*each) for each in zip(named, kinds, picks, strict=False)],
    names,
    st.lists(st.sampled_from(sorted(PLAIN)), min_size=4, max_size=4),
    st.lists(st.integers(0, 5), min_size=4, max_size=4),
)


def nest(inner: st.SearchStrategy[Spec]) -> st.SearchStrategy[Spec]:
    return st.builds(
        lambda outer, held, spec: [*outer, {"name": "deep", "type": spec, "held": held, "default": NOTHING}],
        plain_specs,
        st.sampled_from(sorted(HELD)),
        inner,
    )


specs = st.recursive(plain_specs, nest, max_leaves=4)


def structs(spec: Spec) -> list[Spec]:
    return [spec, *(inner for field in spec if isinstance(field["type"], list) for inner in structs(field["type"]))]


def change(spec: Spec, how: str, where: int, which: int) -> bool:
    """Changes one thing somewhere inside; whether there was anything to change so."""
    found = structs(spec)
    fields = found[where % len(found)]
    field = fields[which % len(fields)]
    nested = isinstance(field["type"], list)
    match how:
        case "renamed":
            field["name"] = "other"
        case "added":
            fields.append(plain_field("more", "int", which))
        case "left out" if len(fields) > 1:
            fields.remove(field)
        case "retyped" if not nested:
            kinds = sorted(PLAIN)
            field |= plain_field(field["name"], kinds[(kinds.index(field["type"]) + 1 + which) % len(kinds)], 0)
        case "held otherwise" if nested:
            field["held"] = sorted(HELD)[(sorted(HELD).index(field["held"]) + 1) % len(HELD)]
        case "another default" if not nested:
            defaults = [NOTHING, *PLAIN[field["type"]][1]]
            field["default"] = defaults[(defaults.index(field["default"]) + 1) % len(defaults)]
        case _:
            return False
    return True


HOW = ["renamed", "added", "left out", "retyped", "held otherwise", "another default"]


@settings(max_examples=300, derandomize=True, database=None, deadline=None)
@given(specs, st.sampled_from(HOW), st.integers(0, 9), st.integers(0, 6))
def test_any_change_of_a_shape_changes_its_hash(spec: Spec, how: str, where: int, which: int) -> None:
    before = deepcopy(spec)
    assert shape_of(build(before)) == shape_of(build(deepcopy(before)))
    if change(spec, how, where, which) and spec != before:
        assert shape_of(build(spec)) != shape_of(build(before)), how


class Place(NamedTuple):
    ms: int = 0
    since: int | None = None


class PlaceOfTexts(NamedTuple):
    ms: str = ""
    since: int | None = None


class Colour(Enum):
    RED = "red"


class TwoColours(Enum):
    RED = "red"
    BLUE = "blue"


class Tree(msgspec.Struct):
    below: list[Tree]
    name: str = ""


class TreeOfNumbers(msgspec.Struct):
    below: list[TreeOfNumbers]
    name: int = 0


class Choice(msgspec.Struct, tag="one"):
    a: int


class OtherChoice(msgspec.Struct, tag="two"):
    a: int


class Stored(msgspec.Struct):
    name: int = msgspec.field(name="first_name", default=0)


class StoredOtherwise(msgspec.Struct):
    name: int = 0


PAIRS = [
    (Place, PlaceOfTexts),
    (Colour, TwoColours),
    (Tree, TreeOfNumbers),
    (Choice, OtherChoice),
    (Stored, StoredOtherwise),
    (list[int], tuple[int, ...]),
    (Literal["a", "b"], Literal["a"]),
    (Annotated[int, Meta(ge=0)], Annotated[int, Meta(ge=1)]),
]


@pytest.mark.parametrize(("one", "other"), PAIRS, ids=str)
def test_whatever_a_shape_consists_of_is_looked_at(one: Any, other: Any) -> None:
    assert shape_of(one) == shape_of(one)
    assert shape_of(one) != shape_of(other)
    assert shape_of(one) != shape_of(one, other)
    holds_one, holds_other = (msgspec.defstruct("Holds", [("it", dict[str, kind])]) for kind in (one, other))
    assert shape_of(holds_one) != shape_of(holds_other)


def test_what_it_is_called_in_the_code_does_not_matter() -> None:
    renamed = msgspec.defstruct("Another", [("code", int, msgspec.field(name="first_name", default=0))])
    assert shape_of(renamed) == shape_of(Stored)
    assert shape_of(int | str | None) == shape_of(None | str | int)


def test_every_process_says_the_same() -> None:
    """Also where sets come in another order."""
    text = (
        "import msgspec; from parley_chassis.shape import shape_of; from typing import Literal;"
        "print(shape_of(msgspec.defstruct('S', [('l', Literal['a', 'b', 'c']), ('s', frozenset[str], frozenset('abcdef'))])))"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", text], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(told) == 1
