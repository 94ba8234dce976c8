"""The audit log: nothing is answered that is not in it, floods make it no larger, and it ends in time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from parley_chassis.store import StoreDown
from parley_gateway.domain.audit import Entry, refused
from parley_gateway.routes.audited import AUDITED
from parley_gateway.tenants import audit as audit_module
from parley_gateway.tenants.audit import DAY_MS, MADE_BY, MOST_KINDS, MOST_WAITING, Audit, Wanted, place_of
from parley_gateway.tenants.tables import Tables

from .test_admin_http import House, house

__all__ = ["house"]

NOT_AUDITED = {
    "GET /v1/logins",
    "POST /v1/links/look",
    "GET /v1/second_factor",
    "POST /v1/second_factor",
    "GET /v1/items/{item}",
    "POST /v1/items",
    "POST /v1/mails",
    "POST /v1/attachments",
    "POST /v1/items/{item}/answered",
    "POST /v1/items/{item}/no_answer",
    "POST /v1/items/{item}/ended",
    "GET /v1/desk",
    "GET /v1/desk/queues",
    "GET /v1/contacts",
    "POST /v1/contacts",
    "POST /v1/contacts/import/preview",
    "POST /v1/contacts/alike",
    "GET /v1/contacts/duplicates",
    "GET /v1/contacts/{contact_id}",
    "PUT /v1/contacts/{contact_id}",
    "POST /v1/contacts/{contact_id}/merge",
    "POST /v1/contacts/{contact_id}/unmerge",
    "PUT /v1/interactions/{item}/contact",
    "GET /v1/interactions/{item}/candidates",
    "GET /v1/admin/agents/{agent}/logins",
    "GET /v1/oidc/{tenant}/start",
    "GET /v1/transcripts/{code}",
    "POST /v1/transcripts/{code}",
    "GET /v1/services/{token}",
    "POST /v1/services/{token}/messages",
    "GET /v1/ops/events",
    "GET /v1/ops/events/live",
    "GET /v1/ops/find",
    "GET /v1/ops/chats/{chat}",
    "GET /v1/ops/floor",
    "GET /v1/ops/why/{item}",
    "GET /v1/ops/streams",
    "GET /v1/reports/{of}",
    "GET /v1/reports/{of}/items",
    "GET /v1/supervisor/floor",
    "GET /v1/supervisor/why/{item}",
    "GET /v1/ops/letters",
    "POST /v1/ops/whatif",
    "GET /v1/ops/whatif",
    "GET /v1/ops/whatif/{run}",
}
"""Work with contacts and items leaves events of its own; the rest shows nobody's texts, or only to whom they belong. Operators are shown facts;
what is revealed to them, or whom they look for by an address, is noted by the route itself (`tests/e2e/test_operators.py`)."""
SETTINGS = "/v1/admin/"
"""What is set there is in the list of changes, and nothing there holds what visitors wrote."""


def entry(at: int = 1_000, user: str = "anna", action: str = "transcript.read", **fields: Any) -> Entry:
    about = {
        "tenant": "t",
        "role": "agent",
        "login": "l",
        "address": "192.0.2.1",
        "about": "GET /x",
        "outcome": "ok",
        "reason": "",
    }
    return Entry(entry="", at=at, user=user, action=action, **{**about, **fields})


@pytest.fixture
async def audit(url: str) -> AsyncIterator[Audit]:
    tables = Tables(url, MADE_BY)
    yield Audit(tables, days=1, clock=lambda: 10 * DAY_MS)
    tables.close()


async def test_it_was_decided_of_every_route_whether_it_is_audited(house: House) -> None:
    paths: dict[str, dict[str, Any]] = (await house.client.get("/openapi.json")).json()["paths"]
    every = {
        f"{method.upper()} {path}" for path, methods in paths.items() for method in methods if path.startswith("/v1/")
    }
    asked = {route for route in every if not route.partition(" ")[2].startswith(SETTINGS)}
    assert len(asked) >= 40
    assert asked - AUDITED.keys() - NOT_AUDITED == set(), "put it into AUDITED, or say here why not"
    assert AUDITED.keys() <= every


async def test_entries_come_page_by_page_newest_first_and_each_once(audit: Audit) -> None:
    for number in range(25):
        await audit.keep(entry(at=number // 3, user="anna" if number % 2 else "ben"))
    seen: list[Entry] = []
    before = ""
    while found := await audit.page("t", Wanted(before, limit=4)):
        seen += found
        before = place_of(found[-1])
    assert len({each.entry for each in seen}) == len(seen) == 25
    assert [each.at for each in seen] == sorted((each.at for each in seen), reverse=True)
    assert {each.user for each in await audit.page("t", Wanted(user="ben"))} == {"ben"}
    assert [each.at for each in await audit.page("t", Wanted(since=2, until=3))] == [3, 3, 3, 2, 2, 2]
    assert await audit.page("t", Wanted(action="login")) == await audit.page("another", Wanted()) == []
    assert await audit.page("t", Wanted("not-a-place", limit=1))


async def test_what_is_refused_again_and_again_is_one_entry(audit: Audit) -> None:
    for _ in range(2):
        for _ in range(500):
            audit.note(entry(action="login", outcome="401"))
        await audit.flush()
    (found,) = await audit.page("t", Wanted())
    assert (found.times, found.outcome) == (1_000, "401")


@given(st.lists(st.tuples(st.integers(0, 3 * audit_module.MOST_KINDS), st.integers(0, 3 * MOST_KINDS)), max_size=600))
def test_a_flood_of_refusals_is_bounded_and_counted(tried: list[tuple[int, int]]) -> None:
    audit = Audit(Tables("memory:", MADE_BY), days=1)
    for user, address in tried:
        audit.note(entry(user=f"u{user}", address=f"a{address}", action="login", outcome="401"))
    assert len(audit._refused) <= MOST_WAITING
    kept = sum(each.times for each in audit._refused.values())
    assert kept == len(tried) or len(audit._refused) == MOST_WAITING


async def test_refusals_wait_for_a_store_that_is_away_and_are_no_more_for_it(
    audit: Audit, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, tables = audit._tables, Away()
    monkeypatch.setattr(audit, "_tables", tables)
    for second in range(5):
        for user in range(3 * MOST_KINDS):
            audit.note(entry(at=60_000 * second, user=f"u{user}", outcome="401"))
        with pytest.raises(StoreDown):
            await audit.flush()
    assert len(audit._refused) <= MOST_WAITING
    monkeypatch.setattr(audit, "_tables", kept)
    await audit.flush()
    assert await audit.page("t", Wanted())


class Away:
    async def __call__(self, do: object) -> object:
        raise StoreDown("it is away")

    def close(self) -> None:
        pass


async def test_old_entries_are_forgotten(audit: Audit) -> None:
    await audit.keep(entry(at=9 * DAY_MS - 1, user="old"))
    await audit.keep(entry(at=9 * DAY_MS, user="young"))
    await audit._forget()
    assert [each.user for each in await audit.page("t", Wanted())] == ["young"]


def test_a_refusal_has_one_name_within_its_minute() -> None:
    one = refused(entry(at=60_000, outcome="401"))
    assert one.entry == refused(entry(at=119_999, outcome="401")).entry
    assert one.entry != refused(entry(at=120_000, outcome="401")).entry
    assert one.entry != refused(entry(at=60_000, outcome="403")).entry


# --- over HTTP ------------------------------------------------------------------------------------------------------


async def test_logins_and_who_is_turned_away_are_in_it(house: House) -> None:
    wrong = {"tenant": "t", "user": "ada", "password": "wrong"}
    assert (await house.client.post("/v1/login", json=wrong)).status_code == 401
    unknown = {"tenant": "no such company", "user": "x", "password": "wrong"}
    assert (await house.client.post("/v1/login", json=unknown)).status_code == 401
    assert (await house.client.get("/v1/admin/agents", headers={"Authorization": "Bearer made.up"})).status_code == 401
    await house.gateway.audit.flush()
    found = (await house.get("audit")).json()["entries"]
    assert [(each["user"], each["action"], each["outcome"]) for each in found] == [
        ("ada", "login", "ok"),
        ("ada", "login", "401"),
    ]
    assert found[0]["address"]
    assert (found[0]["role"], bool(found[0]["login"]), found[1]["role"]) == ("admin", True, "")
    others = (await house.client.get("/v1/admin/audit?user=nobody&action=login", headers=await house.headers())).json()
    assert others == {"entries": [], "next": None}
    nobodys = await house.gateway.audit.page("", Wanted())
    assert {(each.user, each.action) for each in nobodys} == {("x", "login"), ("", "denied")}


async def test_nothing_is_answered_that_cannot_be_kept(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    headers = await house.headers()
    monkeypatch.setattr(house.gateway.audit, "_tables", Away())
    answer = await house.client.get("/v1/admin/audit", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    login = await house.client.post("/v1/login", json={"tenant": "t", "user": "ada", "password": "a password"})
    assert (login.status_code, "set-cookie" in login.headers) == (503, False)
