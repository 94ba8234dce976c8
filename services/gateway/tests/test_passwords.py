"""How people come to a password: by rules, by their own change, and by links that can be used once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from login_words import Person, client, gateways, put_agent, until
from parley_contracts.contacts import SendLink
from parley_contracts.refusal import Refused
from parley_contracts.shapes import Reply
from parley_gateway.app import Gateway
from parley_gateway.domain.passwords import check_password
from parley_gateway.tenants.links import HOLDS_MS

GOOD = "vier Lampen am Kanal"
NAMES = ("saltmarsh", "anna", "Anna Rosenquist")


class TestRules:
    @pytest.mark.parametrize(
        "password",
        [
            "password",
            "Passw0rd",
            "P@ssw0rd!",
            "Password2026!",
            "passwordpassword",
            "12345678",
            "123456789012",
            "87654321",
            "aaaaaaaaaaaa",
            "abababababab",
            "qwertzuiop",
            "1q2w3e4r",
            "asdfghjkl1",
            "Sommer2026",
            "willkommen1",
            "Admin123!",
            "annaanna",
            "anna2026",
            "AnnaRosenquist1",
            "saltmarsh1",
            "!!!letmein!!!",
            "abcd1234",
        ],
    )
    def test_the_first_that_are_tried_are_not_taken(self, password: str) -> None:
        with pytest.raises(Refused, match="bad_request"):
            check_password(password, 8, NAMES)

    @pytest.mark.parametrize(
        "password",
        [
            GOOD,
            "a good one",
            "quite another one",
            "mkv7 tz2q",
            "Zaunkönig am Bach",
            "correct horse battery",
            "passwordless is the way",
            "8f3kQz9wLm",
            "хорошо сидим",
            "anna liest gern Krimis",
        ],
    )
    def test_others_are(self, password: str) -> None:
        check_password(password, 8, NAMES)

    def test_a_company_may_ask_for_longer_ones_and_for_no_shorter(self) -> None:
        check_password("a good one", 10, NAMES)
        for password, least in (("a good one", 11), ("mkv7 tz", 1)):
            with pytest.raises(Refused, match="characters"):
                check_password(password, least, NAMES)


class Post:
    """What is given to the mailer of `gateways`; `refuses`: why not."""

    def __init__(self, *gateways: Gateway) -> None:
        self.letters: list[SendLink] = []
        self.refuses: Refused | None = None
        for gateway in gateways:
            gateway.link.ask = self.ask  # type: ignore[method-assign]

    async def ask(self, inbox: str, command: Any, role: Any, user: str, id: str | None = None) -> Reply:
        if isinstance(command, SendLink):
            if self.refuses is not None:
                raise self.refuses
            self.letters.append(command)
        return Reply(connection=1, id="x", ack={})

    @property
    def secret(self) -> str:
        """Of the last letter's link."""
        return self.letters[-1].path.partition("#link=")[2]


async def use(gateway: Gateway, secret: str, password: str = GOOD) -> int:
    async with client(gateway) as someone:
        return (await someone.post("/v1/links/use", json={"link": secret, "password": password})).status_code


async def look(gateway: Gateway, secret: str) -> dict[str, Any]:
    async with client(gateway) as someone:
        shown: dict[str, Any] = (await someone.post("/v1/links/look", json={"link": secret})).json()
        return shown


class TestOnesOwn:
    async def test_R5_it_ends_all_other_logins_and_not_this_one(self, url: str) -> None:
        async with gateways(url) as (here, there):
            anna, elsewhere = await Person.log_in(here, "anna"), await Person.log_in(there, "anna")
            change = {"old": "anna", "new": GOOD}
            assert (await anna.ask(here, "PUT", "/v1/password", json=change)).status_code == 204
            assert await anna.holds(here)
            assert await anna.holds(there)
            assert not await elsewhere.holds(there)
            with pytest.raises(Refused, match="unauthorized"):
                await Person.log_in(here, "anna")
            again = await Person.log_in(here, "anna", GOOD)
            assert (await again.ask(here, "PUT", "/v1/password", json={"old": GOOD, "new": GOOD})).status_code == 422, (
                "it is the same"
            )

    async def test_whoever_found_a_desk_open_does_not_get_its_password(self, url: str) -> None:
        async with gateways(url, 1) as (here,):
            anna = await Person.log_in(here, "anna")
            codes = []
            for number in range(12):
                change = {"old": f"guess {number}", "new": GOOD}
                codes.append((await anna.ask(here, "PUT", "/v1/password", json=change)).json()["code"])
            assert codes == ["forbidden"] * 10 + ["rate_limited"] * 2
            assert await anna.holds(here)

    async def test_the_rules_hold(self, url: str) -> None:
        async with gateways(url, 1) as (here,):
            anna, ada = await Person.log_in(here, "anna"), await Person.log_in(here, "ada")
            settings = (await ada.ask(here, "GET", "/v1/admin/settings")).json()
            longer = {**settings, "password_length": 15}
            assert (await ada.ask(here, "PUT", "/v1/admin/settings", json=longer)).status_code == 200
            for new in ("passwordpassword", "a good one"):
                answer = await anna.ask(here, "PUT", "/v1/password", json={"old": "anna", "new": new})
                assert answer.json()["code"] == "bad_request"
                assert (await put_agent(ada, here, "anna", password=new)).json()["code"] == "bad_request"
            short = {**settings, "password_length": 7}
            assert (await ada.ask(here, "PUT", "/v1/admin/settings", json=short)).status_code == 422


class TestLinks:
    async def test_an_invitation_is_mailed_and_can_be_used_once(self, url: str) -> None:
        async with gateways(url) as (here, there):
            post, ada = Post(here, there), await Person.log_in(here, "ada")
            new = {"name": "Cleo", "role": "supervisor", "email": "cleo@example.com"}
            assert (await ada.ask(here, "PUT", "/v1/admin/agents/cleo", json=new)).status_code == 422
            made = await ada.ask(here, "PUT", "/v1/admin/agents/cleo", json={**new, "invited": True})
            assert made.json()["invited"]
            for password in ("nobody", "", "x"):
                with pytest.raises(Refused, match=r"unauthorized|bad_request"):
                    await Person.log_in(here, "cleo", password or "\x00")
            answer = await ada.ask(here, "POST", "/v1/admin/agents/cleo/link", json={"language": "de"})
            assert answer.status_code == 201
            assert (answer.json()["mailed_to"], answer.json()["link"]) == ("cleo@example.com", None)
            (letter,) = post.letters
            assert (letter.to, letter.what, letter.language, letter.user) == (
                "cleo@example.com",
                "invitation",
                "de",
                "cleo",
            )
            secret = post.secret
            shown = await look(there, secret)
            assert (shown["user"], shown["kind"], shown["password_length"]) == ("cleo", "invitation", 8)
            assert await use(there, secret, "cleo cleo") == 422, "what is refused does not use it up"
            assert await use(there, secret) == 204
            assert [await use(gateway, secret, "quite another one") for gateway in (here, there)] == [404, 404]
            assert (await look(here, secret))["code"] == "not_found"
            await Person.log_in(here, "cleo", GOOD)
            stored = str(await here._tables(lambda ask: ask("SELECT * FROM $links")))
            assert secret not in stored

    async def test_only_its_hash_is_stored(self, url: str) -> None:
        async with gateways(url, 1) as (here,):
            ada = await Person.log_in(here, "ada")
            link = (await ada.ask(here, "POST", "/v1/admin/agents/anna/link", json={})).json()["link"]
            rows = await here._tables(lambda ask: ask("SELECT * FROM $links"))
            assert len(rows) == 1
            assert link.partition("#link=")[2] not in str(rows)

    async def test_where_no_letter_goes_out_the_administrator_sees_it_once(self, url: str) -> None:
        async with gateways(url, 1) as (here,):
            post, ada = Post(here), await Person.log_in(here, "ada")
            post.refuses = Refused("unavailable", "no mail server")
            await put_agent(ada, here, "anna", email="anna@example.com")
            links = []
            for _ in range(2):
                answer = await ada.ask(here, "POST", "/v1/admin/agents/anna/link", json={})
                assert answer.json()["mailed_to"] is None
                links.append(answer.json()["link"])
            assert all(link.startswith("http://gateway/account#link=") for link in links)
            first, second = [link.partition("#link=")[2] for link in links]
            assert (await look(here, first))["code"] == "not_found", "the later one is in its place"
            assert (await look(here, second))["kind"] == "reset"
            shown = str((await ada.ask(here, "GET", "/v1/admin/agents")).json())
            assert second not in shown

    async def test_a_reset_ends_the_logins_and_holds_for_a_day(self, url: str) -> None:
        async with gateways(url) as (here, there):
            ada, anna = await Person.log_in(here, "ada"), await Person.log_in(there, "anna")
            links = here.passwords._links
            link = (await ada.ask(here, "POST", "/v1/admin/agents/anna/link", json={})).json()["link"]
            secret, clock = link.partition("#link=")[2], links.clock
            links.clock = lambda: clock() + HOLDS_MS["reset"]
            assert await use(here, secret) == 404
            links.clock = clock
            assert await use(here, secret) == 204
            assert not await anna.holds(there)
            theirs = [gateway.directories.tenants["t"].users for gateway in (here, there)]
            await until(lambda: theirs[0]["anna"].password == theirs[1]["anna"].password)
            await Person.log_in(there, "anna", GOOD)

    @pytest.mark.parametrize("change", [{"enabled": False}, {"password": "quite another one"}])
    async def test_it_is_worth_nothing_once_its_user_is_another(self, url: str, change: dict[str, Any]) -> None:
        async with gateways(url, 1) as (here,):
            ada = await Person.log_in(here, "ada")
            link = (await ada.ask(here, "POST", "/v1/admin/agents/anna/link", json={})).json()["link"]
            await put_agent(ada, here, "anna", **change)
            assert await use(here, link.partition("#link=")[2]) == 404
            if "enabled" in change:
                assert (await ada.ask(here, "POST", "/v1/admin/agents/anna/link", json={})).status_code == 409

    async def test_only_administrators_make_them_and_for_their_own_company(self, url: str) -> None:
        async with gateways(url, 1) as (here,):
            anna, ada = await Person.log_in(here, "anna"), await Person.log_in(here, "ada")
            assert (await anna.ask(here, "POST", "/v1/admin/agents/ada/link", json={})).status_code == 403
            assert (await ada.ask(here, "POST", "/v1/admin/agents/nobody/link", json={})).status_code == 404

    async def test_who_has_forgotten_theirs_gets_a_letter_and_nobody_learns_who_there_is(self, url: str) -> None:
        async with gateways(url, 1) as (here,):
            post, ada = Post(here), await Person.log_in(here, "ada")
            await put_agent(ada, here, "anna", email="anna@example.com")
            async with client(here) as someone:
                answers = []
                for tenant, user in (("t", "anna"), ("t", "pbx"), ("t", "nobody"), ("nowhere", "anna")):
                    asked = {"tenant": tenant, "user": user}
                    answers.append(await someone.post("/v1/password/forgotten", json=asked))
                assert [(each.status_code, each.content) for each in answers] == [(202, b"null")] * 4
                for _ in range(10):
                    last = await someone.post("/v1/password/forgotten", json={"tenant": "t", "user": "nobody"})
                assert last.status_code == 429, "and nobody is sent letters without end"
            await until(lambda: post.letters)
            (letter,) = post.letters
            assert (letter.to, letter.what) == ("anna@example.com", "reset")
            assert await use(here, post.secret) == 204
            await Person.log_in(here, "anna", GOOD)

    async def test_R33_without_the_database_it_is_not_used_up(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with gateways(f"sqlite:{tmp_path}", 1) as (here,):
            ada = await Person.log_in(here, "ada")
            link = (await ada.ask(here, "POST", "/v1/admin/agents/anna/link", json={})).json()["link"]

            with monkeypatch.context() as patched:
                patched.setattr(here._tables, "_ask_from", float("inf"))
                assert await use(here, link.partition("#link=")[2]) == 503
            assert await use(here, link.partition("#link=")[2]) == 204
