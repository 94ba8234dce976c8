"""The widget's files over HTTP: how large they are, how long they hold, and what stands behind a pinned address."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys
from base64 import b64encode
from collections.abc import AsyncIterator
from hashlib import sha256, sha384
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI, Request, Response
from parley_contracts.refusal import Refused
from parley_gateway.domain.directory import ServiceSet
from parley_gateway.pages import widget_files
from parley_gateway.pages.widget_files import PINNED, WEB, Served
from parley_gateway.routes.example_page import example_page
from parley_gateway.routes.problems import problem
from parley_gateway.routes.widget_file_routes import widget_file_routes

TEXTS = (WEB / "widget/src/texts.js").read_text("utf-8")
LANGUAGES = sorted(file for file in (WEB / "widget").glob("*.json") if file.name != "made.json")
PINNED_FILES = sorted(PINNED.glob("*.js"))


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    api = FastAPI()
    api.include_router(widget_file_routes())

    @api.exception_handler(Refused)
    async def refused(request: Request, refusal: Refused) -> Response:
        return problem(refusal.code, refusal.message)

    async with httpx.AsyncClient(transport=httpx.ASGITransport(api), base_url="http://parley") as client:
        yield client


async def received(client: httpx.AsyncClient, path: str, **headers: str) -> tuple[httpx.Response, bytes]:
    """The answer, and the bytes that went over the wire."""
    async with client.stream("GET", path, headers=headers) as answer:
        return answer, b"".join([part async for part in answer.aiter_raw()])


async def test_the_widget_is_at_most_8192_bytes_gzipped_as_it_is_served(client: httpx.AsyncClient) -> None:
    answer, wire = await received(client, "/widget.js", **{"accept-encoding": "br, gzip"})

    assert answer.headers["content-encoding"] == "gzip"
    assert len(wire) <= 8192
    assert gzip.decompress(wire) == (WEB / "widget.min.js").read_bytes()
    assert len(gzip.compress(gzip.decompress(wire), 9)) <= 8192


def test_what_is_served_is_made_from_the_source() -> None:
    command = [sys.executable, str(Path(__file__).parents[1] / "build_widget.py"), "--check"]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize("accepted", ["", "identity", "br", "gzip;q=0", "gzip; q=0.0, br"])
async def test_who_takes_no_gzip_gets_none(client: httpx.AsyncClient, accepted: str) -> None:
    answer, wire = await received(client, "/widget.js", **{"accept-encoding": accepted})

    assert "content-encoding" not in answer.headers
    assert answer.headers["vary"] == "Accept-Encoding"
    assert wire == (WEB / "widget.min.js").read_bytes()


async def test_the_two_forms_have_tags_of_their_own_and_what_a_browser_has_is_not_sent_again(
    client: httpx.AsyncClient,
) -> None:
    zipped, _ = await received(client, "/widget.js", **{"accept-encoding": "gzip"})
    plain, _ = await received(client, "/widget.js", **{"accept-encoding": "identity"})
    assert zipped.headers["etag"] != plain.headers["etag"]

    for encoding, tag in (("gzip", zipped.headers["etag"]), ("identity", f'"other", W/{plain.headers["etag"]}')):
        again, wire = await received(client, "/widget.js", **{"accept-encoding": encoding, "if-none-match": tag})
        assert (again.status_code, wire) == (304, b"")
        assert again.headers["vary"] == "Accept-Encoding"
    changed, _ = await received(
        client, "/widget.js", **{"accept-encoding": "gzip", "if-none-match": '"0000000000000000"'}
    )
    assert changed.status_code == 200


async def test_pages_of_any_origin_may_have_the_files(client: httpx.AsyncClient) -> None:
    for path in (
        "/widget.js",
        "/widget/fr.json",
        "/widget/xx.json",
        *(f"/widget/pinned/{f.name}" for f in PINNED_FILES),
    ):
        answer, _ = await received(client, path)
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
        assert answer.headers["x-content-type-options"] == "nosniff"


# --- pinned versions --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", PINNED_FILES, ids=lambda file: file.stem)
async def test_a_pinned_file_has_its_hash_as_its_name_and_is_served_for_ever(
    client: httpx.AsyncClient, file: Path
) -> None:
    content = file.read_bytes()
    assert file.stem == sha256(content).hexdigest()[:16]

    answer, wire = await received(client, f"/widget/pinned/{file.name}", **{"accept-encoding": "gzip"})

    assert gzip.decompress(wire) == content
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"].startswith("text/javascript")
    assert Served.of(content).integrity == f"sha384-{b64encode(sha384(content).digest()).decode()}"


def test_the_version_that_is_served_is_pinned() -> None:
    assert (PINNED / f"{Served.of((WEB / 'widget.min.js').read_bytes()).tag}.js").is_file(), "make widget PIN=--pin"


@pytest.mark.parametrize(
    "name", ["0000000000000000", "../../../widget.min", "..%2f..%2fwidget.min", "ABCDEF0123456789"]
)
async def test_there_is_no_other_pinned_file(client: httpx.AsyncClient, name: str) -> None:
    answer, _ = await received(client, f"/widget/pinned/{name}.js")
    assert answer.status_code == 404


async def test_R27_the_pinned_snippet_has_the_hash_of_what_stands_behind_its_address(client: httpx.AsyncClient) -> None:
    service = ServiceSet(at=1, by="ada", service="s", token="a&b", queue="q", name="S")

    snippet = example_page(service, "http://parley").pinned

    parts = re.fullmatch(
        r'<script async src="http://parley(.+?)" integrity="(.+?)" crossorigin="anonymous" data-token="a&amp;b"></script>',
        snippet,
    )
    assert parts is not None, snippet
    answer, wire = await received(client, parts[1], **{"accept-encoding": "identity"})
    assert answer.status_code == 200
    assert parts[2] == f"sha384-{b64encode(sha384(wire).digest()).decode()}"


# --- languages --------------------------------------------------------------------------------------------------------

ENGLISH = dict(re.findall(r'^  (\w+): "(.*)",$', TEXTS, re.MULTILINE))


def test_the_texts_are_found_in_the_source() -> None:
    assert len(ENGLISH) > 40
    assert {"open", "stars", "position", "thanks"} <= set(ENGLISH)


@pytest.mark.parametrize("file", LANGUAGES, ids=lambda file: file.stem)
async def test_a_language_has_every_text_and_its_places(client: httpx.AsyncClient, file: Path) -> None:
    texts = json.loads(file.read_text("utf-8"))

    assert set(texts) == set(ENGLISH)
    for key, text in texts.items():
        assert text.strip(), key
        assert text.count("%") == ENGLISH[key].count("%"), key
    answer, wire = await received(client, f"/widget/{file.name}", **{"accept-encoding": "gzip"})
    assert json.loads(gzip.decompress(wire)) == texts
    assert answer.headers["content-type"].startswith("application/json")


def test_german_french_and_arabic_are_there() -> None:
    assert {"ar", "de", "fr"} <= {file.stem for file in LANGUAGES}


@pytest.mark.parametrize("name", ["xx", "pinned%2f..%2ffr", "FR", "..%2fwidget"])
async def test_a_language_that_is_not_there_is_an_empty_answer(client: httpx.AsyncClient, name: str) -> None:
    answer, wire = await received(client, f"/widget/{name}.json")

    assert answer.status_code in (204, 404)
    assert "widget" not in wire.decode().replace("Not Found", "")


async def test_what_is_not_there_is_not_remembered(client: httpx.AsyncClient) -> None:
    before = widget_files._kept.cache_info().currsize
    for number in range(20):
        answer, _ = await received(client, f"/widget/pinned/{number:016x}.js")
        assert answer.status_code == 404
    assert widget_files._kept.cache_info().currsize == before
