"""All services' logs, read as one: what happened, in the order of its time."""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

import msgspec
from parley_chassis.journal import Journal, Newer
from parley_chassis.store import Logged, open_existing, those_there
from parley_contracts.instant import rfc3339
from parley_crm_logger.domain.events import contact_of, item_of
from parley_crm_logger.store import JOURNAL as CRM_JOURNAL
from parley_crm_logger.store import open_existing_crm
from parley_gateway.domain.changes import SECRET
from parley_gateway.tenants.directories import JOURNAL as GATEWAY_JOURNAL
from parley_router.handlers import Router
from parley_session.handlers import Session

JOURNALS: dict[str, Journal] = {
    "router": Router.journal,
    "session": Session.journal,
    "gateway": GATEWAY_JOURNAL,
    "crm-logger": CRM_JOURNAL,
}
AT_ONCE = 2_000
SECRET_FIELDS = SECRET | {"oidc", "token_id"}
"""What is told to nobody: the change log hides the same."""


class Log(Protocol):
    """A service's log, open for reading."""

    def log(self, after: int, limit: int) -> Sequence[Logged]:
        """Events of all streams beyond a log position, in order."""

    def end(self) -> int:
        """The position of the newest event; 0 when there is none."""

    def close(self) -> None:
        """Give up the connections."""


class Happening(NamedTuple):
    """One stored event, as operators see it. One of a newer version has its stored name as `type`, such as `ItemMoved.1`."""

    at: int
    service: str
    position: int
    stream: str
    n: int
    type: str
    fields: dict[str, Any]

    @property
    def tenant(self) -> str:
        return self.stream.partition("/")[0]

    @property
    def item(self) -> str | None:
        """The chat, or another work item, that it is about."""
        if self.service == "crm-logger":
            linked = item_of(self.stream)
            return self.fields.get("chat") if linked is None else linked[1]
        return self.stream.partition("/")[2] or self.fields.get("item")

    @property
    def contact(self) -> str | None:
        """The contact whose event it is."""
        own = contact_of(self.stream) if self.service == "crm-logger" else None
        return None if own is None else own[1]

    def shown(self) -> dict[str, Any]:
        """As JSON has it; `log` is the service whose log it stands in."""
        head = {"at": rfc3339(self.at), "log": self.service, "position": self.position, "tenant": self.tenant}
        whose = {} if self.contact is None else {"contact": self.contact}
        return {**head, "item": self.item, "n": self.n, "type": self.type, **whose, **self.fields}


@dataclass(frozen=True)
class Filter:
    """Which events are wanted; what is None does not matter. Times in milliseconds since 1970."""

    tenant: str | None = None
    chat: str | None = None
    agent: str | None = None
    queue: str | None = None
    type: str | None = None
    since: int | None = None
    until: int | None = None
    after: dict[str, int] = field(default_factory=dict)
    contact: str | None = None
    trace: str | None = None

    def wants(self, event: Happening) -> bool:
        """Whether this event is asked for."""
        return (
            self.tenant in (None, event.tenant)
            and self.chat in (None, event.item)
            and self.agent in (None, event.fields.get("agent"))
            and self.queue in (None, event.fields.get("queue"))
            and self.contact in (None, event.contact, event.fields.get("contact"))
            and (self.trace is None or self.trace in (event.fields.get("trace") or ""))
            and (self.type is None or self.type.lower() in event.type.lower())
            and (self.since is None or event.at >= self.since)
            and (self.until is None or event.at < self.until)
        )


def happening(service: str, stored: Logged) -> Happening:
    """A stored event as operators see it."""
    event = JOURNALS[service].read(stored.topic, stored.state)
    newer = isinstance(event, Newer)
    fields = {
        name: value
        for name, value in (event.fields if newer else msgspec.to_builtins(event)).items()
        if name not in SECRET_FIELDS and name != "at"
    }
    return Happening(
        event.at,
        service,
        stored.id,
        str(stored.originator_id),
        stored.originator_version,
        event.topic if newer else type(event).__name__,
        fields,
    )


def type_names(contain: str) -> tuple[str, ...]:
    """The events of all services whose names contain this, however it is written."""
    names = {name for journal in JOURNALS.values() for name in journal.names()}
    return tuple(sorted(name for name in names if contain.lower() in name.lower()))


def read_log(store: Log, service: str, after: int) -> Iterator[Happening]:
    """A service's log beyond a position."""
    while True:
        page = store.log(after, AT_ONCE)
        for stored in page:
            after = stored.id
            yield happening(service, stored)
        if len(page) < AT_ONCE:
            return


class Logs:
    """The logs of an installation at `url`, open for reading."""

    def __init__(self, url: str) -> None:
        def opened(service: str) -> Log:
            return open_existing_crm(url).db if service == "crm-logger" else open_existing(url, service)

        self.stores: dict[str, Log] = those_there(list(JOURNALS), opened)

    def events(self, wanted: Filter) -> Iterator[Happening]:
        """What has happened so far, merged by time."""
        logs = [read_log(store, service, wanted.after.get(service, 0)) for service, store in self.stores.items()]
        return filter(wanted.wants, heapq.merge(*logs, key=lambda event: event.at))

    def follow(self, wanted: Filter, pause: Callable[[], None] = lambda: time.sleep(0.3)) -> Iterator[Happening]:
        """What happens from now on, for ever; `pause` is called while nothing does."""
        position = {service: store.end() for service, store in self.stores.items()}
        while True:
            fresh = sorted(
                event for service, store in self.stores.items() for event in read_log(store, service, position[service])
            )
            for event in fresh:
                position[event.service] = event.position
            yield from filter(wanted.wants, fresh)
            if not fresh:
                pause()

    def close(self) -> None:
        """Give up the connections."""
        for store in self.stores.values():
            store.close()
