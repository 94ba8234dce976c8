"""R29: the desk's `apply` as it is served, in a browser, on the floors of tests/test_same_view.py."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser
from random_floors import story

from .people import Person

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.parametrize("parley_url", ["sqlite"], indirect=True, scope="module"),
]
COMPARE = Path(__file__).parents[1] / "js/same_view.js"


@pytest.mark.parametrize("seeds", [range(6), pytest.param(range(6, 60), marks=pytest.mark.slow)], ids=["few", "more"])
async def test_R4_R29_frames_applied_equal_a_fresh_snapshot(browser: Browser, parley_url: str, seeds: range) -> None:
    wrong: list[str] = []
    somebody = await Person.arrives(browser, parley_url, wrong)
    await somebody.page.route("**/same_view.js", lambda route: route.fulfill(path=COMPARE))
    await somebody.page.goto(f"{parley_url}/desk")

    found = await somebody.page.evaluate(
        """async stories => {
          const [{ apply }, { compare }] = await Promise.all([import("/assets/desk/view.js"), import("/same_view.js")]);
          return compare(apply, stories);
        }""",
        [story(seed) for seed in seeds],
    )

    assert found == {"checked": len(seeds) * 12, "wrong": []}
    await somebody.leaves()
    assert wrong == []
