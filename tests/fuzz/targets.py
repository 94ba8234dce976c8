"""What strangers, files and networks hand to us, each as a function of bytes: it answers or refuses in its own way, and fails in no other."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from functools import cache
from itertools import chain
from typing import Any

from parley_chassis.bus.memory import MemoryBroker, MemoryBus
from parley_chassis.store import open_store
from parley_contracts.hours import Hours
from parley_contracts.masking import masked
from parley_contracts.refusal import Refused
from parley_contracts.wire import Unreadable, unpack, unpack_one_by_one
from parley_crm_logger.cursors import place_of
from parley_crm_logger.domain.candidates import findings
from parley_crm_logger.domain.query import understood
from parley_crm_logger.domain.stemming import groups, snippet, stems_of
from parley_gateway.app import Gateway
from parley_gateway.contacts.csv_file import read_csv
from parley_gateway.contacts.vcard_file import read_vcards
from parley_gateway.domain.changes import Place
from parley_gateway.domain.directory import ServiceSet, UserSet
from parley_gateway.edge.addresses import Proxies, address_of, counted
from parley_gateway.edge.wellformed import check_json
from parley_gateway.settings import Settings
from parley_gateway.sockets import frames, supervisor_frames
from parley_gateway.sockets.frames import Bad, read_frame
from parley_gateway.tenants.callers import Caller
from parley_gateway.tenants.identities import check_identity, key_of
from parley_gateway.tenants.licences import BadLicence, Licences, demo_licence
from parley_mail.markup import rendered
from parley_mail.reading import read as read_mail
from parley_mail.refusals import MailRefused
from pydantic import ValidationError

Target = Callable[[bytes], None]
SECRET = "x" * 32


def _text(data: bytes) -> str:
    """As sockets and HTTP hand it on: the edge lets nothing else in. Halves of surrogate pairs come in JSON's escapes."""
    return data.decode("utf-8", "replace")


def _refusing(do: Callable[[str], Any], *may: type[Exception]) -> Target:
    def target(data: bytes) -> None:
        try:
            do(_text(data))
        except (Refused, *may):
            pass

    return target


def _file(read: Callable[[str], Any]) -> Target:
    """A file of contacts, as it is read: UTF-8, or what programs before it wrote."""

    def target(data: bytes) -> None:
        try:
            for _ in read(data.decode("utf-8", "replace")):
                pass
        except Refused:
            pass

    return target


def _caller(text: str) -> None:
    headers = dict(zip(("host", "origin", "x-forwarded-proto", "sec-fetch-site"), text.split("\n"), strict=False))
    Caller.of(headers, "https").require_own_page()


def _forwarded(data: bytes) -> None:
    headers = [(b"x-forwarded-for", data), (b"x-forwarded-proto", data), (b"forwarded", data)]
    Proxies("127.0.0.1, 10.0.0.0/8").look(
        {"type": "http", "client": ("127.0.0.1", 1), "scheme": "http", "headers": headers}
    )
    counted(address_of(_text(data)))


def _hours(text: str) -> None:
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        return
    Hours.model_validate(given)


def _words(text: str) -> None:
    wanted = groups(text[:200])
    stems_of([text])
    if wanted:
        snippet(text, wanted)
    understood(text[:200])
    findings([text], "DE", r"K-\d{7}")


def _masked(text: str) -> None:
    shown = masked(text, ("card", "iban"))
    assert len(shown) == len(text)


def _mail(data: bytes) -> None:
    try:
        read_mail(data)
    except MailRefused as refused:
        if refused.__cause__ is not None:
            raise refused.__cause__ from None


# --- a gateway with its sockets ------------------------------------------------------------------------------------------


class Sink(logging.Handler):
    """Remembers each traceback that was logged."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.tracebacks: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info:
            self.tracebacks.append(f"{record.getMessage()}: {record.exc_info[1]!r}")


class Live:
    """A gateway in this process, with nobody behind it: what its sockets make of frames, before anybody else sees them."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.sink = Sink()
        logging.getLogger().addHandler(self.sink)
        self.loop.run_until_complete(self._start())

    async def _start(self) -> None:
        bus = MemoryBus(MemoryBroker())
        await bus.start()
        self.gateway = Gateway(Settings(secret=SECRET, sockets_per_address=0), bus, open_store("memory:", "gateway"))
        await self.gateway.start()
        service = ServiceSet(
            at=0, by="t", service="s", token="token", queue="q", name="S", origins=("https://a.example",)
        )
        user = UserSet(at=0, by="t", user="anna", name="Anna", role="agent", password="none")
        for event in (service, user):
            await self.gateway.directories.change("t", event)

    def socket(self, path: str, data: bytes) -> None:
        """One connection that sends each line as a frame, and goes. Raises AssertionError where something was logged with a traceback."""
        self.loop.run_until_complete(self._connect(path, data.split(b"\n")[:20]))
        found, self.sink.tracebacks = self.sink.tracebacks, []
        assert not found, found

    async def _connect(self, path: str, lines: list[bytes]) -> None:
        events: list[dict[str, Any]] = [{"type": "websocket.connect"}]
        for line in lines:
            text = line.decode("utf-8", "replace")
            binary = line.startswith(b"\xff")
            events.append({"type": "websocket.receive", **({"bytes": line} if binary else {"text": text})})
        coming = chain(events, [{"type": "websocket.disconnect"}] * 3)

        async def receive() -> dict[str, Any]:
            await asyncio.sleep(0)
            return next(coming)

        async def send(event: Any) -> None:
            await asyncio.sleep(0)

        headers = [(b"origin", b"https://a.example"), (b"host", b"a.example")]
        scope = {"type": "websocket", "path": path, "headers": headers, "client": ("127.0.0.1", 1), "scheme": "ws"}
        async with asyncio.timeout(10):
            await self.gateway.app(scope, receive, send)


@cache
def live() -> Live:
    """Made once: it takes a second."""
    return Live()


TARGETS: dict[str, Target] = {
    "visitor": _refusing(lambda text: read_frame(text, frames.VISITOR), Bad),
    "agent": _refusing(lambda text: read_frame(text, supervisor_frames.AGENT), Bad),
    "source": _refusing(lambda text: read_frame(text, frames.SOURCE), Bad),
    "visitor-socket": lambda data: live().socket("/v1/chat", data),
    "agent-socket": lambda data: live().socket("/v1/agent", data),
    "csv": _file(read_csv),
    "vcard": _file(read_vcards),
    "mail": _mail,
    "markup": lambda data: _refusing(lambda text: rendered(text, 1_000, 5_000))(data),
    "identity": _refusing(lambda text: check_identity(text, key_of(SECRET, "t", "s", "salt"), "token", "DE")),
    "licence": _refusing(lambda text: Licences("").check("t", text), BadLicence),
    "cursor": _refusing(place_of),
    "place": _refusing(Place.read, ValueError),
    "caller": _refusing(_caller),
    "forwarded": _forwarded,
    "hours": _refusing(_hours, ValidationError),
    "words": _refusing(_words),
    "masking": _refusing(_masked),
    "body": lambda data: _refusing(lambda _: check_json(data))(b""),
    "parcel": lambda data: _refusing(lambda _: (unpack_one_by_one(data), unpack(data)), Unreadable)(b""),
}
"""By name: what is handed to us."""


MAIL = (
    b"From: =?utf-8?q?K=C3=BC?= <a@b.example>\r\nTo: c@d.example\r\nSubject: x\r\nDate: Mon, 3 Nov 2025 10:15:42 +0100\r\nReferences: <a.b@c>\r\n"
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>Hallo<br>Am 3.11. um 10:12 schrieb A:\r\n"
    b"--b\r\nContent-Type: image/png; name*=utf-8''%C3%A4.png\r\nContent-ID: <x>\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw0K\r\n--b--\r\n"
)
REPORT = (
    b"Return-Path: <>\r\nFrom: mailer-daemon@b.example\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
    b"--b\r\nContent-Type: message/delivery-status\r\n\r\nFinal-Recipient: rfc822; a@b.example\r\nAction: failed\r\nStatus: 5.1.1\r\n--b--\r\n"
)


def seeds() -> dict[str, list[bytes]]:
    """What each is meant for: from there a fuzzer finds its way."""

    def frame(**fields: Any) -> bytes:
        return json.dumps(fields).encode()

    start = frame(type="start", id="s" * 22, token="token", text="hello", name="Kim", language="de")
    visitor = [
        start,
        frame(type="message", id="m1", text="more"),
        frame(type="typing", on=True),
        frame(type="end", id="e1"),
    ]
    agent = [
        frame(type="pick", id="1", item="c1"),
        frame(type="message", id="2", item="c1", text="hi"),
        frame(type="transfer", id="3", item="c1", queue="q", note="n"),
        frame(type="resync", id="4", after=3),
    ]
    return {
        "visitor": visitor,
        "visitor-socket": [b"\n".join(visitor)],
        "agent": agent,
        "agent-socket": [b"\n".join(agent)],
        "source": [frame(type="ping", id="1")],
        "csv": [b"name;email;phone\nKim;kim@example.org;+49 30 1\n", 'Name,E-Mail\n"Ä, B",x@y.de\n'.encode()],
        "vcard": [b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Kim\r\nTEL;TYPE=CELL:+49 30 1\r\nEND:VCARD\r\n"],
        "mail": [MAIL, REPORT],
        "markup": [
            b'<p style="color:red">Hallo <a href="http://a.example/">b</a><img src=cid:x><!-- --><svg><script>1</script></svg>'
        ],
        "identity": [b"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJraW0ifQ.c2ln"],
        "licence": [demo_licence().encode()],
        "hours": [b'{"timezone": "Europe/Berlin", "week": {"mon": [["09:00", "17:00"]]}}'],
        "forwarded": [b"203.0.113.7, 10.0.0.1", b"[2001:db8::1]:443"],
        "caller": [b"chat.example.org\nhttps://chat.example.org\nhttps\nsame-origin"],
        "masking": [b"4111 1111 1111 1111", b"DE89 3704 0044 0532 0130 00"],
        "body": [b'{"a": [1, "b", null]}'],
        "place": [b"3-40"],
    }
