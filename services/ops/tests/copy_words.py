"""An installation with everything in it that goes into a copy, for the tests of copies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result
from golden.life import TENANT, live
from golden.logs import SERVICES, states, table_hashes
from parley_chassis.letters import Letter
from parley_chassis.lines import LineRow
from parley_chassis.store import Commit, Logged, OpenStream, open_existing, open_store
from parley_crm_logger.store import EVERYBODY, open_crm, open_existing_crm
from parley_gateway.domain import directory as d
from parley_gateway.tenants.directories import JOURNAL as GATEWAY_JOURNAL
from parley_ops.cli import main

OTHER = "other"
HASH = "$argon2id$a-hash-of-a-password"
Logs = dict[str, list[Logged]]


def made(url: str) -> str:
    """A day of one company and a user of another, as the services leave them; they stand still."""
    with closing(open_crm(url)) as crm:
        life = live(crm)
        with crm.transaction(write=True, tenant=EVERYBODY) as cursor:
            for id, kind in (("l1", "a transcript"), ("l2", "a link")):
                values = (id, TENANT, "c1", "kim@shop.example", "de", "", 7, 1, "waiting", 0, 1, kind)
                crm.db.do(cursor, f"INSERT INTO $outbox VALUES ({', '.join('?' * 12)})", values)
            crm.db.do(cursor, "INSERT INTO $links VALUES ('l2', '/account#link=x', 'reset', 'anna', 1)")
            draft = (TENANT, "m7", "half an answer", "anna", 1)
            crm.db.do(cursor, f"INSERT INTO $drafts VALUES ({', '.join('?' * 5)})", draft)
            code = ("l1", "code", TENANT, "c1", "kim@shop.example", "de", 1, None)
            crm.db.do(cursor, f"INSERT INTO $confirmations VALUES ({', '.join('?' * 8)})", code)
        crm.letters.keep([letter("crm", holds=False), letter("crm, in a line", holds=True)])
    for name, log in life.logs.items():
        with closing(open_store(url, name)) as store:
            rows = log.log(0, 10_000)
            for row in rows:
                store.commit(Commit(events=[_stored(row)]))
            if name == "gateway":
                user = d.UserSet(at=1, by="ada", user="zoe", name="Zoe", role="admin", password=HASH)
                store.commit(Commit(events=[GATEWAY_JOURNAL.stored(OTHER, 1, user)]))
            _beside(store, name)
    return url


def _stored(row: Logged) -> Any:
    from eventsourcing.persistence import StoredEvent

    return StoredEvent(row.originator_id, row.originator_version, row.topic, row.state)


def _beside(store: Any, name: str) -> None:
    other = {"session": "router", "router": "session"}.get(name)
    tracking = {f"{other}.1>{name}": 5, f"{other}.2>{name}": 1_000_000} if other else {}
    open_ones = [OpenStream(f"{TENANT}/c7", 1, 12), OpenStream(f"{OTHER}/x", 2, None), OpenStream(f"{TENANT}/C8", 1, 3)]
    store.commit(
        Commit(
            tracking=tracking,
            published={0: 3, 2: 4},
            agenda={each.stream: each for each in open_ones},
            letters=[letter(f"{name} ü", holds=True), letter(f"{name} of {OTHER}", tenant=OTHER)],
        )
    )
    store.save_lines(1, 4, [LineRow("router.1", 4, 3)])
    store.begin_timeline("a-second-life", {})


def letter(identity: str, *, holds: bool = False, tenant: str = TENANT) -> Letter:
    return Letter(
        identity=identity,
        stream=f"{tenant}/c1",
        partition=1,
        inbox="router.1",
        kind="failed",
        holds=holds,
        type="work.queued.v1",
        tenant=tenant,
        trace=None,
        source="session.1",
        position=4,
        reason="broken ‘so’\n",
        tries=3,
        first_at=1,
        last_at=2,
        body=bytes(range(256)),
    )


def logs_at(url: str) -> Logs:
    """All logs, byte for byte."""
    found = {}
    for name in SERVICES:
        with closing(open_existing_crm(url).db if name == "crm-logger" else open_existing(url, name)) as store:
            found[name] = [Logged(*row) for row in store.log(0, 100_000)]
    return found


def come_to(url: str) -> dict[str, Any]:
    """What reading an installation comes to: chats, floors, directories, contacts; and the CRM's live tables."""
    logs = logs_at(url)
    with closing(open_existing_crm(url)) as crm:
        return {name: states(service, logs[name]) for name, service in SERVICES.items()} | {"crm": table_hashes(crm)}


def parley(url: str, *arguments: str | Path) -> Result:
    """A command, with the installation at `url`."""
    return CliRunner().invoke(main, [str(each) for each in arguments], env={"PARLEY_DATABASE_URL": url})


def done(url: str, *arguments: str | Path) -> str:
    """The same; what it says, when it has done it."""
    told = parley(url, *arguments)
    assert told.exit_code == 0, (told.output, told.exception)
    return told.output


def left_at(folder: Path) -> Iterator[str]:
    """Everything in a folder, by name; without what SQLite makes beside a file that is read."""
    found = (str(path.relative_to(folder)) for path in sorted(folder.rglob("*")))
    return (name for name in found if not name.endswith(("-shm", "-wal")))
