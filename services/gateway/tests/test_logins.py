"""Throttling of logins: it keeps those out who guess, and nobody else; whoever is refused has cost nothing."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher
from hypothesis import given
from hypothesis import strategies as st
from parley_chassis.bus.memory import MemoryBroker, MemoryBus
from parley_chassis.store import open_store
from parley_contracts.refusal import Refused
from parley_gateway.app import Gateway
from parley_gateway.domain.directory import UserSet
from parley_gateway.domain.tries import HERE, KNOWN_MS, Key, Rule, Tries, keys_of, reserved, right
from parley_gateway.settings import Settings
from parley_gateway.tenants import hashing
from parley_gateway.tenants.hashing import Hashing
from parley_gateway.tenants.tries_book import SharedTriesBook, TriesBook

SECOND = 1_000


class Guessing:
    """What a book knows, and a clock."""

    def __init__(self) -> None:
        self.known: dict[Key, Tries] = {}
        self.at = 1_000_000

    def wrong(self, user: str = "anna", address: str = "a", device: str | None = None, tenant: str = "t") -> int:
        """0 where the try is looked at, else how many seconds to wait."""
        try:
            self.known |= reserved(self.known, keys_of(tenant, user, address, device), self.at)
        except Refused as refusal:
            return int(refusal.facts["retry_after_s"])
        return 0

    def right(self, user: str = "anna", address: str = "a", device: str | None = None) -> int:
        """The same, of a right password."""
        wait = self.wrong(user, address, device)
        if not wait:
            self.known |= right(self.known, keys_of("t", user, address, device), self.at)
        return wait


class TestDelays:
    def test_R31_ten_at_once_and_then_after_delays_that_grow_and_end(self) -> None:
        guessing = Guessing()
        assert [guessing.wrong() for _ in range(12)] == [0] * 10 + [5, 5]
        waits: list[int] = []
        for _ in range(9):
            waits.append(guessing.wrong())
            guessing.at += waits[-1] * SECOND
            assert guessing.wrong() == 0, "after the delay there is a try: it is no lock"
        assert waits[:4] == [5, 10, 20, 40]
        assert waits == sorted(waits)
        assert max(waits) <= HERE.longest_s

    @given(st.lists(st.integers(0, 400), max_size=80))
    def test_R31_whoever_waits_as_told_is_looked_at(self, pauses: list[int]) -> None:
        guessing = Guessing()
        for pause in pauses:
            guessing.at += pause * SECOND
            if wait := guessing.wrong():
                guessing.at += wait * SECOND
                assert guessing.wrong() == 0

    @given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 20)), min_size=1, max_size=300))
    def test_R31_nobody_gets_more_than_the_rule_gives(self, steps: list[tuple[str, int]]) -> None:
        guessing, looked, began = Guessing(), 0, 1_000_000
        for address, pause in steps:
            guessing.at += pause * SECOND
            looked += guessing.wrong(address=address) == 0
        seconds = (guessing.at - began) / SECOND
        assert looked <= 3 * (HERE.free + seconds / HERE.first_s + 1)

    def test_R31_a_right_password_starts_anew(self) -> None:
        guessing = Guessing()
        for _ in range(9):
            guessing.wrong()
        assert guessing.right() == 0
        assert [guessing.wrong() for _ in range(11)] == [0] * 10 + [5]

    def test_R31_one_address_cannot_go_through_all_users_and_tenants(self) -> None:
        guessing = Guessing()
        looked = [guessing.wrong(user=f"u{number}", tenant=f"t{number % 7}") for number in range(200)]
        assert looked.count(0) == 100


class TestNobodyIsKeptOut:
    def attacked(self, times: int = 3_000, addresses: Callable[[int], str] = lambda number: f"x{number}") -> Guessing:
        guessing = Guessing()
        assert guessing.right(address="office") == 0
        for number in range(times):
            guessing.wrong(address=addresses(number))
        return guessing

    def test_R31_by_guesses_from_one_other_address(self) -> None:
        guessing = self.attacked(addresses=lambda number: "x")
        assert guessing.right(address="office") == 0
        assert guessing.right(address="at home for the first time") == 0

    def test_R31_by_guesses_from_everywhere_where_they_have_been_before(self) -> None:
        guessing = self.attacked()
        assert guessing.right(address="office") == 0
        wait = guessing.right(address="at home for the first time")
        assert 0 < wait <= 60
        guessing.at += wait * SECOND
        assert guessing.right(address="at home for the first time") == 0, "it is a delay, no lock"
        guessing.at += KNOWN_MS + 1
        for number in range(3_000):
            guessing.wrong(address=f"x{number}")
        assert guessing.right(address="office") > 0, "what was long ago says nothing any more"

    def test_R31_by_guesses_from_their_own_address_in_a_browser_that_they_have_used(self) -> None:
        guessing = self.attacked(addresses=lambda number: "office")
        assert guessing.right(address="office") > 0
        assert guessing.right(address="office", device="theirs") == 0
        assert [guessing.wrong(device="theirs") for _ in range(11)] == [0] * 10 + [5], (
            "a stolen browser cannot guess either"
        )


class TestTheLine:
    async def test_R31_it_is_short_and_who_does_not_fit_is_told_at_once(self) -> None:
        line, go = Hashing(), threading.Event()
        waiting = [asyncio.ensure_future(line.run(f"{n % 4}", f"{n}", go.wait)) for n in range(hashing.LONGEST + 1)]
        await asyncio.sleep(0)
        began = time.monotonic()
        asyncio.get_running_loop().call_later(3, go.set)  # should it have to wait, it does not do so for ever
        with pytest.raises(Refused) as refused:
            await line.run("other", "u", lambda: True)
        assert (refused.value.code, refused.value.facts["retry_after_s"] > 0) == ("unavailable", True)
        assert time.monotonic() - began < 0.1
        go.set()
        assert all(await asyncio.gather(*waiting))
        assert not line._groups
        line.close()

    async def test_R31_one_address_leaves_room_for_others(self) -> None:
        line, go = Hashing(), threading.Event()
        waiting = [asyncio.ensure_future(line.run("a", f"{n}", go.wait)) for n in range(hashing.LONGEST_OF_A_GROUP + 1)]
        await asyncio.sleep(0)
        asyncio.get_running_loop().call_later(3, go.set)
        with pytest.raises(Refused):
            await line.run("a", "u", lambda: True)
        other = asyncio.ensure_future(line.run("b", "u", lambda: True))
        go.set()
        assert await other
        await asyncio.gather(*waiting)
        line.close()

    async def test_R31_addresses_and_then_users_take_turns(self) -> None:
        line, go, done = Hashing(), threading.Event(), list[str]()
        asked = [("x", "x", "first"), *(("a", "u", f"a{n}") for n in range(3)), ("a", "v", "v"), ("b", "u", "b")]
        waiting = [
            asyncio.ensure_future(line.run(group, member, lambda name=name: (go.wait(), done.append(name))))  # type: ignore[misc]
            for group, member, name in asked
        ]
        await asyncio.sleep(0)
        go.set()
        await asyncio.gather(*waiting)
        assert done == ["first", "a0", "b", "v", "a1", "a2"]
        line.close()

    async def test_R31_what_fails_is_said_and_holds_nobody_up(self) -> None:
        line = Hashing()
        with pytest.raises(ZeroDivisionError):
            await line.run("a", "u", lambda: 1 // 0)
        assert await line.run("a", "u", lambda: 5) == 5
        line.close()


@asynccontextmanager
async def logging_in(
    store_url: str = "memory:", settings: Settings | None = None
) -> AsyncIterator[tuple[Gateway, httpx.AsyncClient]]:
    """A gateway with two users, and somebody's client."""
    bus = MemoryBus(MemoryBroker())
    await bus.start()
    gateway = Gateway(settings or Settings(secret="x" * 32), bus, open_store(store_url, "gateway"))
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    gateway.access._hasher = quick  # as quick as it can be: nothing here is about how long a hash takes
    await gateway.start()
    for user in ("anna", "ben"):
        hashed = gateway.access.hash(user)
        await gateway.directories.change(
            "t", UserSet(at=0, by="t", user=user, name=user, role="agent", password=hashed)
        )
    transport = httpx.ASGITransport(gateway.app, client=("192.0.2.1", 1))
    try:
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
            yield gateway, client
    finally:
        await gateway.stop()
        await bus.stop()


def login(user: str, password: str, tenant: str = "t") -> dict[str, str]:
    return {"tenant": tenant, "user": user, "password": password}


class Hasher:
    """Counts what reaches the hasher."""

    def __init__(self, gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
        self.looked, self._verify = list[str](), gateway.access._verify
        monkeypatch.setattr(gateway.access, "_verify", self)

    def __call__(self, hashed: str | None, password: str) -> bool:
        self.looked.append(password)
        return self._verify(hashed, password)


class TestAttacks:
    @pytest.mark.parametrize(("tenant", "user"), [("t", "anna"), ("t", "nobody"), ("nowhere", "anna")])
    async def test_R31_of_200_parallel_guesses_ten_are_looked_at_and_another_user_waits_for_none(
        self, monkeypatch: pytest.MonkeyPatch, tenant: str, user: str
    ) -> None:
        async with logging_in() as (gateway, client):
            hasher = Hasher(gateway, monkeypatch)
            guesses = [
                asyncio.ensure_future(client.post("/v1/login", json=login(user, f"{n}", tenant))) for n in range(200)
            ]
            while not hasher.looked:
                await asyncio.sleep(0)
            assert (await client.post("/v1/login", json=login("ben", "ben"))).status_code == 200
            assert hasher.looked.index("ben") <= 5, "those of one user wait for each other, and nobody else for them"
            answers = await asyncio.gather(*guesses)
            codes = [each.json()["code"] for each in answers]
            assert (codes.count("unauthorized"), codes.count("rate_limited")) == (10, 190)
            assert all(int(each.headers["Retry-After"]) > 0 for each in answers if each.status_code == 429)
            assert len(hasher.looked) == 11

    async def test_R31_a_flood_of_users_is_told_that_the_line_is_full(self, monkeypatch: pytest.MonkeyPatch) -> None:
        async with logging_in(settings=Settings(secret="x" * 32, trusted_proxies="192.0.2.1")) as (gateway, client):
            Hasher(gateway, monkeypatch)
            guesses = [
                client.post("/v1/login", json=login(f"u{n}", "x"), headers={"X-Forwarded-For": f"10.0.0.{n}"})
                for n in range(100)
            ]
            answers = await asyncio.gather(*guesses)
            codes = [each.json()["code"] for each in answers]
            assert codes.count("unavailable") > 50
            assert all(each.headers["Retry-After"] for each in answers if each.status_code == 503)
            known = gateway.access._tries._known
            assert sum(1 for key, tries in known.items() if key[0] == "here" and tries.wrong > 0) < 50, (
                "who was not looked at was not wrong"
            )

    async def test_R31_whoever_has_logged_in_in_this_browser_is_not_kept_out(self) -> None:
        async with logging_in() as (_, client):
            assert (await client.post("/v1/login", json=login("anna", "anna"))).status_code == 200
            device = client.cookies["parley_device"]
            client.cookies.clear()
            for number in range(11):
                await client.post("/v1/login", json=login("anna", f"{number}"))
            assert (await client.post("/v1/login", json=login("anna", "anna"))).status_code == 429
            cookie = {"Cookie": f"parley_device={device}"}
            assert (await client.post("/v1/login", json=login("ben", "ben"), headers=cookie)).status_code == 200
            assert (await client.post("/v1/login", json=login("anna", "anna"), headers=cookie)).status_code == 200
            forged = {"Cookie": f"parley_device={device[:-2]}xx"}
            assert (await client.post("/v1/login", json=login("anna", "anna"), headers=forged)).status_code == 429
            as_login = {"Authorization": f"Bearer {device}"}
            assert (await client.get("/v1/desk", headers=as_login)).status_code == 401, "it is no login"


RULES: dict[Key, Rule] = keys_of("t", "anna", "a", None)


async def tried(book: TriesBook, rules: dict[Key, Rule] = RULES) -> bool:
    try:
        await book.reserve(rules)
    except Refused:
        return False
    return True


@pytest.mark.servers
class TestSeveralGateways:
    @pytest.fixture
    def books(self, database_url: str) -> Iterator[Callable[[], TriesBook]]:
        made: list[TriesBook] = []

        def make() -> TriesBook:
            made.append(SharedTriesBook(database_url))
            return made[-1]

        yield make
        for book in made:
            book.close()

    async def test_R31_they_count_together(self, books: Callable[[], TriesBook]) -> None:
        here, there, third = books(), books(), books()
        found = await asyncio.gather(*(tried(book) for _ in range(10) for book in (here, there)))
        assert sum(found) == 10
        assert not await tried(third)
        other = keys_of("t", "ben", "b", None)
        assert await tried(third, other)
        await third.right(other)
        assert await tried(here, other)

    async def test_R31_without_a_database_each_counts_for_itself(
        self, books: Callable[[], TriesBook], database_url: str
    ) -> None:
        alone: Any = SharedTriesBook(database_url.replace("5432", "1"))
        began = time.monotonic()
        assert sum([await tried(alone) for _ in range(20)]) == 10
        assert time.monotonic() - began < 5
        alone.close()

    async def test_R31_what_is_of_no_use_is_forgotten(self, books: Callable[[], TriesBook]) -> None:
        book: Any = books()
        await tried(book)
        for _ in range(2):
            book.clock = lambda: int(time.time() * 1000) + 48 * 3_600_000
            book._forgot = -1e9
            await tried(book, keys_of("t", "ben", "b", None))
        rows = book._connection.execute("SELECT key FROM gateway.login_tries").fetchall()
        assert sorted(row[0] for row in rows) == ["address/b", "everywhere/t/ben", "here/t/ben/b"]
