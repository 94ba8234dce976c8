"""Second factors: a code holds once, a role can demand one, and nobody sees a secret twice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pyotp
from login_words import Line, Person, client, gateways, put_agent, until
from parley_chassis.sealed import Sealing
from parley_contracts.shapes import Reply
from parley_gateway.app import Gateway
from parley_gateway.tenants.links import MADE_BY, Links
from parley_gateway.tenants.tables import Tables

NOW = 1_800_000_000_000


class Device:
    """An authenticator, and the gateways' clock."""

    def __init__(self, *gateways: Gateway) -> None:
        self.at = NOW
        self.secret = ""
        self.recovery: list[str] = []
        for gateway in gateways:
            gateway.access.factors.clock = lambda: self.at

    def code(self, later_s: int = 0) -> str:
        return pyotp.TOTP(self.secret).at(self.at // 1_000 + later_s)

    def wait(self) -> None:
        self.at += 30_000

    async def is_set_up(self, gateway: Gateway, person: Person, password: str) -> None:
        begun = await person.ask(gateway, "POST", "/v1/second_factor", json={"password": password})
        assert begun.status_code == 200, begun.text
        told = begun.json()
        self.secret = told["secret"]
        assert self.secret in told["uri"]
        assert told["picture"].startswith("data:image/svg+xml")
        confirmed = await person.ask(gateway, "PUT", "/v1/second_factor", json={"code": self.code()})
        assert confirmed.status_code == 200, confirmed.text
        self.recovery = confirmed.json()["recovery_codes"]


async def log_in(gateway: Gateway, user: str, code: str | None = None, password: str = "") -> httpx.Response:
    async with client(gateway) as someone:
        login = {"tenant": "t", "user": user, "password": password or user}
        return await someone.post("/v1/login", json={**login, **({"code": code} if code is not None else {})})


def said(answer: httpx.Response) -> tuple[int, Any]:
    return answer.status_code, answer.json().get("second_factor")


class TestCodes:
    async def test_a_login_needs_one_and_it_holds_once_on_all_gateways(self, url: str) -> None:
        async with gateways(url) as (here, there):
            anna, elsewhere = await Person.log_in(here, "anna"), await Person.log_in(there, "anna")
            device = Device(here, there)
            await device.is_set_up(here, anna, "anna")
            assert await anna.holds(there)
            assert not await elsewhere.holds(there), "it was one without"
            assert said(await log_in(here, "anna")) == (401, "needed")
            assert said(await log_in(here, "anna", device.code())) == (401, "wrong"), "it was used to set it up"
            device.wait()
            code = device.code()
            assert said(await log_in(here, "anna", code, "not hers")) == (401, None), (
                "a wrong password says nothing more"
            )
            assert said(await log_in(here, "anna", code)) == (200, None)
            for gateway in (here, there):
                assert said(await log_in(gateway, "anna", code)) == (401, "wrong"), "replayed"
            assert said(await log_in(there, "anna", device.code(-30))) == (401, "wrong"), "an earlier one"
            device.wait()
            assert said(await log_in(there, "anna", f" {device.code(30)[:3]} {device.code(30)[3:]}")) == (200, None)
            for wrong in (device.code(60), device.code(-300), "000000" if device.code() != "000000" else "1", "x", "é"):
                assert said(await log_in(there, "anna", wrong)) == (401, "wrong")

    async def test_R31_who_guesses_codes_waits_and_none_is_no_guess(self, url: str) -> None:
        async with gateways(url, 1) as (here,):
            device = Device(here)
            await device.is_set_up(here, await Person.log_in(here, "anna"), "anna")
            device.wait()
            for _ in range(15):
                assert said(await log_in(here, "anna")) == (401, "needed")
            right = device.code()
            guesses = [f"{(int(right) + 1 + n) % 1_000_000:06d}" for n in range(12)]
            statuses = [(await log_in(here, "anna", guess)).status_code for guess in guesses]
            assert statuses == [401] * 10 + [429] * 2
            assert (await log_in(here, "anna", right)).status_code == 429

    async def test_a_recovery_code_holds_once(self, url: str) -> None:
        async with gateways(url) as (here, there):
            device = Device(here, there)
            anna = await Person.log_in(here, "anna")
            await device.is_set_up(here, anna, "anna")
            assert len(set(device.recovery)) == 10
            first, second, *_ = device.recovery
            assert said(await log_in(there, "anna", first.upper())) == (200, None)
            assert said(await log_in(here, "anna", first)) == (401, "wrong")
            assert said(await log_in(here, "anna", second.replace("-", ""))) == (200, None)
            standing = (await anna.ask(here, "GET", "/v1/second_factor")).json()
            assert standing == {"on": True, "demanded": False, "recovery_codes_left": 8}
            device.wait()
            path = "/v1/second_factor/recovery_codes"
            fresh = (await anna.ask(here, "POST", path, json={"code": device.code()})).json()["recovery_codes"]
            assert len(fresh) == 10
            assert said(await log_in(here, "anna", device.recovery[2])) == (401, "wrong")
            assert said(await log_in(here, "anna", fresh[0])) == (200, None)
            assert said(await log_in(here, "ada", fresh[1])) == (200, None), "ada has none"


class TestSettingUp:
    async def test_it_needs_the_password_and_the_first_code(self, url: str) -> None:
        async with gateways(url, 1) as (here,):
            anna, device = await Person.log_in(here, "anna"), Device(here)
            wrong = await anna.ask(here, "POST", "/v1/second_factor", json={"password": "x"})
            assert wrong.json()["code"] == "forbidden"
            assert (await anna.ask(here, "PUT", "/v1/second_factor", json={"code": "123456"})).status_code == 403
            begun = await anna.ask(here, "POST", "/v1/second_factor", json={"password": "anna"})
            assert said(await log_in(here, "anna"))[0] == 200, "it does not count before its first code"
            again = await anna.ask(here, "POST", "/v1/second_factor", json={"password": "anna"})
            assert begun.json()["secret"] != again.json()["secret"]
            device.secret = begun.json()["secret"]
            assert (await anna.ask(here, "PUT", "/v1/second_factor", json={"code": device.code()})).status_code == 403
            await device.is_set_up(here, anna, "anna")
            taken = await anna.ask(here, "POST", "/v1/second_factor", json={"password": "anna"})
            assert taken.json()["code"] == "conflict", "nobody puts another device in its place"

    async def test_nothing_of_it_is_shown_again_or_can_be_read_in_the_database(self, url: str) -> None:
        async with gateways(url, 1) as (here,):
            anna, ada, device = await Person.log_in(here, "anna"), await Person.log_in(here, "ada"), Device(here)
            await device.is_set_up(here, anna, "anna")
            rows = [await here._tables(lambda ask, name=name: ask(f"SELECT * FROM ${name}")) for name in TABLES]  # type: ignore[misc]
            assert [len(each) for each in rows] == [1, 10]
            shown = [
                (await who.ask(here, "GET", path)).text
                for who, path in (
                    (anna, "/v1/second_factor"),
                    (anna, "/v1/logins"),
                    (ada, "/v1/admin/agents"),
                    (ada, "/v1/admin/agents/anna/logins"),
                )
            ]
            events = str(await here.directories.events("t"))
            for secret in (device.secret, *device.recovery):
                assert secret not in str(rows) + "".join(shown) + events

    async def test_it_is_taken_away_with_a_code_or_by_an_administrator(self, url: str) -> None:
        async with gateways(url, 1) as (here,):
            anna, ada, device = await Person.log_in(here, "anna"), await Person.log_in(here, "ada"), Device(here)
            await device.is_set_up(here, anna, "anna")
            end = "/v1/second_factor/end"
            assert (await anna.ask(here, "POST", end, json={"code": "000000"})).status_code == 403
            device.wait()
            assert (await anna.ask(here, "POST", end, json={"code": device.code()})).status_code == 204
            assert said(await log_in(here, "anna")) == (200, None)
            await device.is_set_up(here, anna, "anna")
            path = "/v1/admin/agents/anna/second_factor"
            assert (await anna.ask(here, "DELETE", path)).status_code == 403
            assert (await ada.ask(here, "DELETE", path)).status_code == 204
            assert not await anna.holds(here)
            assert said(await log_in(here, "anna")) == (200, None)


class TestDemanded:
    async def demand(self, gateway: Gateway, *roles: str) -> Person:
        ada = await Person.log_in(gateway, "ada")
        settings = (await ada.ask(gateway, "GET", "/v1/admin/settings")).json()
        wanted = {**settings, "second_factor": list(roles)}
        assert (await ada.ask(gateway, "PUT", "/v1/admin/settings", json=wanted)).status_code == 200
        return ada

    async def test_whoever_has_none_sets_one_up_before_anything_else(self, url: str) -> None:
        async with gateways(url) as (here, there):
            device = Device(here, there)
            before = await Person.log_in(here, "anna")
            await self.demand(here, "agent")
            await until(lambda: there.directories.tenants["t"].settings.second_factor == ("agent",))
            answer = await log_in(here, "anna")
            assert said(answer) == (200, "missing")
            anna = Person(answer.json()["token"])
            for each in (anna, before):
                for method, path in (("GET", "/v1/desk"), ("GET", "/v1/logins"), ("PUT", "/v1/password")):
                    refused = await each.ask(there, method, path, json={"old": "anna", "new": "a good one"})
                    assert (refused.status_code, refused.json()["second_factor"]) == (403, "missing"), path
            line = Line(there, "/v1/agent", anna)
            await until(lambda: line.code == 4403)
            assert (await anna.ask(there, "GET", "/v1/second_factor")).json()["demanded"]
            await device.is_set_up(there, anna, "anna")
            assert (await anna.ask(here, "GET", "/v1/desk")).status_code == 200
            assert not await before.holds(here)
            device.wait()
            end = await anna.ask(here, "POST", "/v1/second_factor/end", json={"code": device.code()})
            assert end.json()["code"] == "conflict", "who must have one keeps it"
            assert said(await log_in(here, "anna", device.code())) == (200, None)
            assert said(await log_in(there, "ada")) == (200, None), "it is demanded of agents"

    async def test_machines_have_none(self, url: str) -> None:
        async with gateways(url, 1) as (here,):
            ada = await Person.log_in(here, "ada")
            settings = (await ada.ask(here, "GET", "/v1/admin/settings")).json()
            wanted = {**settings, "second_factor": ["source"]}
            assert (await ada.ask(here, "PUT", "/v1/admin/settings", json=wanted)).json()["code"] == "bad_request"

    async def test_whoever_comes_with_the_same_name_later_has_nothing_of_it(self, tmp_path: Path) -> None:
        async with gateways(f"sqlite:{tmp_path}", 1) as (here,):
            ada, device = await Person.log_in(here, "ada"), Device(here)
            await device.is_set_up(here, await Person.log_in(here, "anna"), "anna")

            async def forgets(*arguments: Any, **more: Any) -> Any:
                """The floor has nobody of this name."""
                return Reply(connection=1, id="x", ack={})

            here.link.ask = forgets  # type: ignore[method-assign]
            assert (await ada.ask(here, "DELETE", "/v1/admin/agents/anna")).status_code == 204
            await put_agent(ada, here, "anna", role="supervisor", password="a good one")
            assert said(await log_in(here, "anna", password="a good one")) == (200, None)


TABLES = ("second_factors", "recovery_codes")


def test_what_is_sealed_is_opened_for_whom_it_was_sealed_alone() -> None:
    sealing = Sealing("one secret")
    sealed = sealing.seal("täxt", "totp", "t", "anna")
    assert sealing.open(sealed, "totp", "t", "anna") == "täxt"
    assert sealing.seal("täxt", "totp", "t", "anna") != sealed
    assert sealing.open(sealed, "totp", "t", "ben") is None
    assert Sealing("another secret").open(sealed, "totp", "t", "anna") is None
    for broken in ("", "x", "é", sealed[:-8], sealed[:10]):
        assert sealing.open(broken, "totp", "t", "anna") is None


async def test_a_link_is_used_once_by_whoever_is_first(tmp_path: Path) -> None:
    tables = Tables(f"sqlite:{tmp_path}", MADE_BY)
    links = Links(tables)
    secret, link = await links.make("t", "anna", "reset", "m")
    assert await links.use(secret) == link
    assert await links.use(secret) is None
    tables.close()
