"""A copy holds everything: out of one store and into another, byte for byte; and a broken one leaves nothing behind."""

from __future__ import annotations

import gzip
import json
import re
import shlex
import sqlite3
import stat
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from copy_words import HASH, OTHER, come_to, done, left_at, logs_at, made, parley
from golden.life import TENANT
from hypothesis import given
from hypothesis import strategies as st
from parley_chassis.store import Commit, open_existing, open_store
from parley_crm_logger.store import open_existing_crm
from parley_ops.copies.exporting import export
from parley_ops.copies.form import Asked, Broken, Cells, Event, Head, Reader, Span, Writer
from parley_ops.copies.reading import opened
from parley_session.domain.events import VisitorLost
from parley_session.handlers import Session
from psycopg.sql import SQL, Identifier
from roles import as_own_role

SCHEMAS: tuple[str, ...] = ("session", "router", "gateway", "crm_logger")
DOCUMENTS = Path(__file__).parents[3] / "docs"


@pytest.fixture
def here(tmp_path: Path) -> str:
    return made(f"sqlite:{tmp_path}/here")


@pytest.fixture
def copy(here: str, tmp_path: Path) -> Path:
    """All of it."""
    done(here, "export", "--to", tmp_path / "copy.jsonl", "--with-logins")
    return tmp_path / "copy.jsonl"


# --- there and back ---------------------------------------------------------------------------------------------------


def test_R29_a_copy_comes_to_the_same_chats_floors_contacts_and_crm(here: str, copy: Path, tmp_path: Path) -> None:
    there = f"sqlite:{tmp_path}/there"
    done(there, "import", copy)
    assert logs_at(there) == logs_at(here)
    assert come_to(there) == come_to(here)
    assert done(there, "rebuild", "crm").strip().endswith("equal to the live one")
    done(there, "export", "--to", tmp_path / "again.jsonl", "--with-logins")
    assert (tmp_path / "again.jsonl").read_bytes() == copy.read_bytes()


@pytest.mark.slow
@pytest.mark.servers
@pytest.mark.parametrize("role", ["superuser", "own role"])
def test_R29_from_sqlite_to_postgresql_and_back_a_copy_stays_the_same(
    here: str, copy: Path, tmp_path: Path, database_url: str, role: str
) -> None:
    there, back = f"sqlite:{tmp_path}/there", f"sqlite:{tmp_path}/back"
    with as_own_role(database_url) as own:
        url = own if role == "own role" else database_url
        done(there, "import", copy, "--url", url)
        assert come_to(url) == come_to(here) | {"crm": come_to(url)["crm"]}
        assert done(url, "rebuild", "crm").strip().endswith("equal to the live one")
        done(url, "export", "--to", tmp_path / "2.jsonl", "--with-logins")
        with closing(
            open_existing(url, "session", reading=False)
        ) as store:  # numbers go on behind those that are there
            (position,) = store.commit(Commit(events=[Session.journal.stored(f"{TENANT}/new", 1, VisitorLost(at=1))]))
            assert position == store.end() == len(logs_at(here)["session"]) + 1
    assert (tmp_path / "2.jsonl").read_bytes() == copy.read_bytes()
    done(back, "import", tmp_path / "2.jsonl")
    assert come_to(back) == come_to(here)
    done(back, "export", "--to", tmp_path / "3.jsonl", "--with-logins")
    assert (tmp_path / "3.jsonl").read_bytes() == copy.read_bytes()


@pytest.fixture
def schemas_with_owners(database_url: str) -> Iterator[str]:
    """A database as `parley install database` leaves it: each service's schema is its own role's."""
    roles = {name: Identifier(f"{urlsplit(database_url).path[1:]}_{name}") for name in SCHEMAS}
    with psycopg.connect(database_url, autocommit=True) as administrator:
        for name, role in roles.items():
            administrator.execute(SQL("CREATE ROLE {}").format(role))
            administrator.execute(SQL("CREATE SCHEMA {} AUTHORIZATION {}").format(Identifier(name), role))
            administrator.execute(
                SQL("GRANT CREATE ON DATABASE {} TO {}").format(Identifier(administrator.info.dbname), role)
            )
        yield database_url
        for role in roles.values():
            administrator.execute(SQL("DROP OWNED BY {} CASCADE").format(role))
            administrator.execute(SQL("DROP ROLE {}").format(role))


@pytest.mark.slow
@pytest.mark.servers
def test_what_is_put_into_a_services_schema_is_the_services(
    copy: Path, tmp_path: Path, schemas_with_owners: str
) -> None:
    url = schemas_with_owners
    done(url, "import", copy)
    with psycopg.connect(url) as connection:
        others = connection.execute(
            "SELECT schemaname, tablename, tableowner FROM pg_tables WHERE schemaname = ANY (%s) "
            "AND tableowner <> current_database() || '_' || schemaname",
            (list(SCHEMAS),),
        ).fetchall()
    assert others == []
    done(url, "export", "--to", tmp_path / "2.jsonl", "--with-logins")
    assert (tmp_path / "2.jsonl").read_bytes() == copy.read_bytes()


@pytest.fixture
def sorting_as_people_do(database_url: str) -> Iterator[str]:
    """A database in which `a` stands before `B`."""
    url = f"{database_url}_icu"
    name = Identifier(urlsplit(url).path[1:])
    with psycopg.connect(database_url, autocommit=True) as administrator:
        made = "CREATE DATABASE {} TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en'"
        administrator.execute(SQL(made).format(name))
        yield url
        administrator.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(name))


@pytest.mark.slow
@pytest.mark.servers
def test_rows_are_in_the_same_order_whatever_a_database_sorts_by(
    copy: Path, tmp_path: Path, sorting_as_people_do: str
) -> None:
    done(sorting_as_people_do, "import", copy)
    done(sorting_as_people_do, "export", "--to", tmp_path / "2.jsonl", "--with-logins")
    assert (tmp_path / "2.jsonl").read_bytes() == copy.read_bytes()


@pytest.mark.slow
@pytest.mark.servers
def test_on_postgresql_a_copy_is_of_one_instant_while_services_write(copy: Path, database_url: str) -> None:
    done(database_url, "import", copy)
    lines: list[bytes] = []
    with opened(database_url) as place:
        for name in ("session", "router"):
            with closing(open_store(database_url, name)) as store:
                event = Session.journal.stored(f"{TENANT}/new", 1, VisitorLost(at=1))
                store.commit(Commit(events=[event], published={0: store.end() + 1}))
        export(place, Asked(), lines.append, logins=True, progress=lambda looked: None)
    assert b"".join(lines) == copy.read_bytes()


def test_what_services_note_beside_their_logs_goes_along(here: str, copy: Path, tmp_path: Path) -> None:
    there = f"sqlite:{tmp_path}/there"
    done(there, "import", copy)
    for name in ("session", "router"):
        with closing(open_existing(here, name)) as one, closing(open_existing(there, name)) as other:
            assert other.timeline() == one.timeline() == "a-second-life"
            for partition in range(4):
                assert other.published(partition) == one.published(partition)
                assert other.lines(partition) == one.lines(partition)
                assert sorted(other.agenda(partition)) == sorted(one.agenda(partition))
            assert other.letters.page() == one.letters.page()
            far = {source: min(position, 5) for source, position in one.tracking().items()}
            assert {source: min(position, 5) for source, position in other.tracking().items()} == far
    with closing(open_existing_crm(here)) as one, closing(open_existing_crm(there)) as other:
        assert other.positions() == one.positions()
        # What could not be taken in its order is in the tables now, which were built from the logs.
        assert [each.identity for each in other.letters.page()] == ["crm"]


def test_R34_nobody_knows_more_than_the_logs_in_a_copy_hold(here: str, copy: Path, tmp_path: Path) -> None:
    """What comes next gets the next position: who thought to have taken it would pass over it."""
    there = f"sqlite:{tmp_path}/there"
    done(there, "import", copy)
    with closing(open_existing(there, "router")) as router, closing(open_existing(there, "session")) as session:
        assert router.tracking()["session.2>router"] == session.end()


def test_a_letter_with_a_link_for_a_password_stays_behind(copy: Path, tmp_path: Path) -> None:
    there = f"sqlite:{tmp_path}/there"
    done(there, "import", copy)
    with closing(sqlite3.connect(tmp_path / "there" / "crm_logger.db")) as database:
        assert database.execute("SELECT id FROM outbox WHERE id NOT LIKE 'mail-%'").fetchall() == [("l1",)]
        assert database.execute("SELECT id FROM confirmations").fetchall() == [("l1",)]
        drafts = database.execute("SELECT item, text, agent FROM drafts").fetchall()
        assert drafts == [("m7", "half an answer", "anna")]
    assert "/account#link" not in copy.read_text()


# --- passwords --------------------------------------------------------------------------------------------------------


def put_logins(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "gateway.db")) as database, database:
        from parley_ops.copies.writing import GATEWAY_TABLES

        for text in GATEWAY_TABLES:
            database.execute(text.replace("$", ""))
        database.execute("INSERT INTO second_factors VALUES ('acme', 'anna', 'sealed-factor', 1, 5)")
        database.execute("INSERT INTO recovery_codes VALUES ('acme', 'anna', 'hash-of-a-code')")
        database.execute("INSERT INTO oidc_secrets VALUES ('acme', 'sealed-secret')")
        database.execute(f"INSERT INTO audit VALUES ('e1', 1, 'acme', {', '.join(['?'] * 8)}, 1)", tuple("abcdefgh"))


def test_logins_go_along_only_when_they_are_asked_for(here: str, tmp_path: Path) -> None:
    put_logins(tmp_path / "here")
    secrets = (HASH, "sealed-factor", "hash-of-a-code", "sealed-secret")
    done(here, "export", "--to", tmp_path / "with.jsonl", "--with-logins")
    done(here, "export", "--to", tmp_path / "without.jsonl")
    assert all(secret in (tmp_path / "with.jsonl").read_text() for secret in secrets)
    assert not any(secret in (tmp_path / "without.jsonl").read_text() for secret in secrets)
    assert stat.S_IMODE((tmp_path / "without.jsonl").stat().st_mode) == 0o600
    for name in ("with", "without"):
        there = f"sqlite:{tmp_path}/{name}"
        told = done(there, "import", tmp_path / f"{name}.jsonl")
        assert ("nobody has a password" in told) == (name == "without")
        done(there, "export", "--to", tmp_path / "again.jsonl", *(["--with-logins"] if name == "with" else []))
        assert (tmp_path / "again.jsonl").read_bytes() == (tmp_path / f"{name}.jsonl").read_bytes()
        (tmp_path / "again.jsonl").unlink()
        zoe = come_to(there)["gateway"][OTHER]["users"][0][1]
        assert zoe["password"] == (HASH if name == "with" else "")


# --- parts ------------------------------------------------------------------------------------------------------------


def test_a_tenant_is_an_installation_of_its_own(here: str, tmp_path: Path) -> None:
    done(here, "export", "--to", tmp_path / "part.jsonl", "--tenant", OTHER, "--with-logins")
    there = f"sqlite:{tmp_path}/there"
    done(there, "import", tmp_path / "part.jsonl")
    assert {name: len(log) for name, log in logs_at(there).items()} == {
        "session": 0,
        "router": 0,
        "gateway": 1,
        "crm-logger": 0,
    }
    assert logs_at(there)["gateway"] == logs_at(here)["gateway"][-1:], "its position is the one that it had"
    with closing(open_existing(there, "router")) as router:
        assert [each.tenant for each in router.letters.page()] == [OTHER]
        assert [each.stream for partition in range(4) for each in router.agenda(partition)] == [f"{OTHER}/x"]
        assert set(router.tracking().values()) == {0}
    assert TENANT not in (tmp_path / "part.jsonl").read_text()


@pytest.mark.parametrize(
    "asked", [("--chat", "c1"), ("--from", "2026-01-01T00:00:00Z"), ("--until", "2050-01-01T00:00:00Z")]
)
def test_a_part_that_is_no_consistent_store_is_for_looking(here: str, tmp_path: Path, asked: tuple[str, ...]) -> None:
    done(here, "export", "--to", tmp_path / "part.jsonl", *asked)
    told = parley(f"sqlite:{tmp_path}/there", "import", tmp_path / "part.jsonl")
    assert told.exit_code == 1
    assert "this one is for looking" in told.output
    assert not (tmp_path / "there").exists()


def test_a_chats_part_holds_what_all_logs_have_about_it(here: str, tmp_path: Path) -> None:
    done(here, "export", "--to", tmp_path / "c2.jsonl", "--chat", "c2")
    lines = [json.loads(line) for line in (tmp_path / "c2.jsonl").read_text().splitlines()]
    found = {(line["log"], line["position"]) for line in lines[1:-1]}
    listed = [json.loads(line) for line in done(here, "events", "--chat", "c2", "--json").splitlines()]
    assert found == {(event["log"], event["position"]) for event in listed}
    assert {log for log, _ in found} == {"session", "router", "crm-logger"}
    assert lines[0]["part"] == "chat"
    assert lines[0]["asked"] == {"chat": "c2"}


def test_a_time_is_from_one_moment_to_before_another(here: str, tmp_path: Path) -> None:
    since, until = "2026-09-21T14:14:00Z", "2026-09-21T14:15:00Z"
    done(here, "export", "--to", tmp_path / "part.jsonl", "--from", since, "--until", until)
    lines = [json.loads(line) for line in (tmp_path / "part.jsonl").read_text().splitlines()][1:-1]
    listed = [json.loads(x) for x in done(here, "events", "--from", since, "--until", until, "--json").splitlines()]
    assert listed
    assert {(x["log"], x["position"]) for x in lines} == {(x["log"], x["position"]) for x in listed}


@pytest.mark.parametrize("asked", [("--chat", "no"), ("--tenant", "no"), ("--from", "2101-01-01T00:00:00Z")])
@pytest.mark.parametrize("form", ["jsonl", "parquet", "ocel"])
def test_where_nothing_is_found_no_file_is_left(here: str, tmp_path: Path, asked: tuple[str, str], form: str) -> None:
    before = list(left_at(tmp_path))
    assert parley(here, "export", "--to", tmp_path / "x", "--format", form, *asked).exit_code == 3
    assert list(left_at(tmp_path)) == before


# --- what is refused --------------------------------------------------------------------------------------------------


def cut(content: bytes) -> bytes:
    return b"".join(content.splitlines(keepends=True)[:-1])


def half(content: bytes) -> bytes:
    return content[: len(content) // 2]


def altered(content: bytes) -> bytes:
    assert b"Good day" in content
    return content.replace(b"Good day", b"Goad day", 1)


def another_head(content: bytes) -> bytes:
    return content.replace(b'"logins":true', b'"logins":false', 1)


def doubled(content: bytes) -> bytes:
    lines = content.splitlines(keepends=True)
    return b"".join([*lines[:3], lines[2], *lines[3:]])


def without_a_line(content: bytes) -> bytes:
    lines = content.splitlines(keepends=True)
    return b"".join(lines[:4] + lines[5:])


def more(content: bytes) -> bytes:
    return content + b"{}\n"


def empty(content: bytes) -> bytes:
    return b""


def packed_and_cut(content: bytes) -> bytes:
    return gzip.compress(content)[:-20]


SPOILT = [cut, half, altered, another_head, doubled, without_a_line, more, empty, packed_and_cut]


@pytest.mark.parametrize("spoil", SPOILT)
def test_R31_a_file_that_is_not_as_it_was_written_leaves_nothing_behind(copy: Path, tmp_path: Path, spoil: Any) -> None:
    copy.write_bytes(spoil(copy.read_bytes()))
    before = list(left_at(tmp_path))
    told = parley(f"sqlite:{tmp_path}/there", "import", copy)
    assert told.exit_code == 1, told.output
    assert told.output.startswith("Error: ")
    assert list(left_at(tmp_path)) == before


def schemas(url: str) -> list[Any]:
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' ORDER BY 1").fetchall()


@pytest.mark.slow
@pytest.mark.servers
@pytest.mark.parametrize("spoil", [altered, half], ids=["altered", "half"])
def test_R31_nor_in_a_database(copy: Path, tmp_path: Path, database_url: str, spoil: Any) -> None:
    good = copy.read_bytes()
    copy.write_bytes(spoil(good))
    before = schemas(database_url)
    assert parley(database_url, "import", copy).exit_code == 1
    assert schemas(database_url) == before
    open_store(database_url, "session").close()  # as after `parley install`: a place that is made, and empty
    assert parley(database_url, "import", copy).exit_code == 1
    copy.write_bytes(good)
    done(database_url, "import", copy)


@pytest.mark.slow
@pytest.mark.servers
def test_R31_what_fails_after_the_logs_are_in_leaves_nothing_either(
    copy: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from parley_ops.copies import importing

    def fails(*_: Any) -> int:
        raise ValueError("the disk is full")

    open_store(database_url, "router").close()
    with monkeypatch.context() as patched:
        patched.setattr(importing, "build_crm", fails)
        assert "the disk is full" in parley(database_url, "import", copy).output
    assert ("session",) not in schemas(database_url)
    done(database_url, "import", copy)


def test_a_place_that_holds_something_is_left_as_it_is(here: str, copy: Path, tmp_path: Path) -> None:
    before = logs_at(here)
    told = parley(here, "import", copy)
    assert told.exit_code == 1
    assert "empty place only" in told.output
    assert logs_at(here) == before
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "secret").write_text("kept")
    done(f"sqlite:{tmp_path}/there", "import", copy)
    assert (tmp_path / "there" / "secret").read_text() == "kept"
    assert not [name for name in left_at(tmp_path) if "importing" in name]


@pytest.mark.servers
def test_a_database_that_holds_something_is_left_as_it_is(copy: Path, database_url: str) -> None:
    with closing(open_store(database_url, "gateway")) as store:
        store.commit(Commit(events=[Session.journal.stored("x", 1, VisitorLost(at=1))]))
    told = parley(database_url, "import", copy)
    assert told.exit_code == 1
    assert "holds stored_events of the gateway" in told.output


@pytest.mark.servers
def test_a_database_in_which_somebody_works_is_left_as_it_is(copy: Path, database_url: str) -> None:
    with closing(open_store(database_url, "router")) as store:
        store.leases.acquire(0, "somebody", 60_000, int(time.time() * 1000))
    told = parley(database_url, "import", copy)
    assert told.exit_code == 1
    assert "still running there, or ended within the last 10 s: router" in told.output


def test_nothing_is_written_over_and_the_store_is_not_touched(here: str, copy: Path, tmp_path: Path) -> None:
    content = {path.name: path.read_bytes() for path in (tmp_path / "here").glob("*.db")}
    assert "name another file" in parley(here, "export", "--to", copy).output
    done(here, "export", "--to", tmp_path / "2.jsonl")
    assert {path.name: path.read_bytes() for path in (tmp_path / "here").glob("*.db")} == content
    told = parley(f"sqlite:{tmp_path}/mistyped", "export", "--to", tmp_path / "3.jsonl")
    assert told.exit_code == 1
    assert not (tmp_path / "mistyped").exists()


def test_files_that_are_written_meanwhile_are_of_no_one_instant(here: str, tmp_path: Path) -> None:
    with closing(open_store(here, "router")) as store:
        store.leases.acquire(0, "somebody", 60_000, int(time.time() * 1000))
    assert "stop the services first" in parley(here, "export", "--to", tmp_path / "x.jsonl").output
    done(here, "export", "--to", tmp_path / "x.jsonl", "--chat", "c1")


def test_packed_it_is_the_same_each_time(here: str, copy: Path, tmp_path: Path) -> None:
    for name in ("1.jsonl.gz", "2.jsonl.gz"):
        done(here, "export", "--to", tmp_path / name, "--with-logins")
    packed = (tmp_path / "1.jsonl.gz").read_bytes()
    assert packed == (tmp_path / "2.jsonl.gz").read_bytes()
    assert gzip.decompress(packed) == copy.read_bytes()
    done(f"sqlite:{tmp_path}/there", "import", tmp_path / "1.jsonl.gz")


COMMANDS = re.findall(r"^parley (.*?)(?:  .*)?$", (DOCUMENTS / "copies.md").read_text().split("```")[1], re.MULTILINE)


def test_what_the_document_begins_with_can_be_done(here: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(COMMANDS) == 7
    monkeypatch.chdir(tmp_path)
    for command in COMMANDS:
        said = command.replace("k3v", "c1").replace("2026-05", "2026-09").replace("2026-06", "2026-10")
        said = re.sub(r"postgresql://\S+", f"sqlite:{tmp_path}/there", said)
        done(here, *shlex.split(said))
    assert logs_at(f"sqlite:{tmp_path}/there") == logs_at(here)
    assert (tmp_path / "test_c1.py").exists()


# --- the form ---------------------------------------------------------------------------------------------------------

HEAD = Head(
    parley="1", part="whole", asked=Asked(), logins=True, partitions=4, timelines={}, logs={"session": Span(1, 2)}
)


def through(rows: list[Event | Cells]) -> list[Event | Cells]:
    lines: list[bytes] = []
    writer = Writer(lines.append, HEAD)
    for row in rows:
        writer.put(row)
    writer.end()
    written = b"".join(lines).split(b"\n")
    assert written.pop() == b""
    assert len(written) == len(rows) + 2
    assert all(isinstance(json.loads(line), dict) for line in written)
    left = iter(line + b"\n" for line in written)
    reader = Reader(lambda most: next(left, b""))
    assert reader.head == HEAD
    return list(reader.rows())


objects = st.dictionaries(st.text(max_size=5), st.one_of(st.text(), st.integers(), st.floats(), st.none()), max_size=3)
spaced = st.tuples(objects, st.sampled_from([None, 1, "\t"]), st.booleans()).map(
    lambda made: json.dumps(made[0], indent=made[1], ensure_ascii=made[2]).encode("utf-8", "surrogatepass")
)
around = st.sampled_from([b"", b" ", b"\n", b"}", b"{", b"\x00", b"\xff", b'"'])
states_of_any_kind = st.one_of(
    st.binary(max_size=80),
    spaced,
    st.tuples(around, spaced, around).map(b"".join),
    st.binary(max_size=20).map(lambda some: b'{"a":"' + some + b'"}'),
)


@given(st.lists(states_of_any_kind, max_size=5))
def test_R29_any_bytes_come_out_as_they_went_in(states: list[bytes]) -> None:
    rows: list[Event | Cells] = [Event("session", n, 't/ü\n"', n, "X.1", each) for n, each in enumerate(states, 1)]
    assert through(rows) == rows


cells = st.tuples(
    st.just("session"),
    st.just("agenda"),
    st.tuples(st.text(), st.integers(-(2**31) + 1, 2**31 - 1), st.one_of(st.none(), st.integers(0, 2**63 - 1))),
).map(lambda made: Cells(*made))


@given(st.lists(cells, max_size=5))
def test_rows_beside_come_out_as_they_went_in(rows: list[Event | Cells]) -> None:
    assert through(rows) == rows


@given(st.binary(min_size=1, max_size=3), st.integers(0, 2_000))
def test_R31_no_change_of_a_byte_goes_unseen(put: bytes, at: int) -> None:
    lines: list[bytes] = []
    writer = Writer(lines.append, HEAD)
    writer.put(Event("session", 1, "t/c", 1, "X.1", b'{"at":1,"text":"Good day"}'))
    writer.put(Cells("session", "agenda", ("t/c", 1, None)))
    writer.end()
    content = b"".join(lines)
    at %= len(content)
    spoilt = content[:at] + put + content[at + len(put) :]
    if spoilt == content:
        return
    left = iter(spoilt.splitlines(keepends=True))

    def read() -> list[Event | Cells]:
        return list(Reader(lambda most: next(left, b"")).rows())

    try:
        rows = read()
    except Broken:
        return
    # Only the foot's own spelling may differ, such as a space in it: what was read is what was written.
    assert at >= content.rindex(b'{"rows"')
    assert len(rows) == 2
