"""Takes the pictures of all fixed scenes, light and dark, in German and English, at a desktop's and at a phone's width:
`make screenshots`. Without `--url` it starts a demonstration of its own."""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import sys
import tempfile
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path
from typing import Any

from playwright.async_api import Page, async_playwright
from running import Demo

from .conftest import QUIET
from .scenes import LOCALES, Stage, scenes

SIZES = {"desktop": {"width": 1360, "height": 860}, "phone": {"width": 390, "height": 844}}
SCHEMES = ("light", "dark")
SETTLED_MS = 250


async def take(page: Page, folder: Path, scene: str, language: str) -> list[dict[str, Any]]:
    """The pictures of one scene as it stands."""
    taken = []
    for size, viewport in SIZES.items():
        await page.set_viewport_size(viewport)  # type: ignore[arg-type]
        for scheme in SCHEMES:
            await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            await page.wait_for_timeout(SETTLED_MS)
            path = folder / f"{scene}.{language}.{scheme}.{size}.png"
            await page.screenshot(path=path)
            taken.append({"scene": scene, "language": language, "scheme": scheme, "size": size, "file": str(path)})
    await page.set_viewport_size(SIZES["desktop"])  # type: ignore[arg-type]
    return taken


async def take_all(url: str, folder: Path, languages: list[str], only: str) -> list[dict[str, Any]]:
    """Every scene's pictures, one line of progress each on standard error."""
    taken: list[dict[str, Any]] = []
    async with async_playwright() as playwright:
        chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
        if chromium is None:
            sys.exit("no Chromium on this machine: apt-get install chromium")
        browser = await playwright.chromium.launch(executable_path=chromium, args=list(QUIET))
        for language in languages:
            async with AsyncExitStack() as used:
                async for scene, page in scenes(Stage(browser, url, language, used)):
                    if only in scene:
                        taken += await take(page, folder, scene, language)
                        print(f"{language} {scene}", file=sys.stderr, flush=True)
        await browser.close()
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, prog="make screenshots")
    parser.add_argument("--url", help="where a demonstration runs, in which nobody is logged in and nothing waits")
    parser.add_argument(
        "--into", type=Path, default=Path("../screenshots"), help="the folder of the pictures (%(default)s)"
    )
    parser.add_argument("--language", choices=[*LOCALES], action="append", help="only this one; may be said twice")
    parser.add_argument(
        "--only", default="", metavar="TEXT", help="only scenes with this in their name, such as desk-call"
    )
    parser.add_argument("--json", action="store_true", help="say which pictures were taken, as JSON")
    given = parser.parse_args()
    folder = given.into.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as used:
        url = given.url
        if url is None:
            demo = Demo(Path(used.enter_context(tempfile.TemporaryDirectory())), {})
            demo.start()
            used.callback(demo.stop)
            url = demo.url
        taken = asyncio.run(take_all(url.rstrip("/"), folder, given.language or [*LOCALES], given.only))
    print(json.dumps(taken) if given.json else f"{len(taken)} pictures in {folder}")


if __name__ == "__main__":
    main()
