"""The CRM's tables for a test, on each store."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from parley_contracts import chat_events as ce
from parley_contracts.contacts import ContactFields, PutContact
from parley_contracts.reading import EVERYTHING, Reading
from parley_contracts.shapes import Command, Said, Sender
from parley_contracts.topology import chat_stream, partition_of
from parley_crm_logger.answers import answer
from parley_crm_logger.store import Crm, open_crm
from roles import as_own_role

STORES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.servers)]


@pytest.fixture(params=STORES)
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Empty, on each store."""
    if request.param == "sqlite":
        yield f"sqlite:{tmp_path}"
        return
    with as_own_role(request.getfixturevalue("database_url")) as url:
        yield url


@pytest.fixture
def crm(store_url: str) -> Iterator[Crm]:
    with closing(open_crm(store_url)) as opened:
        yield opened


class Desk:
    """Somebody of a tenant who asks the CRM, and what is said to it."""

    def __init__(self, crm: Crm, tenant: str = "acme", user: str = "anna") -> None:
        self.crm, self.tenant, self.user = crm, tenant, user
        self._ids = count(1)
        self._positions: dict[str, int] = {}

    def sender(self, id: str | None = None) -> Sender:
        given = id or f"{self.user}-{next(self._ids)}"
        return Sender(gateway="g", connection=1, id=given, role="agent", user=self.user)

    def ask(self, kind: type[Command], /, *, id: str | None = None, now: int = 1_000, **fields: Any) -> dict[str, Any]:
        """The ack, as to somebody who may read everything where nobody else is named. Raises Refused."""
        if issubclass(kind, Reading):
            fields.setdefault("reader", EVERYTHING)
        return answer(self.crm, kind(tenant=self.tenant, sender=self.sender(id), **fields), now)

    def contact(self, contact: str, name: str, now: int = 1_000, **fields: Any) -> str:
        """A new contact."""
        known = ContactFields(name=name, **fields)
        return str(self.ask(PutContact, contact=contact, fields=known, new=True, now=now)["contact"])

    def chat(
        self,
        item: str,
        at: int,
        contact: str | None = None,
        texts: Sequence[str] = ("hello",),
        over: bool = True,
        agent: str | None = None,
        **fields: Any,
    ) -> None:
        """A chat of which the visitor said these texts, from its beginning to its end; with an `agent`, who joins at the end."""
        head: dict[str, Any] = {"tenant": self.tenant, "chat": item}
        settled = {"outcome": "handled", "why": "completed", "wait_ms": 1, "handle_ms": 2, "wrap_up_ms": 3}
        said: list[Said] = [
            ce.ChatRequested(**head, n=1, at=at, service="web", queue="help", contact=contact, **fields)
        ]
        for n, text in enumerate(texts, 2):
            said.append(ce.ChatMessagePosted(**head, n=n, seq=n - 1, at=at + n, author="visitor", text=text))
        if agent is not None:
            joined = {"agent": agent, "name": agent.title(), "queue": "help"}
            said.append(ce.ChatAssigned(**head, n=99, seq=98, at=at + 99, **joined))
        if over:
            said.append(ce.ChatEnded(**head, n=100, seq=99, at=at + 100, ended_by="visitor"))
            said.append(ce.ChatClosed(**head, n=101, at=at + 101, interruptions=0, started_at=at, **settled))
        self.hear(said)

    def hear(self, events: Sequence[Said]) -> None:
        """The projection takes these."""
        told, taken = [], {}
        for event in events:
            stream = chat_stream(event.tenant, getattr(event, "chat", "") or getattr(event, "item", ""))
            source = f"session.{partition_of(stream)}"
            position = self._positions[source] = self._positions.get(source, 0) + 1
            told.append(event.model_copy(update={"source": source, "position": position}))
            taken[f"{source}>{partition_of(stream)}"] = position
        self.crm.apply(told, taken)


@pytest.fixture
def desk(crm: Crm) -> Desk:
    return Desk(crm)


@pytest.fixture(scope="module", params=STORES)
def lasting_desk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One for all tests of a module that only look: to make its tables takes longer than a hundred questions."""
    with ExitStack() as used:
        if request.param == "sqlite":
            url = f"sqlite:{tmp_path_factory.mktemp('crm')}"
        else:
            servers = request.getfixturevalue("servers")
            database = servers.new_database()
            used.callback(servers.drop_database, database)
            url = used.enter_context(as_own_role(database))
        yield Desk(used.enter_context(closing(open_crm(url))))


@pytest.fixture
def elsewhere(desk: Desk) -> Desk:
    """Somebody of another tenant."""
    other = Desk(desk.crm, tenant="other", user="olga")
    other._positions = desk._positions  # sources are the services', not a tenant's
    return other
