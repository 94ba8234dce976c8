"""Logins are kept by the gateways together: one that ends has ended everywhere, at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
from login_words import Line, Person, gateways, put_agent, until
from parley_chassis.bus.memory import MemoryBroker, MemoryBus
from parley_contracts.refusal import Refused
from parley_gateway.domain.directory import Directory, UserSet, changed
from parley_gateway.domain.login import Login
from parley_gateway.tenants import logins as logins_module
from parley_gateway.tenants.cookies import Cookies, is_loopback
from parley_gateway.tenants.logins import MADE_BY, Logins
from parley_gateway.tenants.tables import Tables

NOW = 1_800_000_000_000
HOUR = 3_600_000


class TestTheEnd:
    async def test_R20_logging_out_ends_the_token_on_every_gateway_at_once(self, url: str) -> None:
        async with gateways(url) as (here, there):
            anna, other = await Person.log_in(here, "anna"), await Person.log_in(there, "anna")
            assert await anna.holds(here)
            assert await anna.holds(there)
            assert (await anna.ask(here, "POST", "/v1/logout")).status_code == 204
            assert not await anna.holds(there)
            assert not await anna.holds(here)
            assert await other.holds(here), "their other login is another one"
            assert (await anna.ask(here, "POST", "/v1/logout")).status_code == 204, "again it is so already"

    async def test_R5_a_disabled_user_is_gone_from_every_socket_within_a_second(self, url: str) -> None:
        async with gateways(url) as (here, there):
            ada, pbx = await Person.log_in(here, "ada"), await Person.log_in(there, "pbx")
            lines = [Line(gateway, "/v1/source", pbx) for gateway in (here, there, there)]
            await until(lambda: len(here._sockets) == 1 and len(there._sockets) == 2)
            assert (await put_agent(ada, here, "pbx", enabled=False)).status_code == 200
            await until(lambda: [line.code for line in lines] == [4003] * 3)
            assert not await pbx.holds(there)
            with pytest.raises(Refused, match="unauthorized"):
                await Person.log_in(there, "pbx")
            assert (await put_agent(ada, here, "pbx")).status_code == 200
            assert not await pbx.holds(there), "what has ended does not come back"
            await Person.log_in(here, "pbx")

    async def test_R5_another_password_or_role_and_removal_end_all_logins(self, url: str) -> None:
        async with gateways(url) as (here, there):
            ada = await Person.log_in(here, "ada")
            changes: list[dict[str, Any]] = [{"password": "quite another one"}, {"role": "supervisor"}]
            password = "pbx"
            for change in changes:
                pbx = await Person.log_in(there, "pbx", password)
                line = Line(there, "/v1/source", pbx)
                await until(lambda: len(there._sockets) == 1)
                await put_agent(ada, here, "pbx", **change)
                await until(lambda line=line: line.code == 4003)  # type: ignore[misc]
                assert not await pbx.holds(there)
                password = change.get("password", password)

    async def test_R5_an_administrator_sees_logins_and_ends_them(self, url: str) -> None:
        async with gateways(url) as (here, there):
            ada, anna, pbx = [await Person.log_in(here, user) for user in ("ada", "anna", "pbx")]
            line = Line(there, "/v1/source", pbx)
            await until(lambda: len(there._sockets) == 1)
            (found,) = (await ada.ask(there, "GET", "/v1/admin/agents/pbx/logins")).json()["logins"]
            assert found["browser"].startswith("python-httpx")
            assert found["address"] == "127.0.0.1"
            assert not found["here"]
            for _ in range(2):
                path = f"/v1/admin/agents/pbx/logins/{found['login']}"
                status = (await ada.ask(here, "DELETE", path)).status_code
                assert status == (204 if _ == 0 else 404)
            await until(lambda: line.code == 4003)
            assert (await ada.ask(here, "DELETE", "/v1/admin/agents/anna/logins")).status_code == 204
            assert not await anna.holds(there)
            assert (await ada.ask(here, "GET", "/v1/admin/agents/nobody/logins")).status_code == 404
            fresh = await Person.log_in(here, "anna")
            assert (await fresh.ask(here, "GET", "/v1/admin/agents/ada/logins")).status_code == 403

    async def test_one_sees_and_ends_ones_own_logins_and_nobody_elses(self, url: str) -> None:
        async with gateways(url) as (here, there):
            first, second, third = [await Person.log_in(gateway, "anna") for gateway in (here, there, there)]
            ada = await Person.log_in(here, "ada")
            seen = await first.logins(there)
            assert len(seen) == 3
            assert [each["here"] for each in seen].count(True) == 1
            (own,) = [each["login"] for each in seen if each["here"]]
            (of_second,) = [each["login"] for each in await second.logins(here) if each["here"]]
            assert (await ada.ask(here, "DELETE", f"/v1/logins/{own}")).status_code == 404
            assert (await first.ask(here, "DELETE", f"/v1/logins/{of_second}")).status_code == 204
            assert [await each.holds(there) for each in (first, second, third)] == [True, False, True]
            assert (await first.ask(here, "DELETE", "/v1/logins")).status_code == 204
            assert [await each.holds(there) for each in (first, second, third)] == [True, False, False]
            assert await ada.holds(there)

    async def test_an_end_that_nobody_announced_closes_sockets_when_the_gateway_looks(self, url: str) -> None:
        async with gateways(url, 1) as (here,):
            pbx = await Person.log_in(here, "pbx")
            line = Line(here, "/v1/source", pbx)
            await until(lambda: len(here._sockets) == 1)
            await here._look_at_logins()
            assert line.code is None
            await here._tables(lambda ask: ask("DELETE FROM $logins"))
            await here._look_at_logins()
            await until(lambda: line.code == 4003)

    async def test_the_last_administrator_who_can_log_in_is_not_disabled(self, url: str) -> None:
        async with gateways(url, 1) as (here,):
            ada = await Person.log_in(here, "ada")
            assert (await put_agent(ada, here, "eve", enabled=False)).status_code == 200
            assert (await put_agent(ada, here, "ada", enabled=False)).json()["code"] == "conflict"
            assert await ada.holds(here)


def test_R1_who_is_disabled_has_no_seat() -> None:
    directory = Directory("t")
    anna = UserSet(at=0, by="t", user="anna", name="anna", role="agent", password="x", enabled=False)
    for event in changed(directory, anna):
        directory.evolve(event)
    assert directory.seats_used() == 0


class TestHowLong:
    def login(self, role: str = "agent") -> Login:
        return Login("l", "t", "anna", role, "m", NOW, NOW, NOW + 12 * HOUR)

    @pytest.mark.parametrize(
        ("role", "at", "idle_ms", "holds"),
        [
            ("agent", NOW + HOUR, HOUR, True),
            ("agent", NOW + HOUR + 1, HOUR, False),
            ("agent", NOW + 11 * HOUR, 0, True),
            ("source", NOW + 11 * HOUR, HOUR, True),
            ("source", NOW + 12 * HOUR, HOUR, False),
            ("agent", NOW + 12 * HOUR, 0, False),
        ],
    )
    def test_it_ends_when_it_is_old_or_unused(self, role: str, at: int, idle_ms: int, holds: bool) -> None:
        assert self.login(role).holds(at, idle_ms) is holds

    async def test_whoever_uses_it_keeps_it_until_it_is_old(self, tmp_path: Path) -> None:
        bus = MemoryBus(MemoryBroker())
        await bus.start()
        tables, now = Tables(f"sqlite:{tmp_path}", MADE_BY), [NOW]
        logins = Logins(tables, bus, "s", 12 * 3600, 3600, lambda: now[0])
        token, login = await logins.begin("t", "anna", "agent", "m", "a", "b")
        _, socket = await logins.begin("t", "anna", "agent", "m", "a", "b")
        for _ in range(11):
            now[0] += HOUR - 1
            assert await logins.find(token) is not None
            assert await logins.still_there({login.login, socket.login}) == {login.login, socket.login}
        assert len(await logins.of("t", "anna")) == 2, "an open socket uses its login"
        now[0] = NOW + 12 * HOUR
        assert await logins.find(token) is None
        assert await logins.still_there({socket.login}) == set()
        assert await logins.of("t", "anna") == []
        await logins.begin("t", "ben", "agent", "m", "a", "b")
        assert await tables(lambda ask: ask("SELECT count(*) FROM $logins")) == [(1,)], "the old ones are gone"
        tables.close()
        await bus.stop()

    async def test_whoever_logs_in_again_and_again_ends_the_oldest(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(logins_module, "MOST_OF_A_USER", 3)
        async with gateways(f"sqlite:{tmp_path}", 1) as (here,):
            now = [NOW]
            here.logins.clock = lambda: now[0]
            made = []
            for _ in range(5):
                now[0] += 1
                made.append(await Person.log_in(here, "anna"))
            assert [await each.holds(here) for each in made] == [False, False, True, True, True]


class TestTokens:
    async def test_only_its_hash_is_stored(self, tmp_path: Path) -> None:
        async with gateways(f"sqlite:{tmp_path}", 1) as (here,):
            anna = await Person.log_in(here, "anna")
            token = anna.headers["Authorization"].removeprefix("Bearer ")
            rows = await here._tables(lambda ask: ask("SELECT * FROM $logins"))
            assert rows
            assert token.rpartition(".")[0] not in str(rows)

    @pytest.mark.parametrize("token", ["", "x", "a.b.c", "é", ".", "\ud800", "x" * 5_000])
    async def test_what_is_no_token_of_ours_does_not_get_to_the_database(self, tmp_path: Path, token: str) -> None:
        bus = MemoryBus(MemoryBroker())

        class Nowhere(Tables):
            async def __call__(self, do: Any) -> Any:
                raise AssertionError("the database was asked")

        nowhere = Nowhere("", MADE_BY)
        logins = Logins(nowhere, bus, "s", 60, 0)
        assert await logins.find(token) is None
        nowhere.close()

    async def test_R33_without_the_database_a_login_is_unavailable_and_not_over(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with gateways(f"sqlite:{tmp_path}", 1) as (here,):
            pbx = await Person.log_in(here, "pbx")
            stays = Line(here, "/v1/source", pbx)
            await until(lambda: len(here._sockets) == 1)
            here._tables._ask_from = float("inf")
            assert (await pbx.ask(here, "GET", "/v1/logins")).status_code == 503
            line = Line(here, "/v1/source", pbx)
            await until(lambda: line.code == 1013)
            assert line.frames[0]["code"] == "unavailable"
            await here._look_at_logins()
            assert stays.code is None


class TestCookies:
    @pytest.mark.parametrize(
        ("host", "here"),
        [
            ("localhost", True),
            ("localhost:8080", True),
            ("shop.localhost:8080", True),
            ("127.0.0.1:8080", True),
            ("127.8.0.1", True),
            ("[::1]:8080", True),
            ("chat.example.com", False),
            ("localhost.example.com", False),
            ("127.0.0.1.example.com", False),
            ("10.0.0.1", False),
            ("[2001:db8::1]", False),
            ("", False),
            ("[", False),
        ],
    )
    def test_which_hosts_are_this_machine(self, host: str, here: bool) -> None:
        assert is_loopback(host) is here
        assert Cookies(without_tls=False).are_secure("http", host) is not here
        assert Cookies(without_tls=False).are_secure("https", host)
        assert not Cookies(without_tls=True).are_secure("http", host)

    @pytest.mark.parametrize(
        ("base", "name"),
        [
            ("http://chat.example.com", "__Host-parley_login"),
            ("https://chat.example.com", "__Host-parley_login"),
            ("https://127.0.0.1", "__Host-parley_login"),
            ("http://127.0.0.1:8080", "parley_login"),
        ],
    )
    async def test_a_login_goes_over_tls_alone_and_belongs_to_one_host(
        self, tmp_path: Path, base: str, name: str
    ) -> None:
        async with (
            gateways(f"sqlite:{tmp_path}", 1) as (here,),
            httpx.AsyncClient(transport=httpx.ASGITransport(here.app), base_url=base) as browser,
        ):
            answer = await browser.post("/v1/login", json={"tenant": "t", "user": "anna", "password": "anna"})
            told = {
                line.partition("=")[0]: line.lower().split("; ")[1:] for line in answer.headers.get_list("set-cookie")
            }
            assert set(told) == {name, "parley_device"}
            for attributes in told.values():
                assert ("secure" in attributes) == name.startswith("__Host-")
                assert {"httponly", "samesite=strict"} <= set(attributes)
            assert "path=/" in told[name]
            assert not any(each.startswith("domain") for each in told[name])
            token = answer.json()["token"]
            bare = {"Cookie": f"parley_login={token}"}
            browser.cookies.clear()
            status = (await browser.get("/v1/logins", headers=bare)).status_code
            assert status == (401 if name.startswith("__Host-") else 200), "another host may have set it"
            good = {"Cookie": f"{name}={token}"}
            assert (await browser.get("/v1/logins", headers=good)).status_code == 200
            gone = await browser.post("/v1/logout", headers=good)
            assert gone.headers["set-cookie"].startswith(f'{name}=""')
            assert (await browser.get("/v1/logins", headers=good)).status_code == 401


@pytest.mark.servers
async def test_R33_a_database_that_has_begun_anew_is_asked_at_once(database_url: str) -> None:
    tables = Tables(database_url, MADE_BY)
    await tables(lambda ask: ask("SELECT count(*) FROM $logins"))
    tables._connection.execute("SELECT 1")
    with pytest.raises(Exception, match="terminat"):
        tables._connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    tables._connection.pgconn.finish()
    assert await tables(lambda ask: ask("SELECT count(*) FROM $logins")) == [(0,)]

    other = Tables(database_url, MADE_BY)
    ((pid,),) = await other(lambda ask: ask("SELECT pg_backend_pid()"))
    await tables(lambda ask: ask(f"SELECT pg_terminate_backend({pid})"))
    assert await other(lambda ask: ask("SELECT count(*) FROM $logins")) == [(0,)]
    tables.close()
    other.close()
