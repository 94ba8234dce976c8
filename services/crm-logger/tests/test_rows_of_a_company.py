"""Rows of a company are kept apart by PostgreSQL itself: a question that forgot whose it is finds nothing of another's.

On a role that is no superuser, as `parley install` makes them: superusers see everything.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any, NamedTuple

import psycopg
import pytest
from eventsourcing.persistence import ProgrammingError
from parley_chassis.letters import Letter
from parley_contracts import contacts as c
from parley_contracts import mails as m
from parley_contracts.reading import EVERYTHING, Reader, Reading
from parley_contracts.refusal import Refused
from parley_contracts.shapes import Command
from parley_crm_logger import answers
from parley_crm_logger.domain.arriving import Arrived
from parley_crm_logger.store import CHANGES, EVERYBODY, NOBODY, Crm, Whose, arrivals, drafts, open_crm, outbox, uploads
from parley_crm_logger.store.database import Database
from parley_crm_logger.store.outbox import Rules
from parley_crm_logger.store.policies import POLICY, WITHOUT
from parley_crm_logger.store.postgres import PostgresDatabase
from parley_crm_logger.store.schema import TABLES
from roles import as_own_role
from servers import Servers

from .conftest import Desk

pytestmark = pytest.mark.servers

ACME, OTHER = "acme", "other"
WORDS = {ACME: "canary", OTHER: "sparrow"}
"""What stands in every text of a company, and nowhere else."""
CANARY = WORDS[ACME]
RULES = Rules(public_url="https://chat.example")
STRANGER = "jo@example.com"
FIELDS = c.ContactFields(name=f"Someone {CANARY}")

Fields = dict[str, Any]
ASKED: dict[type[Command], list[tuple[Fields, Any]]] = {
    c.AskContact: [({"contact": "kim"}, None)],
    c.AskContactNames: [({"contacts": ("kim", "old")}, {"names": {}})],
    c.SearchContacts: [
        ({"query": ""}, {"items": []}),
        ({"query": f"kim {CANARY}"}, {"items": []}),
        ({"query": "anar"}, {"items": []}),
        ({"query": "cannary"}, {"items": []}),
        ({"query": "can"}, {"items": []}),
        ({"query": "23456"}, {"items": []}),
    ],
    c.ListContacts: [({}, {"items": []})],
    c.AskDuplicates: [({}, {"pairs": []}), ({"contact": "kim"}, None)],
    c.AskAlike: [({"fields": FIELDS.model_copy(update={"phones": ("030 1234567",)})}, {"items": []})],
    c.AskInteraction: [({"item": "c1"}, None)],
    c.AskHistory: [({"contact": "kim"}, None)],
    c.SearchTranscripts: [
        ({"query": CANARY}, {"items": []}),
        ({"query": "hello"}, {"items": []}),
        ({"query": CANARY, "reader": Reader(agent="ben", queues=("help",))}, {"items": []}),
        ({"query": CANARY, "contact": "kim"}, None),
        ({"query": f"kim {CANARY}"}, {"items": []}),
        ({"query": "c1"}, {"items": []}),
        ({"query": "030 1234567", "region": "DE"}, {"items": []}),
        ({"agent": "ben"}, {"items": []}),
    ],
    c.AskCandidates: [({"item": "c1"}, None)],
    c.AskTranscript: [({"item": "c1", "internal": True}, None)],
    m.AskMail: [({"item": "c1", "seq": 2}, None)],
    m.AskMailboxes: [({}, {"mailboxes": {}})],
}
"""Of each question some, all answered with something of acme; and the answer where nothing of acme is there (None: `not_found`)."""

CHANGED: dict[type[Command], Fields] = {
    c.PutContact: {"contact": "kim", "fields": FIELDS},
    c.MergeContact: {"contact": "kim", "into": "lou"},
    c.UnmergeContact: {"contact": "old"},
    c.ImportContacts: {"rows": (c.ImportRow(line=2, contact="new", fields=FIELDS),)},
    c.LinkInteraction: {"item": "c1", "contact": "lou"},
    c.IdentifyVisitor: {
        **{"service": "web", "subject": "user-7", "token_id": "t", "chat": "c9", "expires_at": 9_000_000},
        "fields": FIELDS,
    },
    c.SendTranscript: {"item": "c1", "to": "kim@example.org"},
    c.AnswerMail: {"item": "c1", "text": "hello", "to": "kim@example.org", "standing": "active"},
    c.WithdrawMail: {"item": "c1", "seq": 2, "standing": "active"},
    c.SendLink: {"to": "cleo@example.com", "path": "/account#link=x", "user": "cleo", "what": "reset"},
    c.KeepDraft: {"item": "c8", "text": "hello"},
    c.ConfirmTranscript: {},
    m.PutMailbox: {"mailbox": "more", "settings": m.MailboxSettings(address="more@acme.example", queue="help")},
    m.RemoveMailbox: {"mailbox": "post"},
    m.SetMasking: {"mask": ("card",)},
    m.KeepUpload: {"name": "a.txt", "media_type": "text/plain", "size": 1, "sha256": "0" * 64},
    m.TakeMail: {"mailbox": "post", "original": "1" * 64},
}
CASES = [(kind, fields, told) for kind, cases in ASKED.items() for fields, told in cases]
CASE_NAMES = [f"{kind.__name__} {' '.join(map(str, fields.values()))}" for kind, fields, _ in CASES]


def named(kind: type[Command]) -> str:
    return kind.__name__


def test_every_question_and_every_command_of_the_contract_has_a_case() -> None:
    changes = {each for kind in CHANGES for each in (kind.__subclasses__() or [kind])}
    letters = {c.SendTranscript, c.SendLink, c.ConfirmTranscript, c.KeepDraft, m.KeepUpload, m.TakeMail}
    assert set(ASKED) == set(answers._QUESTIONS)
    assert set(CHANGED) == changes | letters
    of_the_contract = {
        kind
        for module in (c, m)
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, Command) and kind.__module__ == module.__name__
    }
    assert {*ASKED, *CHANGED} == {kind for kind in of_the_contract if not kind.__subclasses__()}


class Place(NamedTuple):
    """A CRM with things of two companies, which have the same names; and its database's administrator."""

    crm: Crm
    url: str
    administrator: str
    desks: dict[str, Desk]


@pytest.fixture(scope="module")
def place(servers: Servers) -> Iterator[Place]:
    database = servers.new_database()
    with as_own_role(database) as url, closing(open_crm(url)) as crm:
        desks = {tenant: Desk(crm, tenant) for tenant in (ACME, OTHER)}
        desks[OTHER]._positions = desks[ACME]._positions
        for tenant, desk in desks.items():
            fill(desk, WORDS[tenant])
        yield Place(crm, url, database, desks)
    servers.drop_database(database)


def fill(desk: Desk, word: str) -> None:
    known = {"organisation": f"{word} Ltd", "notes": f"notes {word}"}
    desk.contact("kim", f"Kim {word}", emails=("kim@example.org",), phones=("030 1234567",), **known)
    desk.contact("lou", f"Lou {word}", emails=("kim@example.org",), customer_number=f"K-{word}")
    desk.contact("old", f"Kim Old {word}")
    desk.ask(c.MergeContact, contact="old", into="kim")
    desk.chat("c0", 500, contact="lou", texts=[word], agent="ben")
    desk.chat("c1", 1_000, contact="kim", previous="c0", texts=[f"hello {word}", "kim@example.org"], agent="ben")
    for to in ("kim@example.org", STRANGER):
        assert change(desk, c.SendTranscript, item="c1", to=to)
    desk.crm.letters.keep([letter(desk.tenant, word)])
    settings = m.MailboxSettings(address="post@company.example", queue="help", name=word)
    desk.ask(m.PutMailbox, mailbox="post", settings=settings)
    handed = change(desk, m.KeepUpload, **{**CHANGED[m.KeepUpload], "name": f"{word}.txt"})["attachment"]
    desk.ask(c.AnswerMail, item="c1", text=word, to="kim@example.org", standing="active", attachments=(handed,))
    change(desk, c.KeepDraft, item="c8", text=word)
    arrivals.take(desk.crm, Arrived(desk.tenant, "post", "help", 1, 1, 10, "too_large", None), 2_000)


def letter(tenant: str, word: str) -> Letter:
    about: Any = {"stream": f"{tenant}/c7", "partition": 0, "inbox": "crm-logger.chats.0", "type": "chat.ended.v1"}
    where: Any = {
        "trace": None,
        "source": "session.0",
        "position": 1,
        "reason": word,
        "tries": 5,
        "body": word.encode(),
    }
    times: Any = {"first_at": 1, "last_at": 2}
    return Letter(identity=tenant, kind="failed", holds=True, tenant=tenant, **about, **where, **times)


def change(desk: Desk, kind: type[Command], **fields: Any) -> dict[str, Any]:
    if kind not in (c.SendTranscript, c.SendLink, c.ConfirmTranscript, c.KeepDraft, m.KeepUpload, m.TakeMail):
        return desk.ask(kind, **fields)
    if kind is m.TakeMail:
        arrived = Arrived(desk.tenant, fields["mailbox"], "help", 0, 0, 10, "too_large", fields["original"])
        return arrivals.take(desk.crm, arrived, 2_000)
    if issubclass(kind, Reading):
        fields["reader"] = EVERYTHING
    command: Any = kind(tenant=desk.tenant, sender=desk.sender(), **fields)
    if kind is c.SendTranscript:
        return outbox.put(desk.crm, command, 2_000, RULES)
    if kind is c.KeepDraft:
        return drafts.keep(desk.crm, command, 2_000)
    if kind is m.KeepUpload:
        return uploads.keep(desk.crm, command, 2_000)
    if kind is c.SendLink:
        return outbox.put_link(desk.crm, command, 2_000, RULES)
    return outbox.confirm(desk.crm, command, 2_000)


Force = Callable[[str | Whose], None]


@pytest.fixture
def force(monkeypatch: pytest.MonkeyPatch) -> Force:
    """Every transaction from now on is for these rows, whatever it says itself."""
    honest = PostgresDatabase.let_see

    def forced(tenant: str | Whose) -> None:
        monkeypatch.setattr(PostgresDatabase, "let_see", lambda self, cursor, _: honest(self, cursor, tenant))

    return forced


# --- whatever is asked -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("whose", [OTHER, NOBODY], ids=str)
@pytest.mark.parametrize(("kind", "fields", "told"), CASES, ids=CASE_NAMES)
def test_a_question_about_a_company_finds_nothing_in_a_transaction_for_another(
    place: Place, force: Force, kind: type[Command], fields: Fields, told: Any, whose: str | Whose
) -> None:
    desk = place.desks[ACME]
    assert CANARY in str(desk.ask(kind, **fields)), "a question that finds nothing anyhow shows nothing"
    force(whose)
    if told is not None:
        assert desk.ask(kind, **fields) == told
        return
    with pytest.raises(Refused) as refused:
        desk.ask(kind, **fields)
    assert refused.value.code == "not_found"
    assert CANARY not in str(refused.value.message)


@pytest.fixture
def forgetful(place: Place, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[Any]]:
    """From when it is called: every condition on the tenant is taken out of every text. All rows that are found then."""
    ask, sql, found = Database.ask, Database.sql, list[Any]()

    def without(self: Database, text: str) -> str:
        return sql(self, re.sub(r"(\w+\.)?\btenant = \?", "?::text IS NOT NULL", text))

    def noted(self: Database, *given: Any) -> list[Any]:
        found.extend(rows := ask(self, *given))
        return rows

    def forget() -> list[Any]:
        place.crm.db.long_lists.clear()
        monkeypatch.setattr(Database, "sql", without)
        monkeypatch.setattr(Database, "ask", noted)
        return found

    return forget


@pytest.mark.parametrize(("kind", "fields", "told"), CASES, ids=CASE_NAMES)
def test_a_question_that_forgets_whose_it_is_is_answered_the_same(
    place: Place, forgetful: Callable[[], list[Any]], kind: type[Command], fields: Fields, told: Any
) -> None:
    """The other company has all that is asked for as well."""
    desk = place.desks[ACME]
    answer = desk.ask(kind, **fields)
    found = forgetful()
    assert desk.ask(kind, **fields) == answer
    assert found
    assert WORDS[OTHER] not in str(found)


@pytest.mark.parametrize("kind", [c.SearchContacts, c.SearchTranscripts], ids=named)
@pytest.mark.parametrize("query", ["sparrow", "sparro", "parro", "sparow"])
def test_a_search_that_forgets_whose_it_is_meets_no_word_of_another_company(
    place: Place, forgetful: Callable[[], list[Any]], kind: type[Command], query: str
) -> None:
    found = forgetful()
    assert place.desks[ACME].ask(kind, query=query) == {"items": []}
    assert WORDS[OTHER] not in str(found)


@pytest.mark.parametrize("whose", [OTHER, NOBODY], ids=str)
@pytest.mark.parametrize("kind", CHANGED, ids=named)
def test_a_command_for_a_company_changes_nothing_in_a_transaction_for_another(
    place: Place, force: Force, kind: type[Command], whose: str | Whose
) -> None:
    fields = CHANGED[kind] | ({"code": code(place)} if kind is c.ConfirmTranscript else {})
    before = content(place)
    force(whose)
    if kind is m.SetMasking:  # it is about all mailboxes, and sees none
        change(place.desks[ACME], kind, **fields)
        assert content(place) == before
        return
    with pytest.raises((Refused, ProgrammingError)) as refused:
        change(place.desks[ACME], kind, **fields)
    # A log's streams are named by their company; the outbox is not.
    why = ("not_found", "row-level security", *(["It has gone out"] if kind is c.WithdrawMail else []))
    assert any(each in str(refused.value) for each in why)
    assert CANARY not in str(refused.value)
    assert content(place) == before


def code(place: Place) -> str:
    with place.crm.transaction(write=False, tenant=ACME) as cursor:
        (row,) = place.crm.db.ask(cursor, "SELECT code FROM $confirmations")
    return str(row["code"])


def content(place: Place) -> dict[str, list[str]]:
    """All that the CRM has, as the database's administrator sees it."""
    with psycopg.connect(place.administrator) as connection:
        names = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'crm_logger'").fetchall()
        return {
            name: sorted(map(str, connection.execute(f"SELECT * FROM crm_logger.{name}").fetchall()))
            for (name,) in names
        }


# --- table by table ----------------------------------------------------------------------------------------------------


def with_tenants(url: str) -> dict[str, bool]:
    """The tables with a company's rows, and whether these are kept apart, from their owner too."""
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "SELECT relname, relrowsecurity AND relforcerowsecurity AND EXISTS (SELECT FROM pg_policy p "
            "WHERE p.polrelid = c.oid AND p.polname = %s AND p.polcmd = '*') FROM pg_class c WHERE relkind IN ('r', 'p') "
            "AND relnamespace = 'crm_logger'::regnamespace AND EXISTS (SELECT FROM pg_attribute a "
            "WHERE a.attrelid = c.oid AND a.attname = 'tenant')",
            (POLICY,),
        ).fetchall()
    return {str(name): bool(kept) for name, kept in rows}


def test_each_table_with_a_tenant_keeps_companies_apart_or_says_why_not(place: Place) -> None:
    found = with_tenants(place.administrator)
    assert {name for name, kept in found.items() if not kept} == {f"{name}_1" for name in WITHOUT}
    assert all(WITHOUT.values())
    assert set(found) >= {*(f"{name}_1" for name in TABLES), "outbox", "confirmations", "drafts", "letters"}


SEEN: list[tuple[str | Whose, set[str]]] = [
    *((tenant, {tenant}) for tenant in (ACME, OTHER)),
    (EVERYBODY, {ACME, OTHER}),
    (NOBODY, set()),
    ("somebody", set()),
    (EVERYBODY.value, set()),
]


@pytest.mark.parametrize(("whose", "seen"), SEEN, ids=[str(whose) for whose, _ in SEEN])
def test_without_any_condition_only_the_transactions_own_rows_are_there(
    place: Place, whose: str | Whose, seen: set[str]
) -> None:
    for name, kept in with_tenants(place.administrator).items():
        with place.crm.transaction(write=False, tenant=whose) as cursor:
            rows = place.crm.db.ask(cursor, f"SELECT DISTINCT tenant FROM ${name}")
        assert {row["tenant"] for row in rows} == (seen if kept else {ACME, OTHER}), name


def test_who_says_nothing_sees_nothing(place: Place) -> None:
    with psycopg.connect(place.url) as connection:
        for name, kept in with_tenants(place.administrator).items():
            if kept:
                assert connection.execute(f"SELECT FROM crm_logger.{name}").fetchall() == [], name


def test_no_row_of_another_company_can_be_written(place: Place) -> None:
    for name in (name for name, kept in with_tenants(place.administrator).items() if kept):
        theirs = f'jsonb_populate_record(t, \'{{"tenant": "{OTHER}"}}\')'
        for text in (
            f"INSERT INTO ${name} SELECT ({theirs}).* FROM ${name} t",
            f"UPDATE ${name} SET tenant = '{OTHER}'",
        ):
            with (
                pytest.raises(ProgrammingError, match="row-level security"),
                place.crm.transaction(write=True, tenant=ACME) as cursor,
            ):
                place.crm.db.do(cursor, text)


def test_a_connection_keeps_nothing_of_the_transaction_before(place: Place) -> None:
    told = "SELECT pg_backend_pid() AS connection, current_setting('parley.tenant', true) AS tenant"

    def outside() -> dict[str, Any]:
        with place.crm.db._datastore.transaction(commit=True) as cursor:  # type: ignore[attr-defined]
            (row,) = place.crm.db.ask(cursor, told)
        return dict(row)

    for write in (True, False):
        with place.crm.transaction(write=write, tenant=ACME) as cursor:
            (within,) = place.crm.db.ask(cursor, told)
        assert within["tenant"] == ACME
        assert outside() == {**within, "tenant": ""}
    with pytest.raises(Refused), place.crm.transaction(write=True, tenant=EVERYBODY):
        raise Refused("not_found", "nothing")
    assert outside()["tenant"] == ""


def test_tables_of_an_earlier_version_are_seen_to_once(place: Place) -> None:
    with psycopg.connect(place.administrator) as connection:
        connection.execute(f"DROP POLICY {POLICY} ON crm_logger.lines_1")
        connection.execute("ALTER TABLE crm_logger.contacts_1 NO FORCE ROW LEVEL SECURITY")
        connection.execute("ALTER TABLE crm_logger.outbox DISABLE ROW LEVEL SECURITY")

    def policies() -> list[tuple[Any, ...]]:
        with psycopg.connect(place.administrator) as connection:
            return connection.execute(
                "SELECT polrelid::regclass::text, xmin::text FROM pg_policy ORDER BY 1"
            ).fetchall()

    open_crm(place.url).close()
    assert {name for name, kept in with_tenants(place.administrator).items() if not kept} == {"parts_1", "texts_1"}
    before = policies()
    open_crm(place.url).close()
    assert policies() == before


def test_a_generation_that_is_built_anew_keeps_them_apart(place: Place) -> None:
    fresh = place.crm.create_generation()
    try:
        found = {name: kept for name, kept in with_tenants(place.administrator).items() if name.endswith(f"_{fresh}")}
        assert {name for name, kept in found.items() if not kept} == {f"{name}_{fresh}" for name in WITHOUT}
        assert len(found) == len(TABLES)
    finally:
        place.crm.drop_generation(fresh)


# --- and the searches find as fast -------------------------------------------------------------------------------------


@pytest.fixture
def plans(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """How PostgreSQL has answered each question to a table with a company's rows."""
    honest, found = Database.ask, list[str]()

    def ask(self: Database, cursor: Any, text: str, parameters: Any = ()) -> list[Any]:
        if re.search(r"_1\b|\$outbox|\$confirmations", text):
            found.append("\n".join(row["QUERY PLAN"] for row in honest(self, cursor, f"EXPLAIN {text}", parameters)))
        return honest(self, cursor, text, parameters)

    monkeypatch.setattr(Database, "ask", ask)
    return found


def test_no_policy_keeps_a_question_from_its_index(
    place: Place, plans: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told to go through no table as long as there is an index, PostgreSQL goes through none."""
    honest = PostgresDatabase.let_see

    def let_see(self: PostgresDatabase, cursor: Any, tenant: str | Whose) -> None:
        honest(self, cursor, tenant)
        cursor.execute("SET LOCAL enable_seqscan = off")

    monkeypatch.setattr(PostgresDatabase, "let_see", let_see)
    for kind, fields, _ in CASES:
        place.desks[ACME].ask(kind, **fields)
    change(place.desks[ACME], c.SendTranscript, item="c1", to="kim@example.org")
    assert len(plans) > 50
    for plan in plans:
        assert "Seq Scan" not in plan.replace("Seq Scan on taken_1", ""), plan


def test_searches_inside_words_for_stems_and_for_what_an_agent_closed_use_their_indexes(
    database_url: str, plans: list[str]
) -> None:
    with as_own_role(database_url) as url, closing(open_crm(url)) as crm:
        with crm.transaction(write=True, tenant=EVERYBODY) as cursor:
            for text in (
                "INSERT INTO $parts_1 SELECT 'acme', md5(n::text) FROM generate_series(1, 5000) n",
                "INSERT INTO $terms_1 SELECT 'acme', md5(n::text), 'c' || n FROM generate_series(1, 5000) n",
                "INSERT INTO $interactions_1 (tenant, item, agent, stage, closed_at) "
                "SELECT 'acme', 'i' || n, 'a' || mod(n, 500), 'closed', n FROM generate_series(1, 5000) n",
                "INSERT INTO $texts_1 SELECT 'acme', 'i' || n, n, stems FROM generate_series(1, 5000) n, "
                "array_to_tsvector(ARRAY(SELECT 'stem' || k FROM generate_series(1, 40) k)) stems",
            ):
                crm.db.do(cursor, text)
            for table in ("parts", "terms", "interactions", "texts"):
                crm.db.do(cursor, f"ANALYZE ${table}_1")
            for table in ("parts", "texts"):  # what was inserted just now is not in order yet
                crm.db.do(cursor, f"SELECT gin_clean_pending_list('crm_logger.{table}_1_inside')")
        desk = Desk(crm, ACME)
        desk.ask(c.SearchContacts, query="efdf2ec9b0")  # in the middle of the 17th
        assert any("Bitmap Index Scan on parts_1_inside" in plan for plan in plans)
        desk.ask(c.SearchTranscripts, query="guitar")
        assert any("Bitmap Index Scan on texts_1_inside" in plan for plan in plans)
        assert len(desk.ask(c.SearchTranscripts, agent="a7", reader=Reader(agent="a7"))["items"]) == 10
        assert any("interactions_1_by_2" in plan for plan in plans)
