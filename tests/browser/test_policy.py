"""Each of our pages works under its policy, and its policy works: no markup and no script out of a string, nothing from elsewhere, in
nobody's frame."""

from __future__ import annotations

import pytest
from parley_gateway.routes.page_routes import PAGES
from playwright.async_api import Browser, Error

from .people import OF_THE_MACHINE

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.parametrize("parley_url", ["sqlite"], indirect=True, scope="module"),
]

CONFIRM = "/v1/transcripts/nothing"

TRIES = {
    "markup out of a string": "() => { document.body.innerHTML = '<img src=x onerror=\"window.bad = 1\">' }",
    "markup behind an element": "() => document.body.insertAdjacentHTML('beforeend', '<script>window.bad = 1</script>')",
    "a page out of a string": "() => document.write('<script>window.bad = 1</script>')",
    "a frame out of a string": "() => { document.createElement('iframe').srcdoc = '<script>parent.bad = 1</script>' }",
    "a script by its address": "() => { document.createElement('script').src = 'https://evil.example/x.js' }",
    "a handler in the markup": "() => document.body.setAttribute('onclick', 'window.bad = 1')",
    "a policy of its own": "() => trustedTypes.createPolicy('default', { createHTML: (text) => text })",
}
QUIET = {
    "a script in the page": "const s = document.createElement('script'); s.append('window.bad = 1'); document.head.append(s)",
    "a picture from elsewhere": "const i = new Image(); i.src = 'https://evil.example/x.png'; document.body.append(i)",
    "an answer from elsewhere": "fetch('https://evil.example/').catch(() => 0)",
}


@pytest.mark.parametrize(
    "path", [pytest.param(path, marks=[] if path == "/desk" else [pytest.mark.slow]) for path in (*PAGES, CONFIRM)]
)
async def test_a_page_works_under_its_policy_and_the_policy_works(browser: Browser, parley_url: str, path: str) -> None:
    context = await browser.new_context()
    page = await context.new_page()
    wrong: list[str] = []
    page.on(
        "console",
        lambda message: (
            wrong.append(message.text) if message.type == "error" and OF_THE_MACHINE not in message.text else None
        ),
    )
    page.on("pageerror", lambda error: wrong.append(str(error)))
    answer = await page.goto(parley_url + path, wait_until="networkidle")
    assert answer is not None
    headers = answer.headers
    policy = headers["content-security-policy"]
    for directive in (
        "default-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    ):
        assert directive in policy, directive
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"]
    assert [text for text in wrong if "401" not in text] == [], "it works"

    await page.evaluate(
        "() => addEventListener('securitypolicyviolation', (e) => (window.violations ??= []).push(e.violatedDirective))"
    )
    for code in TRIES.values():
        with pytest.raises(Error, match="TypeError"):
            await page.evaluate(code)  # DID NOT RAISE: it lets that in
    for what, code in QUIET.items():
        before = len(await page.evaluate("() => window.violations ?? []"))
        await page.evaluate(f"async () => {{ {code}; await new Promise((done) => setTimeout(done, 50)) }}")
        assert len(await page.evaluate("() => window.violations ?? []")) > before, f"{path} lets in {what}"
    assert await page.evaluate("() => window.bad") is None

    frame = await context.new_page()
    await frame.set_content(f'<iframe src="{parley_url}{path}"></iframe>')
    await frame.wait_for_timeout(300)
    assert frame.frames[1].url.startswith("chrome-error:"), f"{path} is shown in a frame"
    await context.close()
