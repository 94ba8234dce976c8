"""R27: the widget on pages of other people: another origin, rules of style against it, twice, on pages that renew
themselves, under the strictest policy, and from its pinned address."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from parley_gateway.pages.widget_files import PINNED, Served
from playwright.async_api import Browser, expect

from .axe import violations
from .people import Visitor
from .test_admin import Admin
from .widget_pages import Site, administration, changed, page_with, snippet

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.parametrize("parley_url", ["sqlite"], indirect=True, scope="module"),
]

STORED = "localStorage.length + sessionStorage.length + document.cookie.length"
HOSTILE = """
* { all: unset !important; display: none !important; visibility: hidden !important; opacity: 0 !important; }
html, body, head ~ * { display: block !important; visibility: visible !important; opacity: 1 !important; }
body > *, parley-chat { display: none !important; position: absolute !important; left: -9999px !important;
  width: 0 !important; height: 0 !important; overflow: hidden !important; transform: scale(0) !important;
  pointer-events: none !important; font-size: 0 !important; color: transparent !important; }
button, textarea, input { display: none !important; }
"""


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(browser: Browser, parley_url: str) -> AsyncIterator[Visitor]:
    visitor = await Visitor.arrives(browser, parley_url, [])
    yield visitor
    await visitor.leaves()


@pytest.fixture
def site(parley_url: str) -> Iterator[Site]:
    """A website that the chat service allows."""
    with Site().runs() as site, administration(parley_url) as ada:
        origins = ada.get("/v1/admin/services/demo").json()["origins"]
        with changed(ada, "services/demo", origins=[*origins, site.url]):
            yield site


async def talks(visitor: Visitor) -> None:
    """Opens the chat, says something, and ends it."""
    await visitor.opens_chat()
    await visitor.says("from another site")
    await visitor.sees(["from another site"])
    await visitor.ends()
    await visitor.is_told("You ended the chat")


@pytest.mark.slow
async def test_on_a_site_of_another_origin_nothing_happens_before_it_is_opened_and_then_it_works(
    visitor: Visitor, parley_url: str, site: Site
) -> None:
    asked: list[str] = []
    visitor.page.on("request", lambda request: asked.append(request.url))
    visitor.page.on("websocket", lambda socket: asked.append(socket.url))
    site.pages["/"] = page_with(snippet(parley_url))

    await visitor.page.goto(site.url)
    await expect(visitor.page.locator("#launcher")).to_be_visible()
    assert asked == [f"{site.url}/", f"{parley_url}/widget.js"]
    assert await visitor.page.evaluate(STORED) == 0

    await talks(visitor)
    assert visitor.wrong == []


async def test_under_the_strictest_policy_it_works_without_a_violation(
    visitor: Visitor, parley_url: str, site: Site
) -> None:
    site.pages["/"] = page_with(snippet(parley_url, 'data-lang="fr"')).replace("<link rel=icon href=data:,>", "")
    site.headers["Content-Security-Policy"] = (
        f"default-src 'none'; script-src {parley_url}; connect-src {parley_url} {parley_url.replace('http', 'ws', 1)}; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )

    await visitor.page.goto(site.url)
    await visitor.opens_chat()
    await expect(visitor.page.locator("#input")).to_have_attribute("placeholder", "Votre message")
    await visitor.says("from a strict site")
    await visitor.sees(["from a strict site"])
    await visitor.ends()
    await visitor.is_told("Vous avez terminé le chat")

    assert await visitor.page.locator("#panel").evaluate("node => getComputedStyle(node).position") == "fixed"
    assert [text for text in visitor.wrong if "favicon" not in text] == []


@pytest.mark.slow
async def test_from_its_pinned_address_it_runs_only_if_it_is_the_file_that_was_pinned(
    visitor: Visitor, parley_url: str, site: Site
) -> None:
    for file in PINNED.glob("*.js"):
        integrity = Served.of(file.read_bytes()).integrity
        script = (
            f'<script async src="{parley_url}/widget/pinned/{file.name}" integrity="{integrity}" '
            'crossorigin="anonymous" data-token="demo"></script>'
        )
        site.pages["/"] = page_with(script)
        site.pages["/wrong"] = page_with(script.replace("sha384-", "sha384-AAAA"))

        await visitor.page.goto(site.url)
        await talks(visitor)
        await visitor.page.evaluate("localStorage.clear()")
        assert visitor.wrong == []

        await visitor.page.goto(f"{site.url}/wrong")
        await visitor.page.wait_for_load_state("networkidle")
        assert await visitor.page.locator("#launcher").count() == 0
        assert "integrity" in visitor.wrong.pop()


@pytest.mark.slow
async def test_rules_of_style_against_everything_do_not_reach_it(visitor: Visitor, parley_url: str, site: Site) -> None:
    site.pages["/"] = page_with(snippet(parley_url), style=HOSTILE)
    site.pages["/plain"] = page_with(snippet(parley_url))

    looks = []
    for path in ("/plain", "/"):
        await visitor.page.goto(site.url + path)
        button = await visitor.page.locator("#launcher").bounding_box()
        await visitor.opens_chat()
        look = (
            "node => [...['color', 'font', 'display', 'visibility', 'opacity'].map(it => getComputedStyle(node)[it])]"
        )
        looks.append(
            (
                button,
                await visitor.page.locator("#panel").bounding_box(),
                await visitor.page.locator("#input").evaluate(look),
            )
        )
        await visitor.page.locator("#close").click()
    assert looks[0] == looks[1]
    await talks(visitor)
    assert visitor.wrong == []


@pytest.mark.slow
@pytest.mark.parametrize("second", ["demo", "demo-sales"])
async def test_twice_on_one_page_the_first_counts(visitor: Visitor, parley_url: str, site: Site, second: str) -> None:
    once, again = snippet(parley_url).replace("async ", ""), snippet(parley_url, token=second).replace("async ", "")
    site.pages["/"] = page_with(once + again)

    await visitor.page.goto(site.url)
    await expect(visitor.page.locator("parley-chat")).to_have_count(1)
    await expect(visitor.page.locator("#launcher")).to_have_count(1)
    async with visitor.page.expect_request("**/v1/services/demo?*"):
        await visitor.opens_chat()
    assert visitor.wrong == []


RENEWALS = {
    "its content": "document.body.innerHTML = '<main><h1>Another page</h1></main>'",
    "its body": "document.body = document.createElement('body')",
    "its nodes by copies": "document.body.replaceWith(document.body.cloneNode(true))",
    "everything": "document.documentElement.replaceChildren(document.createElement('head'), document.createElement('body'))",
}


@pytest.mark.slow
@pytest.mark.parametrize("renews", RENEWALS)
async def test_on_a_page_that_renews_itself_it_comes_back_and_the_chat_goes_on(
    visitor: Visitor, parley_url: str, site: Site, renews: str
) -> None:
    site.pages["/"] = page_with(snippet(parley_url))
    await visitor.page.goto(site.url)
    await visitor.opens_chat()
    await visitor.says("one")
    await visitor.sees(["one"])
    sockets: list[str] = []
    visitor.page.on("websocket", lambda socket: sockets.append(socket.url))

    await visitor.page.evaluate(RENEWALS[renews])

    await expect(visitor.page.locator("parley-chat")).to_have_count(1)
    await expect(visitor.page.locator("#panel")).to_be_visible()
    await visitor.sees(["one"])
    await visitor.says("two")
    await visitor.sees(["one", "two"])
    assert sockets == []
    await visitor.ends()
    await visitor.is_told("You ended the chat")
    assert visitor.wrong == []


@pytest.mark.slow
async def test_R27_the_administration_offers_the_pinned_line_and_the_site_runs_with_it(
    browser: Browser, visitor: Visitor, parley_url: str, site: Site
) -> None:
    ada = await Admin.arrives(browser, parley_url, [])
    try:
        await ada.logs_in()
        await ada.page.goto(f"{parley_url}/admin#/snippet/demo")
        marked = ada.page.get_by_test_id("paste").locator("mark")
        await expect(marked).to_contain_text("/widget.js")
        await ada.page.get_by_label("Exactly this one").check()
        await expect(marked).to_contain_text("/widget/pinned/")
        site.pages["/"] = page_with(str(await marked.text_content()).strip())
        assert await violations(ada.page) == []
    finally:
        await ada.leaves()

    await visitor.page.goto(site.url)
    await talks(visitor)
    assert visitor.wrong == []
    assert ada.wrong == []
