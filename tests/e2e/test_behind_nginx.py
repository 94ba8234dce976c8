"""The gateway behind nginx, set up with the very block that the runbook has: what browsers and people on the Internet meet."""

from __future__ import annotations

import asyncio
import inspect
import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, closing, suppress
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
from authority import Authority
from parley_chassis import serving
from protocol import Agent, Client, RefusedByServer, Visitor, plainly
from running import ROOT, Demo
from servers import Unavailable, free_port

pytestmark = pytest.mark.slow

RUNBOOK = ROOT / "docs" / "runbooks" / "internet.md"
NAME = "chat.example.org"
PROXY, STRANGER, OFFICE = "127.0.0.1", "127.0.0.2", "127.0.0.3"
"""Addresses of this machine, as whom the connections come: nginx at the gateway, and people at nginx."""

AnyClient = TypeVar("AnyClient", bound=Client)


def block() -> str:
    """What the runbook says that nginx is to be told."""
    (found,) = re.findall(r"^```nginx\n(.*?)^```", RUNBOOK.read_text(), re.DOTALL | re.MULTILINE)
    return str(found)


class Site:
    """nginx before a gateway: a process of this test's own, with everything in `folder`."""

    def __init__(self, program: str, folder: Path, gateway: Demo) -> None:
        self.gateway, self.port = gateway, free_port()
        self.url = f"https://{NAME}:{self.port}"
        authority = Authority(folder / "certificates")
        certificate = authority.certificate(NAME)
        self.context = ssl.create_default_context(cafile=str(authority.file))
        here = {
            "listen 443 ssl;": f"listen {PROXY}:{self.port} ssl;",
            "/etc/ssl/chat.pem": str(certificate.certificate),
            "/etc/ssl/chat.key": str(certificate.key),
            "http://127.0.0.1:8080;": f"{gateway.url};",
        }
        told = block()
        for there, replaced in here.items():
            assert told.count(there) == 1, there
            told = told.replace(there, replaced)
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        paths = "\n".join(f"{kind}_temp_path {folder / kind};" for kind in kinds)
        main = f"daemon off; master_process off; pid {folder / 'nginx.pid'}; error_log stderr; events {{}}"
        (folder / "nginx.conf").write_text(f"{main}\nhttp {{ access_log off;\n{paths}\n{told}}}\n")
        self.log = folder / "nginx.log"
        with self.log.open("wb") as log:
            command = [program, "-e", "stderr", "-p", str(folder), "-c", str(folder / "nginx.conf")]
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def wait(self, seconds: float = 10) -> None:
        """Until it listens. Raises AssertionError with what it said."""
        end = time.monotonic() + seconds
        while True:
            with closing(socket.socket()) as asking, suppress(OSError):
                asking.connect((PROXY, self.port))
                return
            assert self._process.poll() is None, self.log.read_text()
            assert time.monotonic() < end, self.log.read_text()
            time.sleep(0.05)

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(10)

    def browser(self, address: str, **options: Any) -> httpx.AsyncClient:
        """Somebody at an address."""

        async def as_named(request: httpx.Request) -> None:
            request.extensions["sni_hostname"] = NAME

        return httpx.AsyncClient(
            base_url=f"https://{PROXY}:{self.port}",
            transport=httpx.AsyncHTTPTransport(verify=self.context, local_address=address),
            headers={"Host": f"{NAME}:{self.port}", "Origin": self.url, **options.pop("headers", {})},
            event_hooks={"request": [as_named]},
            timeout=20,
            **options,
        )

    async def log_in(self, address: str, user: str, password: str = "demo", **headers: str) -> httpx.Response:
        """What is answered to one who logs in."""
        login = {"tenant": "demo", "user": user, "password": password}
        async with self.browser(address) as browser:
            return await browser.post("/v1/login", json=login, headers=headers)

    def reached_by(self, client: AnyClient, address: str) -> AnyClient:
        """A socket's client, at an address."""
        client.options = {"host": PROXY, "port": self.port, "local_addr": (address, 0), "ssl": self.context}
        return client

    async def audited(self, user: str) -> list[dict[str, Any]]:
        """What the audit log has of somebody."""
        token = (await self.log_in(OFFICE, "ada")).json()["token"]
        async with self.browser(OFFICE, headers={"Authorization": f"Bearer {token}"}) as browser:
            return list((await browser.get("/v1/admin/audit", params={"user": user})).json()["entries"])


SiteFactory = Callable[[dict[str, str]], Site]


@pytest.fixture(scope="module")
def make_site(
    demo_process: Callable[..., Demo],
    tmp_path_factory: pytest.TempPathFactory,
    missing: Callable[..., None],
) -> Iterator[SiteFactory]:
    program = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
    if program is None:
        missing("nginx", Unavailable("it is not on this machine (apt-get install nginx)"), "PARLEY_REQUIRE_NGINX")
    with ExitStack() as used:

        def make(env: dict[str, str]) -> Site:
            gateway = demo_process(env)
            used.callback(gateway.stop)
            site = Site(str(program), tmp_path_factory.mktemp("nginx"), gateway)
            used.callback(site.stop)
            site.wait()
            return site

        yield make


@pytest.fixture(scope="module")
def metrics_port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def site(make_site: SiteFactory, found_room: dict[str, str], metrics_port: int) -> Site:
    return make_site({**found_room, "PARLEY_TRUSTED_PROXIES": PROXY, "PARLEY_METRICS_PORT": str(metrics_port)})


async def test_pages_and_logins_are_for_tls_alone(site: Site) -> None:
    answer = await site.log_in(OFFICE, "anna")
    assert answer.status_code == 200
    assert answer.headers["strict-transport-security"] == "max-age=31536000"
    cookies = {
        name: morsel
        for header in answer.headers.get_list("set-cookie")
        for name, morsel in SimpleCookie(header).items()
    }
    assert {*cookies} == {"__Host-parley_login", "parley_device"}
    assert all(morsel["secure"] and morsel["httponly"] for morsel in cookies.values())
    async with site.browser(OFFICE) as browser:
        page = await browser.get("/desk")
    assert (page.status_code, page.headers["strict-transport-security"]) == (200, "max-age=31536000")


async def test_a_visitor_and_an_agent_talk_through_it(site: Site) -> None:
    """Each from a page of the site: whether an origin is its own is seen from the `Host` that nginx passes on."""
    cookie = (await site.log_in(OFFICE, "anna")).cookies["__Host-parley_login"]
    agent = Agent(site.url, "")
    agent._headers, agent._origin = {"Cookie": f"__Host-parley_login={cookie}"}, site.url
    async with site.reached_by(agent, OFFICE):
        await agent.frame("snapshot")
        async with site.reached_by(Visitor(site.url, origin=site.url), STRANGER) as visitor:
            await visitor.start(token="demo-sales", text="is anybody there?")
            await agent.until(lambda: visitor.chat in agent.waiting)
            await agent.ask("pick", item=visitor.chat)
            await agent.owns(visitor.chat)
            await agent.ask("message", item=visitor.chat, text="good morning")
            await visitor.until(lambda: ("agent", "good morning") in visitor.said())
            await visitor.ask("end")


async def test_no_other_page_is_taken_for_its_own(site: Site) -> None:
    async with site.reached_by(Visitor(site.url, origin=f"https://{NAME}:1"), STRANGER) as visitor:
        with pytest.raises(RefusedByServer, match="origin_not_allowed"):
            await visitor.start()


async def test_it_is_the_client_who_is_counted_whatever_the_client_says(site: Site) -> None:
    """Each try says that it comes from elsewhere, and even from the proxy itself."""
    forged = [*(f"198.51.100.{number}" for number in range(9)), f"{PROXY}, {PROXY}", f"{OFFICE}, {PROXY}"]
    told = [await site.log_in(STRANGER, "ben", "wrong", **{"X-Forwarded-For": each}) for each in forged]
    assert [answer.status_code for answer in told] == [401] * 10 + [429]
    assert told[-1].json()["code"] == "rate_limited"
    assert (await site.log_in(OFFICE, "ben")).status_code == 200, "somebody else at another address"
    async with asyncio.timeout(10):
        while len(seen := {(each["outcome"], each["address"]) for each in await site.audited("ben")}) < 3:
            await asyncio.sleep(0.2)
    assert seen == {("401", STRANGER), ("429", STRANGER), ("ok", OFFICE)}


async def test_a_proxy_that_is_not_named_is_everybody(make_site: SiteFactory) -> None:
    """What the setting is for: without it all come from one address, and TLS is seen from nothing."""
    unnamed = make_site({})
    answer = await unnamed.log_in(STRANGER, "sam", **{"X-Forwarded-For": "198.51.100.1"})
    assert answer.status_code == 200
    assert "strict-transport-security" not in answer.headers
    assert {entry["address"] for entry in await unnamed.audited("sam")} == {PROXY}


async def test_what_operators_see_is_not_published(site: Site, metrics_port: int) -> None:
    async with plainly(f"http://{PROXY}:{metrics_port}") as operators:
        assert "parley_" in (await operators.get("/metrics")).text
        assert (await operators.get("/readyz")).status_code == 200
    async with site.browser(STRANGER) as stranger:
        assert (await stranger.get("/metrics")).status_code == 404
        assert (await stranger.get("/readyz")).json() == {"status": "ready"}
    assert not re.findall(r"proxy_pass (?!http://127\.0\.0\.1:8080;)", block())


def test_a_socket_on_which_nobody_says_anything_stays() -> None:
    """nginx ends one after a minute, where it is not told otherwise; the gateway asks within that, and waits for the answer."""
    (patience,) = map(int, re.findall(r"proxy_read_timeout (\d+)s;", block()))
    asks, waits = (
        int(re.findall(rf"ws_ping_{what}=(\d+)", inspect.getsource(serving.serve))[0])
        for what in ("interval", "timeout")
    )
    assert patience > 60
    assert patience > 2 * (asks + waits)


async def pieces(count: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield b"x" * 65_536


async def test_a_body_that_is_too_long_is_refused_by_the_gateway_and_a_huge_one_by_nginx(site: Site) -> None:
    async with site.browser(STRANGER) as stranger:
        for content in (b"x" * 65_537, b"x" * 5_000_000, pieces(2), pieces(80)):
            answer = await stranger.post("/v1/login", content=content)
            assert (answer.status_code, answer.json()["code"]) == (413, "too_long")
        huge = await stranger.post("/v1/contacts/import", content=b"x" * (20 * 1024 * 1024 + 1))
        assert (huge.status_code, huge.headers["content-type"]) == (413, "text/html")
        assert (await stranger.get("/readyz")).status_code == 200
