"""`parley call`: a telephone on the command line. It speaks the public protocol to a running installation."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import Request, urlopen

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

WITHIN_S = 20


class NotPossible(Exception):
    """The installation has refused, or does not answer; the message says what to do."""


class Telephone:
    """A source's login at an installation. Raises NotPossible."""

    def __init__(self, url: str, tenant: str, user: str, password: str) -> None:
        self._url = url.rstrip("/")
        self._token = ""
        self._token = self._ask("POST", "/v1/login", {"tenant": tenant, "user": user, "password": password})["token"]

    def place(self, queue: str, **fields: Any) -> dict[str, Any]:
        """Put a call into a queue; the item."""
        told = {name: value for name, value in fields.items() if value is not None}
        return self._ask("POST", "/v1/items", {"kind": "call", "queue": queue, **told})

    def show(self, item: str) -> dict[str, Any]:
        """The item as it stands."""
        return self._ask("GET", f"/v1/items/{quote(item, safe='')}")

    def say(self, item: str, what: str) -> dict[str, Any]:
        """`answered`, `no_answer` or `ended`; the item."""
        return self._ask("POST", f"/v1/items/{quote(item, safe='')}/{what}")

    def watch(self) -> Iterator[dict[str, Any]]:
        """What the telephone system is told, from whom to ring now on."""
        address = f"ws{self._url.removeprefix('http')}/v1/source"
        try:
            with connect(address, additional_headers={"Authorization": f"Bearer {self._token}"}) as socket:
                for text in socket:
                    yield json.loads(text)
        except (ConnectionClosed, OSError) as error:
            raise NotPossible(f"the connection to {self._url} is over: {error}") from None

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        headers = {"Content-Type": "application/json"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        data = None if body is None else json.dumps(body).encode()
        request = Request(self._url + path, data, headers, method=method)  # noqa: S310 - the user's own --url
        try:
            with urlopen(request, timeout=WITHIN_S) as answer:  # noqa: S310
                content: dict[str, Any] = json.load(answer)
                return content
        except HTTPError as refused:
            raise NotPossible(_told(refused)) from None
        except (URLError, OSError, ValueError) as error:
            raise NotPossible(f"{self._url} does not answer ({error}): is it running there?") from None


def _told(refused: HTTPError) -> str:
    try:
        problem = json.load(refused)
    except ValueError:
        return f"refused with status {refused.code}"
    return f"{problem.get('code', refused.code)}: {problem.get('detail', '')}"


def line(frame: dict[str, Any]) -> str:
    """A frame of the source's socket as a line."""
    match frame["type"]:
        case "assigned":
            state = "has it" if frame["answered"] or frame["kind"] != "call" else "is rung"
            what = f"{frame['name']} {state} ({frame['kind']}, {frame['queue']})"
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
