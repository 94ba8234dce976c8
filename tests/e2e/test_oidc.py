"""Logins by a company's own provider, against a real one: authorization code with PKCE, roles by claim, nothing that can be replayed."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from protocol import call, log_in
from provider import Provider
from running import Demo


class Company:
    """The demonstration, whose tenant uses a provider."""

    def __init__(self, demo: Demo, issuer: str, token: str) -> None:
        self.demo, self.issuer, self.token = demo, issuer, token

    async def put(self, **fields: Any) -> dict[str, Any]:
        usual = {
            "issuer": self.issuer,
            "client_id": "parley",
            "client_secret": "a secret of the client",
            "roles": {"chat-admins": "admin", "chat-agents": "agent"},
            "require_claim": "tid",
            "require_values": ["saltmarsh"],
        }
        shown: dict[str, Any] = await call(self.demo.url, "PUT", "/v1/admin/oidc", self.token, json={**usual, **fields})
        return shown

    async def comes(self, who: str, browser: httpx.AsyncClient, to: str = "/desk") -> str:
        """The address with which the provider sends somebody back."""
        at = await browser.get(f"{self.demo.url}/v1/oidc/demo/start", params={"to": to})
        assert at.status_code == 303, at.text
        asked = parse_qs(urlsplit(at.headers["location"]).query)
        assert asked["code_challenge_method"] == ["S256"]
        for _ in range(12):
            location = at.headers.get("location", "")
            if location.startswith(f"{self.demo.url}/v1/oidc/callback"):
                return location
            if at.status_code in (302, 303):
                at = await browser.get(str(at.url.join(location)))
                continue
            form = re.search(r'action="([^"]+)"', at.text)
            assert form is not None, at.text[:500]
            fields = (
                {"prompt": "login", "login": who, "password": "x"}
                if 'name="login"' in at.text
                else {"prompt": "consent"}
            )
            at = await browser.post(form[1], data=fields)
        raise AssertionError("the provider leads nowhere")

    async def log_in(self, who: str, to: str = "/desk") -> tuple[httpx.AsyncClient, httpx.Response]:
        browser = httpx.AsyncClient(trust_env=False)
        return browser, await browser.get(await self.comes(who, browser, to))


@pytest.fixture(scope="module")
def company(provider: Provider, demo_process: Any) -> Iterator[Company]:
    demo: Demo = demo_process({"PARLEY_OIDC_ISSUERS": f"https://login.example/x, {provider.issuer}"})
    with provider.running(demo.url):
        yield Company(demo, provider.issuer, asyncio.run(log_in(demo.url, "ada"))["token"])


def refused(answer: httpx.Response) -> str:
    assert answer.status_code == 303
    location = urlsplit(answer.headers["location"])
    assert location.path == "/account", answer.headers["location"]
    return parse_qs(location.fragment)["refused"][0]


@pytest.mark.parametrize("client", [{}, {"client_id": "open", "client_secret": None}])
async def test_whoever_the_provider_vouches_for_is_let_in_as_what_it_says(
    company: Company, client: dict[str, Any]
) -> None:
    shown = await company.put(**client)
    assert shown["has_secret"] is (not client)
    assert "a secret of the client" not in str(shown)
    browser, answer = await company.log_in("1", "/desk")
    assert answer.headers["location"] == "/desk"
    assert (await browser.get(f"{company.demo.url}/v1/desk")).status_code == 200
    assert (await browser.get(f"{company.demo.url}/v1/admin/me")).status_code == 403
    admin, answer = await company.log_in("2", "/admin")
    me = (await admin.get(f"{company.demo.url}/v1/admin/me")).json()
    assert (me["user"], me["name"]) == ("hugo", "Hugo"), "the first role that fits counts"
    agents = await call(company.demo.url, "GET", "/v1/admin/agents", company.token)
    assert agents["agents"]["gwen"]["role"] == "agent"
    assert not agents["agents"]["gwen"]["invited"]
    changes = await call(company.demo.url, "GET", "/v1/admin/changes", company.token)
    assert "a secret of the client" not in str(changes)
    link = httpx.post(
        f"{company.demo.url}/v1/admin/agents/gwen/link", json={}, headers={"Authorization": f"Bearer {company.token}"}
    )
    assert link.json()["code"] == "conflict", "they have no password here"


@pytest.mark.parametrize(
    ("who", "why"),
    [
        ("3", "no role here"),
        ("4", "directory"),
        ("5", "another user ada"),
        ("6", "cannot be a user's name"),
    ],
)
async def test_others_are_not(company: Company, who: str, why: str) -> None:
    await company.put()
    browser, answer = await company.log_in(who)
    assert why in refused(answer)
    assert (await browser.get(f"{company.demo.url}/v1/logins")).status_code == 401
    assert "jack" not in (await call(company.demo.url, "GET", "/v1/admin/agents", company.token))["agents"]


async def test_a_way_back_holds_once_and_in_the_browser_that_began_it(company: Company) -> None:
    await company.put()
    mine, thief = httpx.AsyncClient(trust_env=False), httpx.AsyncClient(trust_env=False)
    back = await company.comes("1", mine)
    assert "begin again" in refused(await thief.get(back)), "it was begun elsewhere"
    assert "begin again" in refused(await mine.get(back)), "and is used up"
    back = await company.comes("1", mine)
    assert (await mine.get(back)).headers["location"] == "/desk"
    assert "begin again" in refused(await mine.get(back))
    forged = re.sub("code=[^&]+", "code=forged", await company.comes("1", mine))
    assert "did not confirm" in refused(await mine.get(forged))
    foreign = re.sub("state=[^&]+", "state=forged", await company.comes("1", mine))
    assert "begin again" in refused(await mine.get(foreign))
    assert refused(await mine.get(f"{company.demo.url}/v1/oidc/callback?error=access_denied&state=x"))


async def test_another_companys_browser_goes_nowhere_and_only_to_our_own_pages(company: Company) -> None:
    await company.put()
    async with httpx.AsyncClient(base_url=company.demo.url, trust_env=False) as browser:
        for tenant in ("nowhere", "t"):
            assert (await browser.get(f"/v1/oidc/{tenant}/start")).status_code == 404
        for to in ("https://evil.example", "//evil.example", "/v1/logout"):
            assert (await browser.get("/v1/oidc/demo/start", params={"to": to})).status_code == 422
        headers = {"Authorization": f"Bearer {company.token}"}
        settings = {"issuer": "http://169.254.169.254", "client_id": "x", "roles": {"a": "agent"}}
        answer = await browser.put("/v1/admin/oidc", json=settings, headers=headers)
        assert answer.json()["code"] == "bad_request", "the gateway asks nobody whom the installation has not named"


async def test_who_is_disabled_or_no_longer_vouched_for_stays_out(company: Company) -> None:
    await company.put()
    browser, _ = await company.log_in("1")
    gwen = {"name": "Gwen", "role": "agent", "enabled": False}
    await call(company.demo.url, "PUT", "/v1/admin/agents/gwen", company.token, json=gwen)
    assert (await browser.get(f"{company.demo.url}/v1/desk")).status_code == 401
    assert "disabled" in refused((await company.log_in("1"))[1])
    await call(company.demo.url, "PUT", "/v1/admin/agents/gwen", company.token, json={**gwen, "enabled": True})
    again, answer = await company.log_in("1")
    assert answer.headers["location"] == "/desk", "they are who they were"
    await company.put(roles={"chat-agents": "supervisor"})
    await company.log_in("1")
    assert (await again.get(f"{company.demo.url}/v1/desk")).status_code == 401, "another role ends the logins"
    await call(company.demo.url, "DELETE", "/v1/admin/oidc", company.token)
    assert (await again.get(f"{company.demo.url}/v1/oidc/demo/start")).status_code == 404
    settings = await call(company.demo.url, "GET", "/v1/admin/settings", company.token)
    await company.put()
    await call(company.demo.url, "PUT", "/v1/admin/settings", company.token, json=settings)
    assert (await call(company.demo.url, "GET", "/v1/admin/oidc", company.token))["issuer"] == company.issuer
