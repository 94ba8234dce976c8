"""What axe-core finds on a page: accessibility problems, as lines that say what and where."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from playwright.async_api import Page

VENDOR = Path(__file__).parent / "vendor"
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")


@cache
def _source() -> str:
    source = (VENDOR / "axe.min.js").read_bytes()
    assert hashlib.sha256(source).hexdigest() in (VENDOR / "README.md").read_text(), "not the file of the README"
    return source.decode()


async def violations(page: Page) -> list[str]:
    """Each problem with the elements that have it; empty where there is none."""
    await page.evaluate(_source())  # past the page's policy, which lets no such script in
    found = await page.evaluate("rules => axe.run({ runOnly: rules, resultTypes: ['violations'] })", list(RULES))
    return [
        f"{problem['id']}: {problem['help']}: {[node['html'][:160] for node in problem['nodes']]}"
        for problem in found["violations"]
    ]
