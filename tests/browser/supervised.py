"""A floor for the supervisors' page without a server: what the gateway would serve, and a socket that answers by the book."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from parley_gateway.pages.web_files import asset, page
from parley_gateway.routes.page_routes import HTML, KINDS, PAGE_POLICY
from playwright.async_api import Browser, Page, Route, WebSocketRoute, expect

from .people import Person

URL = "http://parley.test"
Frame = dict[str, Any]


def ago(seconds: float) -> str:
    """A moment as the protocol writes it."""
    at = datetime.now(UTC) - timedelta(seconds=seconds)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def item(key: str, kind: str = "chat", queue: str = "support", **fields: Any) -> Frame:
    """One that waits, unless `fields` say otherwise."""
    running = {"ms": 0, "running_since": None}
    return {
        "item": key,
        "kind": kind,
        "queue": queue,
        "priority": 0,
        "stage": "waiting",
        "activity": None,
        "waiting_since": ago(30),
        "handle": running,
        "wrap_up": running,
        "unread": 0,
        **fields,
    }


def in_hand(key: str, owner: str, kind: str = "chat", activity: str = "active", **fields: Any) -> Frame:
    since = ago(95) if activity == "active" else None
    handle = {"ms": 0 if since else 61_000, "running_since": since}
    return item(key, kind, stage="conversation", activity=activity, owner=owner, **{"handle": handle, **fields})


def agent(name: str, state: str = "ready", **fields: Any) -> Frame:
    return {"id": name.lower(), "name": name, "state": state, "since": ago(125), **fields}


def entry(n: int, kind: str = "message", **fields: Any) -> Frame:
    return {"n": n, "seq": n, "at": ago(60 - n), "kind": kind, **fields}


CHAT = [
    entry(1, "requested"),
    entry(2, "joined", name="Anna"),
    entry(3, **{"from": "visitor", "text": "My parcel is lost."}),
    entry(4, "note", name="Anna", text="Third time this week"),
    entry(5, **{"from": "agent", "name": "Anna", "text": "I am sorry, I look for it."}),
]


def snapshot() -> Frame:
    """Two queues, three agents and what they have in hand, of whom Anna asks for help."""
    return {
        "type": "snapshot",
        "version": 10,
        "at": ago(0),
        "agent": {"id": "sam", "name": "Sam", "state": "not_ready"},
        "inbox": [],
        "queues": [
            {
                "queue": "support",
                "name": "Support",
                "points_per_minute": 0,
                "distribution": "push",
                "reply_target_s": 60,
                "ready": 1,
                "agents": ["anna", "ben"],
                "waiting": [
                    item("w3", "email", name="Tom", subject="Invoice 2041 is wrong", waiting_since=ago(1800)),
                    item("w1", name="Mia", waiting_since=ago(125), language="de"),
                    item("w2", "call", name="+49 30 5550100", waiting_since=ago(40)),
                ],
            },
            {
                "queue": "sales",
                "name": "Sales",
                "points_per_minute": 0,
                "distribution": "pick",
                "ready": 0,
                "agents": ["cleo"],
                "waiting": [],
            },
        ],
        "agents": [
            agent("Ben", "not_ready", reason="Lunch"),
            agent("Anna", help={"item": "c1", "text": "The customer wants a refund", "since": ago(20)}),
            agent("Cleo", "logged_out"),
            agent("Sam", "not_ready"),
        ],
        "work": [
            in_hand("c1", "anna", name="Zoe"),
            in_hand("c2", "anna", activity="parked", name="Uri"),
            in_hand("m1", "ben", "email", name="Tom", subject="Where is my order?"),
        ],
    }


class Floor:
    """One supervisor's page: what it sent, and what it is told. `refuse`: by a command's type, with what it is answered."""

    def __init__(self, person: Person, first: Frame) -> None:
        self.person, self.first = person, first
        self.sent: list[Frame] = []
        self.refuse: dict[str, Frame] = {}
        self.hold: set[str] = set()
        self.role = "supervisor"
        self._version = first["version"]
        self._sockets: list[WebSocketRoute] = []
        self._heard = asyncio.Condition()

    @classmethod
    async def opens(
        cls, browser: Browser, first: Frame | None = None, answers: Callable[[Self], None] | None = None, **context: Any
    ) -> Self:
        person = Person(
            await browser.new_context(**{"locale": "en-GB", "reduced_motion": "reduce", **context}), URL, []
        )
        floor = cls(person, first or snapshot())
        if answers:
            answers(floor)
        await person.context.route("**/*", floor._serve)
        await person.context.route_web_socket("**/v1/agent", floor._connected)
        tab = await person.opens_tab()
        await tab.goto(f"{URL}/supervisor")
        await expect(tab.locator("main")).to_be_visible()
        return floor

    @property
    def page(self) -> Page:
        return self.person.page

    async def _serve(self, route: Route) -> None:
        path = route.request.url.removeprefix(URL).split("?")[0]
        if path == "/supervisor":
            served, kind = page("supervisor.html"), HTML
            return await route.fulfill(
                body=served.plain, content_type=kind, headers={"Content-Security-Policy": PAGE_POLICY}
            )
        if path.startswith("/assets/") and (file := asset(path.removeprefix("/assets/"))):
            kind = KINDS.get(path.rpartition(".")[2], "image/svg+xml")
            return await route.fulfill(body=file.plain, content_type=kind)
        answers: dict[str, Frame] = {
            "/v1/desk": {"classifications": [], "reasons": ["Lunch", "Training"], "replies": [], "agents": []},
            "/v1/login": {"role": self.role},
            "/v1/logout": {},
        }
        if path in answers:
            return await route.fulfill(json=answers[path])
        await route.fulfill(status=404, json={"code": "not_found"})

    def _connected(self, socket: WebSocketRoute) -> None:
        self._sockets.append(socket)
        socket.on_message(lambda message: asyncio.ensure_future(self._hear(socket, json.loads(message))))
        socket.send(json.dumps({**self.first, "version": self._version, "at": ago(0)}))

    async def _hear(self, socket: WebSocketRoute, frame: Frame) -> None:
        async with self._heard:
            self.sent.append(frame)
            self._heard.notify_all()
        if frame["type"] not in self.hold:
            self.answer(frame, socket)

    def answer(self, frame: Frame, socket: WebSocketRoute | None = None) -> None:
        """What was kept waiting is answered as all the others are."""
        said: Frame = {"type": "ack", "id": frame["id"]}
        if frame["type"] in self.refuse:
            said = {"type": "error", "id": frame["id"], **self.refuse[frame["type"]]}
        elif frame["type"] == "watch":
            said |= {"item": frame["item"], "stage": "conversation", "seq": 5, "n": 5, "events": CHAT}
        (socket or self._sockets[-1]).send(json.dumps(said))

    async def hears(self, kind: str, count: int = 1) -> list[Frame]:
        """The commands of a type, once there are so many; without their ids."""
        async with asyncio.timeout(20), self._heard:
            await self._heard.wait_for(lambda: len(self._of(kind)) >= count)
        return [
            {name: value for name, value in frame.items() if name not in ("id", "type")} for frame in self._of(kind)
        ]

    def _of(self, kind: str) -> list[Frame]:
        return [frame for frame in self.sent if frame["type"] == kind]

    def happens(self, **changed: Any) -> None:
        """An event on the floor."""
        self._version += 1
        event = {"type": "event", "version": self._version, "at": ago(0), "kind": "x", "changed": changed}
        self._sockets[-1].send(json.dumps(event))

    def says(self, name: str, **fields: Any) -> None:
        """A live entry of a chat."""
        self._sockets[-1].send(json.dumps({"type": "chat", "item": name, **fields}))

    async def breaks(self, code: int = 1011) -> None:
        """The connection ends; unless the code says that the login has as well, the page comes back by itself."""
        await self._sockets[-1].close(code=code)

    async def leaves(self) -> None:
        await self.person.leaves()
        assert self.person.wrong == []
