"""Visitors and agents on an XMPP server: plain TCP, SASL PLAIN, one message stanza a message."""

from __future__ import annotations

import asyncio
import base64
from itertools import cycle
from typing import Any
from xml.sax.saxutils import escape

from ..texts import dialogues, share
from .meter import Meter

HOST = "localhost"
PASSWORD = "bench"
_OPENING = (
    f"<?xml version='1.0'?><stream:stream to='{HOST}' xmlns='jabber:client' "
    "xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>"
).encode()
_END = b"</message>"


class _Connection(asyncio.Protocol):
    """One account. `heard` waits for some bytes while logging in; afterwards whole message stanzas are counted."""

    def __init__(self, talk: XmppTalk) -> None:
        self._talk = talk
        self._buffer = b""
        self._fed = asyncio.Event()
        self._counting = False
        self.transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if self._counting:
            *whole, self._buffer = self._buffer.split(_END)
            for stanza in whole:
                self._talk.took(stanza)
        else:
            self._fed.set()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._talk.closing:
            self._talk.troubles.append(f"a connection was lost: {exc or self._buffer[-300:]!r}")

    async def heard(self, *wanted: bytes) -> None:
        """Until one of these has come; what came is forgotten."""
        async with asyncio.timeout(30):
            while not any(part in self._buffer for part in wanted):
                self._fed.clear()
                await self._fed.wait()
        self._buffer = b""

    async def log_in(self, user: str) -> None:
        """SASL PLAIN, a resource, and presence, so that messages come here."""
        self.transport.write(_OPENING)
        await self.heard(b"</stream:features>")
        secret = base64.b64encode(f"\0{user}\0{PASSWORD}".encode()).decode()
        self.transport.write(
            f"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{secret}</auth>".encode()
        )
        await self.heard(b"<success")
        self.transport.write(_OPENING)
        await self.heard(b"</stream:features>")
        self.transport.write(
            b"<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>r</resource></bind></iq>"
        )
        await self.heard(b"id='bind'", b'id="bind"')
        self.transport.write(b"<presence/>")
        self._counting = True


class XmppTalk:
    """Visitors write to agents; a message is through when the agent's connection has it. The accounts `v0`, `v1` …
    and `a0`, `a1` … exist already."""

    meter: Meter

    def __init__(self, port: int, agents: int) -> None:
        self._port, self._agents = port, agents
        self.troubles: list[str] = []
        self.closing = False
        self._connections: list[_Connection] = []
        self._texts: list[Any] = []

    async def open(self, conversations: int) -> dict[str, Any]:
        """Everybody is logged in."""
        spoken, _ = dialogues()
        for number in range(conversations):
            turns = share(spoken, number, max(conversations, 200), 400)
            self._texts.append(cycle([escape(text).encode() for who, text in turns if who == "visitor"]))
        names = [f"v{number}" for number in range(conversations)] + [f"a{number}" for number in range(self._agents)]
        for first in range(0, len(names), 20):
            self._connections += await asyncio.gather(*map(self._connect, names[first : first + 20]))
        await asyncio.sleep(1)
        return {}

    async def _connect(self, name: str) -> _Connection:
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(lambda: _Connection(self), "127.0.0.1", self._port)
        await connection.log_in(name)
        return connection

    def say(self, number: int) -> None:
        place = number % len(self._texts)
        self._connections[place].transport.write(
            b"<message to='a%d@localhost' type='chat' id='%d'><body>%b</body></message>"
            % (place % self._agents, number, next(self._texts[place]))
        )

    def took(self, stanza: bytes) -> None:
        """A message stanza has come, without its end tag."""
        begin = stanza.rindex(b"<message ")
        head = stanza[begin : stanza.index(b">", begin)].replace(b'"', b"'")
        if b"type='error'" in head:
            self.troubles.append(f"refused: {stanza[begin:][:300]!r}")
            return
        at = head.index(b" id='") + 5
        number = int(head[at : head.index(b"'", at)])
        self.meter.delivered(number)
        self.meter.acked(number)

    async def close(self) -> None:
        """Everybody goes."""
        self.closing = True
        for connection in self._connections:
            connection.transport.close()
