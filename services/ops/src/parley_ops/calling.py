"""`parley call`: a telephone on the command line. It speaks the public protocol to a running installation."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from .installation import Installation, NotPossible


class Telephone:
    """A source's login at an installation. Raises NotPossible."""

    def __init__(self, url: str, tenant: str, user: str, password: str) -> None:
        self._at = Installation(url, tenant, user, password)

    def place(self, queue: str, **fields: Any) -> dict[str, Any]:
        """Put a call into a queue; the item."""
        told = {name: value for name, value in fields.items() if value is not None}
        return self._at.ask("POST", "/v1/items", {"kind": "call", "queue": queue, **told})

    def show(self, item: str) -> dict[str, Any]:
        """The item as it stands."""
        return self._at.ask("GET", f"/v1/items/{quote(item, safe='')}")

    def say(self, item: str, what: str, assignment: int | None = None) -> dict[str, Any]:
        """`answered`, `no_answer` or `ended`, of this assignment or of the present one; the item."""
        about = {} if assignment is None else {"assignment": assignment}
        return self._at.ask("POST", f"/v1/items/{quote(item, safe='')}/{what}", about)

    def watch(self) -> Iterator[dict[str, Any]]:
        """What the telephone system is told, from whom to ring now on."""
        address = f"ws{self._at.url.removeprefix('http')}/v1/source"
        try:
            with connect(address, additional_headers={"Authorization": f"Bearer {self._at.token}"}) as socket:
                for text in socket:
                    yield json.loads(text)
        except (ConnectionClosed, OSError) as error:
            raise NotPossible(f"the connection to {self._at.url} is over: {error}") from None


def line(frame: dict[str, Any]) -> str:
    """A frame of the source's socket as a line."""
    match frame["type"]:
        case "assigned":
            state = "has it" if frame["answered"] or frame["kind"] != "call" else "is rung"
            what = f"{frame['name']} {state} ({frame['kind']}, {frame['queue']}, assignment {frame['assignment']})"
        case "unassigned":
            what = f"{frame['agent']} has it no more ({frame['why']})"
        case "closed":
            what = "over"
        case _:
            return str(frame.get("message", frame["type"]))
    return f"{frame['at']}  {frame['item']:<32}  {what}"


def described(item: dict[str, Any]) -> str:
    """An item as a line."""
    who = item.get("owner", "") if item["stage"] in ("conversation", "wrap_up") else ""
    if item["stage"] == "conversation":
        who = f"{who}, answered" if item.get("answered") else f"{who}, ringing"
    return f"{item['item']}  {item['queue']}  {item['stage']}  {who}".rstrip()
