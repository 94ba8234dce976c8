"""What everything passes first: whose address it is, how large a body may be, how many sockets one address has open."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from parley_contracts.refusal import Refused
from parley_gateway.edge import bodies
from parley_gateway.edge.addresses import Proxies, address_of, counted
from parley_gateway.edge.edge import Edge
from parley_gateway.edge.wellformed import check_head, check_json
from parley_gateway.routes.file_answer import _takes_gzip
from parley_gateway.tenants.callers import Caller, origin_of
from starlette.requests import Request
from starlette.responses import JSONResponse

NAMES = [(b"x-forwarded-for", b"203.0.113.7"), (b"x-forwarded-proto", b"https")]


def seen(trusted: str, peer: str, *headers: tuple[bytes, bytes], kind: str = "http") -> tuple[str, str]:
    """Whose address a request counts as, and by which scheme it came."""
    scope: dict[str, Any] = {"type": kind, "client": (peer, 1), "scheme": "http", "headers": list(headers)}
    Proxies(trusted).look(scope)
    return scope["client"][0], scope["scheme"]


class TestAddresses:
    def test_nobody_forwards_who_is_not_trusted(self) -> None:
        assert seen("", "127.0.0.1", *NAMES) == ("127.0.0.1", "http")
        assert seen("10.0.0.0/8", "127.0.0.1", *NAMES) == ("127.0.0.1", "http")

    def test_a_trusted_proxy_names_the_client_and_its_scheme(self) -> None:
        assert seen("127.0.0.1", "127.0.0.1", *NAMES) == ("203.0.113.7", "https")
        assert seen("127.0.0.1", "127.0.0.1", *NAMES, kind="websocket") == ("203.0.113.7", "wss")
        assert seen("127.0.0.1", "::ffff:127.0.0.1", *NAMES)[0] == "203.0.113.7"

    def test_what_a_client_wrote_itself_stands_to_the_left_and_is_not_read(self) -> None:
        written = (b"x-forwarded-for", b"198.51.100.1, 203.0.113.7")
        assert seen("127.0.0.1", "127.0.0.1", written)[0] == "203.0.113.7"
        assert seen("127.0.0.1,203.0.113.0/24", "127.0.0.1", written)[0] == "198.51.100.1"
        two = ((b"x-forwarded-for", b"198.51.100.1"), (b"x-forwarded-for", b"203.0.113.7:44, 10.0.0.2"))
        assert seen("127.0.0.1,10.0.0.0/8", "127.0.0.1", *two)[0] == "203.0.113.7"

    @pytest.mark.parametrize("nonsense", [b"", b"unknown", b"a, b", b"\xff\xfe", b"1.2.3.4.5", b"," * 5_000])
    def test_nonsense_counts_as_the_proxy(self, nonsense: bytes) -> None:
        assert seen("127.0.0.1", "127.0.0.1", (b"x-forwarded-for", nonsense))[0] == "127.0.0.1"

    def test_a_house_of_ipv6_addresses_is_one(self) -> None:
        assert counted(address_of("2001:db8:0:1::1")) == counted(address_of("[2001:db8:0:1:ffff::9]:80"))
        assert counted(address_of("2001:db8:0:2::1")) != counted(address_of("2001:db8:0:1::1"))
        assert counted(address_of("fe80::1%eth0")) == "fe80::"

    @given(st.text(max_size=40))
    def test_any_text_is_an_address_or_none(self, text: str) -> None:
        counted(address_of(text))

    def test_a_setting_that_cannot_be_read_is_said(self) -> None:
        with pytest.raises(ValueError, match="PARLEY_TRUSTED_PROXIES"):
            Proxies("127.0.0.1, my proxy")


async def sized(scope: Any, receive: Any, send: Any) -> None:
    """An application that says how long the body was, or that waits on a socket."""
    if scope["type"] == "websocket":
        while (await receive())["type"] != "websocket.disconnect":
            pass
        return
    body = await Request(scope, receive).body()
    await JSONResponse({"bytes": len(body)})(scope, receive, send)


class Client:
    """A client of an ASGI application that sends a body in pieces."""

    def __init__(self, path: str = "/v1/login", *headers: tuple[bytes, bytes]) -> None:
        self.scope = {
            "type": "http",
            "method": "POST",
            "path": path,
            "raw_path": quote(path).encode(),
            "query_string": b"",
            "headers": list(headers),
            "client": ("192.0.2.1", 1),
            "scheme": "http",
        }
        self.asked = 0

    async def send(self, pieces: AsyncIterator[bytes] | list[bytes]) -> tuple[int, dict[str, Any]]:
        """The status and the answer; `asked` counts the pieces that were read."""
        sent: list[Any] = []
        waiting = iter(pieces) if isinstance(pieces, list) else None

        async def receive() -> dict[str, Any]:
            self.asked += 1
            if waiting is None:
                await asyncio.sleep(3_600)
            piece = next(waiting, None) if waiting is not None else None
            return {"type": "http.request", "body": piece or b"", "more_body": piece is not None}

        async def send(event: Any) -> None:
            sent.append(event)

        await Edge(sized, Proxies(""), 0)(self.scope, receive, send)
        return int(sent[0]["status"]), json.loads(b"".join(event.get("body", b"") for event in sent[1:]))


CHUNKED = (b"transfer-encoding", b"chunked")


def length(bytes_: int) -> tuple[bytes, bytes]:
    return b"content-length", str(bytes_).encode()


class TestBodies:
    async def test_one_that_is_announced_too_long_is_not_read(self) -> None:
        client = Client("/v1/login", length(300_000_000))
        status, told = await client.send([b"x"] * 10)
        assert (status, told["code"], client.asked) == (413, "too_long", 0)

    async def test_one_without_a_length_is_read_as_far_as_it_may_be_long(self) -> None:
        client = Client("/v1/login", CHUNKED)
        status, told = await client.send([b"x" * 1_000] * 10_000)
        assert (status, told["code"]) == (413, "too_long")
        assert client.asked <= 67

    @pytest.mark.parametrize("head", [CHUNKED, length(bodies.USUAL_BYTES)])
    async def test_one_of_the_right_length_comes_as_it_is(self, head: tuple[bytes, bytes]) -> None:
        pieces = [b"x" * 1_024] * 64
        assert await Client("/v1/login", head).send(pieces) == (200, {"bytes": bodies.USUAL_BYTES})
        assert await Client("/v1/login").send([]) == (200, {"bytes": 0})

    async def test_a_file_is_passed_on_as_it_comes_and_no_further_than_it_may_be_long(self) -> None:
        client = Client("/v1/contacts/import", CHUNKED)
        assert await client.send([b"x" * 65_536] * 320) == (200, {"bytes": 20 * 1024 * 1024})
        with pytest.raises(Exception, match="too_long"):
            await Client("/v1/contacts/import", CHUNKED).send([b"x" * 65_536] * 321)
        assert (await Client("/v1/contacts/import", length(20 * 1024 * 1024 + 1)).send([]))[0] == 413

    async def test_one_that_does_not_come_is_not_waited_for(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(bodies, "USUAL_WITHIN_S", 0.05)

        async def never() -> AsyncIterator[bytes]:
            yield b""

        status, told = await Client("/v1/login", length(10)).send(never())
        assert (status, told["code"]) == (408, "bad_request")

    @pytest.mark.parametrize("said", [b"-1", b"ten", b"1e3", b"", b"9" * 5_000])
    async def test_a_length_that_is_none_is_refused(self, said: bytes) -> None:
        status, _ = await Client("/v1/login", (b"content-length", said)).send([b"x"])
        assert status in (413, 422)


class Connection:
    """A socket that its client keeps open."""

    def __init__(self, edge: Edge, address: str) -> None:
        self._scope = {"type": "websocket", "path": "/v1/chat", "headers": [], "client": (address, 1), "scheme": "ws"}
        self.sent: list[Any] = []
        self._over = asyncio.Event()
        self.task = asyncio.create_task(edge(self._scope, self._receive, self._send))

    async def _receive(self) -> dict[str, Any]:
        await self._over.wait()
        return {"type": "websocket.disconnect"}

    async def _send(self, event: Any) -> None:
        self.sent.append(event)

    async def refused(self) -> int:
        """The status with which it was turned away; 0 where it is open."""
        await asyncio.sleep(0)
        return int(self.sent[0]["status"]) if self.sent else 0

    async def close(self) -> None:
        self._over.set()
        await self.task


async def test_an_address_has_so_many_sockets_and_each_that_ends_makes_room() -> None:
    edge = Edge(sized, Proxies(""), 3)
    inside = [Connection(edge, "192.0.2.1") for _ in range(3)]
    assert [await each.refused() for each in inside] == [0, 0, 0]
    assert await Connection(edge, "192.0.2.1").refused() == 429
    other = Connection(edge, "192.0.2.2")
    assert await other.refused() == 0, "others' addresses have theirs"
    await inside.pop().close()
    inside.append(Connection(edge, "192.0.2.1"))
    assert await inside[-1].refused() == 0
    for each in (*inside, other):
        await each.close()
    assert not edge._sockets._here, "nothing is remembered of who is gone"


def head(path: bytes = b"/v1/desk", query: bytes = b"", *headers: tuple[bytes, bytes]) -> dict[str, Any]:
    """A request's head as a web server gives it."""
    return {"type": "http", "raw_path": path, "path": path.decode("latin-1"), "query_string": query, "headers": headers}


class TestText:
    @pytest.mark.parametrize("bad", [b"%00", b"a%00b", b"%ff", b"%ed%a0%80", b"%c0%80", b"x" * 5_000])
    def test_R31_neither_paths_nor_parameters_hold_what_is_no_text(self, bad: bytes) -> None:
        for scope in (head(b"/v1/contacts/" + bad), head(query=b"query=" + bad), head(query=bad + b"=1")):
            with pytest.raises(Refused) as refused:
                check_head(scope)
            assert refused.value.code == "bad_request"

    @pytest.mark.parametrize("bad", [b"\x00", b"a\x01", b"\x7f", b"\x1b[31m", b"x" * 20_000])
    def test_R31_headers_hold_no_control_characters(self, bad: bytes) -> None:
        with pytest.raises(Refused):
            check_head(head(b"/", b"", (b"idempotency-key", bad)))

    @pytest.mark.parametrize("good", ["/", "/v1/contacts/ä", "/assets/desk/a.js", "/v1/x/\N{PILE OF POO}"])
    def test_what_is_text_passes(self, good: str) -> None:
        check_head(head(quote(good).encode(), b"query=a+b%20%C3%A4&x", (b"user-agent", b"M\xfcller\t1")))

    def test_a_name_longer_than_any_file_could_have_is_refused(self) -> None:
        check_head(head(b"/assets/" + b"x" * 255))
        with pytest.raises(Refused):
            check_head(head(b"/assets/" + b"x" * 256))

    @given(
        st.recursive(st.text(max_size=5), lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=5), inner))
    )
    def test_R31_a_body_is_refused_exactly_where_a_text_in_it_is_none(self, content: Any) -> None:
        self.agrees(json.dumps(content).encode(), content)

    @given(
        st.lists(st.sampled_from(["\x00", "\ud800", "\udc00", "\ud83d\ude00", "\\u0000", "\\", "a", '"'])).map("".join)
    )
    def test_R31_escapes_and_what_only_looks_like_them_are_told_apart(self, text: str) -> None:
        self.agrees(json.dumps({text: [text]}).encode(), json.loads(json.dumps(text)))

    def agrees(self, body: bytes, content: Any) -> None:
        text = json.dumps(content, ensure_ascii=False)
        try:
            text.encode()
            fine = "\\u0000" not in json.dumps(json.loads(text)).replace("\\\\", "")
        except UnicodeEncodeError:
            fine = False
        try:
            check_json(body)
        except Refused:
            assert not fine
        else:
            assert fine

    @given(st.binary(max_size=200))
    def test_R31_any_bytes_are_a_body_that_others_judge_or_refused(self, body: bytes) -> None:
        with contextlib.suppress(Refused):
            check_json(body)

    async def test_R31_the_edge_looks_at_all_of_it(self) -> None:
        status, told = await Client("/v1/login", length(20)).send([b'{"a": "\\u0000"}'])
        assert (status, told["code"]) == (422, "bad_request")
        client = Client("/v1/contacts/\x00")
        assert (await client.send([]))[0] == 422
        edge = Edge(sized, Proxies(""), 0)
        connection = Connection(edge, "192.0.2.1")
        connection._scope["headers"] = [(b"origin", b"http://\x01")]
        assert await connection.refused() == 422


@given(
    st.text(max_size=40) | st.sampled_from(["gzip;q=.", "gzip;q=1.1.1", "*;q=0", "gzip;q=9", "gzip;q=0.000", "gzip;q="])
)
def test_R31_any_accept_encoding_takes_gzip_or_not(accepted: str) -> None:
    assert _takes_gzip(accepted) in (True, False)


def test_gzip_is_sent_to_who_takes_it() -> None:
    for accepted in ("gzip", "br, GZIP;q=0.5", "*", "gzip ; q=1.000"):
        assert _takes_gzip(accepted), accepted
    for accepted in ("", "br", "gzip;q=0", "gzip;q=0.0", "xgzip", "gzip;q=."):
        assert not _takes_gzip(accepted), accepted


HOSTILE_ORIGINS = [
    "http://[",
    "http://[::1",
    "null",
    "//",
    "",
    "http://a:99999",
    "http://a:b",
    "javascript:x",
    "http://chat.example@evil",
]


@given(st.text(max_size=30) | st.sampled_from(HOSTILE_ORIGINS), st.text(max_size=30))
def test_R31_any_origin_is_one_or_none(origin: str, host: str) -> None:
    found = origin_of(origin)
    assert found is None or len(found) == 3
    assert Caller(host, ("http",), origin, None).is_own_page in (True, False)


def calls(scheme: str = "https", **headers: str) -> bool:
    """Whether a request with these headers may use a cookie of chat.example."""
    try:
        Caller.of(
            {"host": "chat.example", **{name.replace("_", "-"): value for name, value in headers.items()}}, scheme
        ).require_own_page()
    except Refused as refusal:
        return refusal.code != "origin_not_allowed"
    return True


def test_a_cookie_counts_for_our_own_pages_and_for_who_is_no_page() -> None:
    assert calls()
    assert calls(origin="https://chat.example")
    assert calls(origin="https://CHAT.example:443", sec_fetch_site="same-origin")
    assert calls(sec_fetch_site="none")
    assert calls("ws", origin="http://chat.example")
    assert calls("wss", origin="https://chat.example")
    assert calls("http", origin="https://chat.example", x_forwarded_proto="https"), "behind a proxy that speaks TLS"


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "https://www.chat.example",
        "https://chat.example:8443",
        "http://chat.example",
        *HOSTILE_ORIGINS,
    ],
)
def test_a_cookie_does_not_count_for_other_pages(origin: str) -> None:
    assert not calls(origin=origin)
    assert not calls("wss", origin=origin)
    assert not calls(origin=origin, sec_fetch_site="same-origin"), "one of the two is enough"


@pytest.mark.parametrize("site", ["cross-site", "same-site", "", "nonsense"])
def test_a_cookie_does_not_count_where_the_browser_says_that_another_site_asks(site: str) -> None:
    assert not calls(sec_fetch_site=site)
    assert not calls(sec_fetch_site=site, origin="https://chat.example")


def test_an_encrypted_page_is_not_ours_where_we_are_not_encrypted() -> None:
    assert not calls("http", origin="https://chat.example")


async def said(scheme: str, path: str = "/v1/login") -> dict[str, str]:
    """The headers of an answer."""
    sent: list[Any] = []

    async def send(event: Any) -> None:
        sent.append(event)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def app(scope: Any, receive: Any, send: Any) -> None:
        headers = {"Cache-Control": "max-age=5"} if scope["path"] == "/file" else None
        await JSONResponse({}, headers=headers)(scope, receive, send)

    client = Client(path)
    client.scope["scheme"] = scheme
    await Edge(app, Proxies(""), 0)(client.scope, receive, send)
    return {name.decode(): value.decode() for name, value in sent[0]["headers"]}


async def test_every_answer_says_that_it_is_not_to_be_kept_nor_guessed_at_unless_it_says_otherwise() -> None:
    for path in ("/v1/login", "/v1/\x00"):
        found = await said("http", path)
        assert (found["cache-control"], found["x-content-type-options"]) == ("no-store", "nosniff")
        assert "strict-transport-security" not in found
    assert (await said("http", "/file"))["cache-control"] == "max-age=5"
    assert (await said("https"))["strict-transport-security"] == "max-age=31536000"
