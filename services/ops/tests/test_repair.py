"""R29: the CRM is repaired from the logs, and brought to another projection; who accepted what differed, and why, is kept."""

from __future__ import annotations

import getpass
import json
import stat
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from parley_chassis.store import Commit, StoreDown, open_store
from parley_contracts.topology import chat_stream, partition_of
from parley_crm_logger.domain.events import DifferencesAccepted
from parley_crm_logger.domain.projection import Rows
from parley_crm_logger.store import EVERYBODY, JOURNAL, SOURCE, Crm, crm, open_crm
from parley_crm_logger.store.schema import PROJECTION
from parley_ops import rebuild
from parley_ops.cli import main
from parley_ops.rebuild import CRM_INBOXES, Swap, rebuild_crm
from parley_session.domain import events as e
from parley_session.handlers import Session
from parley_session.says import says
from roles import as_own_role

TENANT = "acme"
BY_OLGA = Swap("olga", 77, "a line was forged")


class Installation:
    """The session's and the router's logs and the CRM; nothing runs, the CRM hears when it is told to."""

    def __init__(self, url: str, used: ExitStack) -> None:
        self.url = url
        self.session = used.enter_context(closing(open_store(url, "session")))
        self.router = used.enter_context(closing(open_store(url, "router")))
        self.crm = used.enter_context(closing(open_crm(url)))
        self._heard = 0

    def chat(self, name: str, *texts: str) -> None:
        """A chat in which the visitor writes these."""
        events: list[e.Happened] = [e.Requested(at=1, service="web", queue="help")]
        events += [e.MessagePosted(at=n, seq=n, author="visitor", text=text) for n, text in enumerate(texts, 1)]
        stream = chat_stream(TENANT, name)
        stored = [Session.journal.stored(stream, n, event) for n, event in enumerate(events, 1)]
        self.session.commit(Commit(events=stored))

    def hear(self, crm: Crm | None = None) -> None:
        """The live projection takes what it has not taken yet."""
        for stored in self.session.log(self._heard, 1_000):
            stream = stored.originator_id
            event = Session.journal.event(stored.topic, stored.state)
            partition = partition_of(stream)
            for inbox, said in says(stream, stored.originator_version, event):
                if inbox.startswith(CRM_INBOXES):
                    (crm or self.crm).apply([said], {f"session.{partition}>{partition}": stored.id})
            self._heard = stored.id

    def forge(self, text: str = "forged") -> None:
        """A row of the live tables is wrong."""
        live = self.crm.live_generation()
        with self.crm.transaction(write=True, tenant=EVERYBODY) as cursor:
            self.crm.db.do(cursor, f"UPDATE $lines_{live} SET text = ? WHERE item = 'c1' AND n = 2", (text,))

    def lines(self) -> list[str]:
        """What stands in the live transcripts."""
        live = self.crm.live_generation()
        with self.crm.transaction(write=False, tenant=EVERYBODY) as cursor:
            return [row["text"] for row in self.crm.db.ask(cursor, f"SELECT text FROM $lines_{live} ORDER BY item, n")]

    def accepted(self) -> list[DifferencesAccepted]:
        """What stands in the CRM's own log of that."""
        events = [JOURNAL.event(stored.topic, stored.state) for stored in self.crm.db.log(0, 1_000)]
        return [event for event in events if isinstance(event, DifferencesAccepted)]

    def rebuild(self, swap: Swap | None = None, **fields: Any) -> Any:
        return rebuild_crm(self.session, self.router, fields.pop("crm", self.crm), swap, **fields)

    def parley(self, *arguments: str, data: Path | None = None) -> Result:
        env = {"PARLEY_DATABASE_URL": self.url, "PARLEY_DATA": str(data or "")}
        return CliRunner().invoke(main, ["rebuild", "crm", *arguments], env=env)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.servers)])
def here(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Installation]:
    """With two chats that the CRM has heard of."""
    with ExitStack() as used:
        url = f"sqlite:{tmp_path}"
        if request.param == "postgresql":  # no superuser: one would see all rows anyhow
            url = used.enter_context(as_own_role(request.getfixturevalue("database_url")))
        installation = Installation(url, used)
        installation.chat("c1", "first", "second")
        installation.chat("c2", "third")
        installation.hear()
        yield installation


# --- repair -----------------------------------------------------------------------------------------------------------


def test_R29_without_a_reason_nothing_is_swapped_that_differs(here: Installation) -> None:
    here.forge()
    live = here.crm.live_generation()
    rebuilt = here.rebuild(Swap("olga", 77))
    assert (rebuilt.different, rebuilt.because, rebuilt.swapped) == (1, None, False)
    assert (here.crm.live_generation(), here.lines(), here.accepted()) == (live, ["forged", "second", "third"], [])


def test_R29_with_a_reason_the_fresh_rows_take_over_and_it_is_logged_who_and_why(
    here: Installation, tmp_path: Path
) -> None:
    here.forge()
    told = here.parley("--swap", "--because", "a line was forged", "--by", "olga", "--json", data=tmp_path / "data")
    assert told.exit_code == 0, told.output
    answer = json.loads(told.stdout)
    assert (answer["different"], answer["swapped"], answer["because"]) == (1, True, "a line was forged")
    assert here.lines() == ["first", "second", "third"]
    (event,) = here.accepted()
    assert (event.who, event.because, event.different, event.kept) == ("olga", "a line was forged", 1, answer["kept"])
    assert (event.projection, event.before) == (PROJECTION, PROJECTION)
    kept = Path(answer["kept"])
    assert kept.parent == tmp_path / "data" / "differences"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    (row,) = [json.loads(line) for line in kept.read_text().splitlines()]
    assert (row["table"], row["live"]["text"], row["fresh"]["text"]) == ("lines", "forged", "first")


def test_R29_after_a_repair_everything_goes_on_and_is_equal(here: Installation) -> None:
    """The event of the acceptance is in the log that the next rebuild reads, and has been taken."""
    for number in range(2):
        here.forge()
        assert here.rebuild(BY_OLGA).swapped
        here.chat(f"more{number}", f"more {number}")
        here.hear()
    assert len(here.accepted()) == 2
    assert here.crm.positions()[SOURCE] == here.crm.db.end()
    rebuilt = here.rebuild(Swap("olga", 78))
    assert (rebuilt.different, rebuilt.swapped, rebuilt.behind) == (0, True, 0)
    assert here.lines() == ["first", "second", "third", "more 0", "more 1"]
    assert len(here.accepted()) == 2, "where nothing differs there is nothing to accept"


@pytest.mark.slow
def test_R29_a_row_that_the_live_one_lacks_or_has_too_much_is_repaired_too(here: Installation, tmp_path: Path) -> None:
    live = here.crm.live_generation()
    with here.crm.transaction(write=True, tenant=EVERYBODY) as cursor:
        here.crm.db.do(cursor, f"DELETE FROM $lines_{live} WHERE item = 'c2'")
        here.crm.db.do(cursor, f"UPDATE $lines_{live} SET n = 9 WHERE item = 'c1' AND n = 3")
    file = tmp_path / "rows.jsonl"
    told = here.parley("--swap", "--because", "lost", "--differences", str(file))
    assert told.exit_code == 0, told.output
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    assert [(row["live"] is None, row["fresh"] is None) for row in rows] == [
        (True, False),
        (False, True),
        (True, False),
    ]
    assert str(file) in told.output
    assert here.accepted()[0].who == getpass.getuser()
    assert here.lines() == ["first", "second", "third"]


@pytest.mark.slow
def test_R29_where_the_differences_cannot_be_kept_nothing_is_swapped(here: Installation, tmp_path: Path) -> None:
    here.forge()
    taken = tmp_path / "taken.jsonl"
    taken.write_text("mine\n")
    told = here.parley("--swap", "--because", "a line was forged", "--differences", str(taken))
    assert told.exit_code == 1, told.output
    assert (taken.read_text(), here.lines()[0], here.accepted()) == ("mine\n", "forged", [])


@pytest.mark.slow
def test_R29_the_refusal_teaches_how_differences_are_accepted(here: Installation, tmp_path: Path) -> None:
    here.forge()
    told = here.parley("--swap", data=tmp_path / "data")
    assert told.exit_code == 4
    assert "1 rows differ" in told.stdout
    assert '--swap --because "WHY"' in told.stderr
    assert not (tmp_path / "data").exists()
    looked = here.parley("--differences", str(tmp_path / "rows.jsonl"))
    assert (looked.exit_code, len((tmp_path / "rows.jsonl").read_text().splitlines())) == (4, 1)


def test_R29_what_cannot_be_logged_is_not_swapped(here: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*given: Any) -> None:
        accept(*given)
        raise StoreDown("the disk is full")

    accept = rebuild.accept
    monkeypatch.setattr(rebuild, "accept", full)
    here.forge()
    with pytest.raises(StoreDown):
        here.rebuild(BY_OLGA)
    assert (here.lines()[0], here.accepted()) == ("forged", [])


@pytest.mark.parametrize("arguments", [("--because", "why"), ("--swap", "--because", " ")])
def test_a_reason_without_a_swap_or_without_a_word_is_wrong_usage(
    here: Installation, arguments: tuple[str, ...]
) -> None:
    assert here.parley(*arguments).exit_code == 2


# --- behind -----------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_R29_what_the_live_one_has_not_taken_is_told(here: Installation) -> None:
    here.chat("c3", "fourth")
    rebuilt = here.rebuild()
    assert (rebuilt.different, rebuilt.behind) == (0, 2)
    here.forge()
    here.chat("c4", "fifth", "sixth")
    repaired = here.rebuild(BY_OLGA)
    assert (repaired.different, repaired.behind, repaired.swapped) == (1, 5, True)
    assert here.lines() == ["first", "second", "third"]
    assert "behind: 5 events" in here.parley().stdout
    here.hear()
    assert here.lines() == ["first", "second", "third", "fourth", "fifth", "sixth"]
    assert here.rebuild().behind == 0
    assert "behind" not in here.parley().stdout


# --- another projection -----------------------------------------------------------------------------------------------


@pytest.fixture
def louder(monkeypatch: pytest.MonkeyPatch) -> str:
    """The program has another projection now: what was said is written in capitals."""
    before = crm.project

    def project(events: Any) -> Rows:
        rows = before(events)
        rows.lines = [line._replace(text=line.text.upper()) for line in rows.lines]
        return rows

    monkeypatch.setattr(crm, "project", project)
    return "2.louder"


@pytest.mark.slow
def test_R29_what_another_projection_makes_different_is_expected_and_told(here: Installation, louder: str) -> None:
    newer = Crm(here.crm.db, louder)
    assert newer.projections() == (PROJECTION, louder)
    rebuilt = here.rebuild(Swap("olga", 77), crm=newer)
    assert (rebuilt.different, rebuilt.swapped) == (3, True)
    assert here.lines() == ["FIRST", "SECOND", "THIRD"]
    assert newer.projections() == (louder, louder)
    (event,) = here.accepted()
    assert (event.who, event.different, event.projection, event.before) == ("olga", 3, louder, PROJECTION)
    assert louder in event.because
    here.chat("c3", "fourth")
    here.hear(newer)
    assert here.lines()[-1] == "FOURTH"
    assert here.rebuild(crm=newer).different == 0


@pytest.mark.slow
def test_R29_a_projection_that_changed_without_its_version_needs_a_reason(here: Installation, louder: str) -> None:
    assert not here.rebuild(Swap("olga", 77)).swapped
    assert here.rebuild(BY_OLGA).swapped


@pytest.mark.slow
def test_R29_tables_from_before_projections_had_versions_are_built_anew(here: Installation, tmp_path: Path) -> None:
    with here.crm.transaction(write=True, tenant=EVERYBODY) as cursor:
        here.crm.db.do(cursor, "DROP TABLE $generations")
    here.forge()
    told = here.parley("--swap", data=tmp_path / "data")
    assert told.exit_code == 0, told.output
    assert "an unknown one" in told.stdout
    assert "1 rows differ; swapped" in told.stdout
    assert here.crm.projections() == (PROJECTION, PROJECTION)
    assert here.lines() == ["first", "second", "third"]
    assert here.accepted()[0].before is None
