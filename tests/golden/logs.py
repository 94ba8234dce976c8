"""A golden log in its folder: the rows as they are stored, and what reading them comes to."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import fields, is_dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import msgspec
from eventsourcing.persistence import StoredEvent
from parley_chassis.journal import Journal
from parley_chassis.store import Commit, Logged
from parley_chassis.store.memory import MemoryStore
from parley_contracts.shapes import Said
from parley_contracts.topology import partition_of
from parley_contracts.wire import encode
from parley_crm_logger.domain import contacts, events, links
from parley_crm_logger.store import EVERYBODY, SOURCE, Crm, open_crm
from parley_crm_logger.store import JOURNAL as CRM_JOURNAL
from parley_crm_logger.store.schema import PROJECTION, TABLES
from parley_gateway.domain.directory import EVENTS as GATEWAY_EVENTS
from parley_gateway.domain.directory import Directory
from parley_gateway.tenants.directories import JOURNAL as GATEWAY_JOURNAL
from parley_router.domain import queue_settings
from parley_router.domain.events import EVENTS as ROUTER_EVENTS
from parley_router.domain.floor import Floor
from parley_router.domain.state import Frozen
from parley_router.handlers import Router
from parley_router.says import says as floor_says
from parley_session.domain.chat import Chat
from parley_session.domain.events import EVENTS as SESSION_EVENTS
from parley_session.handlers import Session
from parley_session.says import says as chat_says

HERE = Path(__file__).parent
EXPECTED, SAYS, SNAPSHOTS = "expected.json", "says.jsonl", "snapshots.jsonl"
Facts = dict[str, Any]
Says = Callable[[str, int, Any], list[tuple[str, Said]]]


class Service(NamedTuple):
    """How a service reads its log: `fold` makes facts of a stream's events, as names and plain values."""

    journal: Journal
    events: tuple[type[msgspec.Struct], ...]
    fold: Callable[[str, Iterable[Any]], Facts]
    says: Says = lambda stream, n, event: []


# --- states as facts --------------------------------------------------------------------------------------------------


def plain(value: Any) -> Any:
    """A part of a state as JSON has it. What has fields becomes an object with their names; a dictionary, whose keys are data,
    becomes a list of its entries."""
    if isinstance(value, msgspec.Struct):
        return {field.encode_name: plain(getattr(value, field.name)) for field in msgspec.structs.fields(value)}
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return plain(value._asdict())
    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, dict):
        return sorted([str(key), plain(each)] for key, each in value.items())
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return value


def _chat(stream: str, happened: Iterable[Any]) -> Facts:
    chat = Chat(stream)
    for event in happened:
        chat.evolve(event)
    return {name: plain(getattr(chat, name)) for name in Chat.__slots__ if name != "history"}


def _floor(stream: str, happened: Iterable[Any]) -> Facts:
    floor = Floor(stream)
    known: dict[str, dict[str, int | None]] = {}
    for event in happened:
        floor.evolve(event)
        if type(event).__name__ == "AgentForgotten":
            known.pop(event.agent, None)
        if event.command_key is not None:
            user, _, id = event.command_key.partition("/")
            known.setdefault(user, {})[id] = floor.commands.get(event.command_key)
    return {**floor_facts(floor), "commands": plain(known)}


def floor_facts(floor: Floor) -> Facts:
    """A floor without its indexes. The commands that it knows have no names any more: they are as they are kept."""
    frozen = msgspec.json.decode(floor.freeze(), type=Frozen)
    queues = [[name, plain(queue_settings.read(settings))] for name, settings in sorted(frozen.queues.items())]
    commands = [[day.day, day.keys.hex(), day.digests.hex()] for day in frozen.commands]
    closed = [plain(item) for item in floor.closed.values()]
    return {**plain(frozen), "queues": queues, "commands": commands, "closed": closed}


def _directory(stream: str, happened: Iterable[Any]) -> Facts:
    directory = Directory(stream)
    for event in happened:
        directory.evolve(event)
    names = ("version", "services", "users", "identity_keys", "settings", "licence")
    return {name: plain(getattr(directory, name)) for name in names}


def _record(stream: str, happened: Iterable[Any]) -> Facts:
    if stream == events.REBUILDS:
        return {"accepted": [plain(event) for event in happened]}
    state: Any = contacts.Contact()
    evolve: Any = contacts.evolve
    if events.item_of(stream) is not None:
        state, evolve = links.Link(), links.evolve_link
    elif events.contact_of(stream) is None:
        state, evolve = links.Identity(), links.evolve_identity
    for event in happened:
        state = evolve(state, event)
    facts: Facts = plain(state)
    return facts


SERVICES = {
    "session": Service(Session.journal, SESSION_EVENTS, _chat, chat_says),
    "router": Service(Router.journal, ROUTER_EVENTS, _floor, floor_says),
    "crm-logger": Service(CRM_JOURNAL, events.EVENTS, _record),
    "gateway": Service(GATEWAY_JOURNAL, GATEWAY_EVENTS, _directory),
}


# --- files ------------------------------------------------------------------------------------------------------------


def written(rows: Iterable[Logged]) -> str:
    """Rows as lines; the bytes of an event stand there as the text that they are."""
    lines = (
        {"position": row.id, "stream": row.originator_id, "version": row.originator_version, "topic": row.topic}
        | {"state": bytes(row.state).decode()}
        for row in rows
    )
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


def read(path: Path) -> list[Logged]:
    """The rows of a file."""
    rows = (json.loads(line) for line in path.read_text().splitlines())
    return [
        Logged(*(row[name] for name in ("position", "stream", "version", "topic")), row["state"].encode())
        for row in rows
    ]


def stored(rows: Iterable[Logged]) -> list[StoredEvent]:
    """Rows as a store takes them."""
    return [StoredEvent(row.originator_id, row.originator_version, row.topic, row.state) for row in rows]


def as_store(rows: Iterable[Logged], snapshots: Iterable[Logged] = ()) -> MemoryStore:
    """A store with this log and these snapshots in it."""
    store = MemoryStore()
    store.commit(Commit(events=stored(rows)))
    for snapshot in stored(snapshots):
        store.save_snapshot(snapshot)
    return store


# --- what reading comes to --------------------------------------------------------------------------------------------


def hash_of(facts: Any) -> str:
    """The same for the same facts."""
    return sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def states(service: Service, rows: Iterable[Logged]) -> dict[str, Facts]:
    """By stream, what its events come to."""
    happened: dict[str, list[Any]] = {}
    for row in rows:
        happened.setdefault(row.originator_id, []).append(service.journal.event(row.topic, row.state))
    return {stream: service.fold(stream, events) for stream, events in happened.items()}


def said(service: Service, rows: Iterable[Logged]) -> Iterator[tuple[int, str, Said]]:
    """What each event says: its position, the inbox, the message."""
    for row in rows:
        event = service.journal.event(row.topic, row.state)
        for inbox, message in service.says(row.originator_id, row.originator_version, event):
            yield row.id, inbox, message


def told(logs: dict[str, list[Logged]]) -> list[dict[str, Any]]:
    """Everything that is said, as it goes over the wire."""
    return [
        {"log": name, "position": position, "inbox": inbox, "message": json.loads(encode(message))}
        for name, service in SERVICES.items()
        for position, inbox, message in said(service, logs[name])
    ]


def crm_tables(logs: dict[str, list[Logged]]) -> dict[str, Any]:
    """What the CRM's tables come to, each with its number of rows and their hash; and by which projection."""
    with TemporaryDirectory() as folder, closing(open_crm(f"sqlite:{folder}")) as crm:
        for name in ("session", "router"):
            for position, inbox, message in said(SERVICES[name], logs[name]):
                if inbox.startswith("crm-logger.chats."):
                    stream = next(row.originator_id for row in logs[name] if row.id == position)
                    crm.apply([message], {f"{name}.{partition_of(stream)}>{inbox.rpartition('.')[2]}": position})
        for row in logs["crm-logger"]:
            event = CRM_JOURNAL.event(row.topic, row.state)
            crm.apply([events.Recorded(row.originator_id, row.originator_version, event)], {SOURCE: row.id})
        return {"projection": PROJECTION, "tables": table_hashes(crm)}


def table_hashes(crm: Crm) -> dict[str, list[Any]]:
    """By table, the number of rows and their hash."""
    found = {}
    with crm.transaction(write=False, tenant=EVERYBODY) as cursor:
        live = crm.live(cursor)
        for name, table in TABLES.items():
            columns, key = sorted(table.columns), ", ".join(table.key)
            rows = crm.db.ask(cursor, f"SELECT {', '.join(columns)} FROM ${name}_{live} ORDER BY {key}")
            found[name] = [len(rows), hash_of([list(row) for row in rows])]
    return found


def expected(logs: dict[str, list[Logged]]) -> dict[str, Any]:
    """What reading comes to: later versions must come to the same."""
    folded = {name: states(service, logs[name]) for name, service in SERVICES.items()}
    return {
        "states": {
            name: {stream: {"hash": hash_of(facts), "facts": facts} for stream, facts in by_stream.items()}
            for name, by_stream in folded.items()
        },
        "crm": crm_tables(logs),
    }


def as_known_then(now: Any, then: Any) -> Any:
    """What a later version comes to, without the fields that there were not then: a new one is no difference."""
    if isinstance(now, dict) and isinstance(then, dict):
        return {name: as_known_then(value, then[name]) for name, value in now.items() if name in then}
    if isinstance(now, list) and isinstance(then, list) and len(now) == len(then):
        return [as_known_then(one, other) for one, other in zip(now, then, strict=True)]
    return now
