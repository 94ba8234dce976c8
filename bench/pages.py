"""`python -m bench.pages`: what the pages cost a browser. Five minutes; kept in bench/results/pages.json.

- bytes: everything that a page loads, as it is and gzipped
- ready: from the navigation until the login can be filled in, or the widget's launcher pressed; nothing cached
- painted: from the server's sending an event to the frame with its row, with 50 chats owned and 5,000 items waiting
- memory: the desk's JavaScript heap before and after a day of 20,000 events and 400 chats of 20 entries each

The last two show the real desk's files to a server made up here (`bench/fake_gateway.py`), which says what is measured.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import shutil
import sys
import tempfile
import time
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from playwright.async_api import Browser, Page, Response, async_playwright

from .fake_gateway import Day, FakeGateway, item
from .machine import machine
from .setups import one_process

RESULTS = Path(__file__).parent / "results" / "pages.json"
PAGES = {"shop with widget": "/", "desk": "/desk", "admin": "/admin", "phone": "/phone"}
LOGIN = "document.querySelector('[data-testid=login-user]')"
LAUNCHER = "document.querySelector('parley-chat')?.shadowRoot?.querySelector('#launcher')"
READY = {"desk": ("/desk", LOGIN), "widget": ("/", LAUNCHER)}
COMPRESSED = (".woff2", ".png", ".jpg")
OWNED, WAITING = 50, 5_000
PAINTED = """
  window.painted = new Map();
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes) for (const node of addedNodes) {
      const rows = node.matches?.("[data-item]") ? [node] : node.querySelectorAll?.("li[data-item]") ?? [];
      for (const { dataset: { item } } of rows) if (item.startsWith("new")) requestAnimationFrame(() =>
        painted.has(item) || painted.set(item, Date.now()));
    }
  }).observe(document, { childList: true, subtree: true });
"""


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


async def sizes(browser: Browser, url: str) -> dict[str, Any]:
    """Bytes of everything that each page loads until nothing more comes."""
    found = {}
    for name, path in PAGES.items():
        context = await browser.new_context(locale="en-GB")
        page = await context.new_page()
        answers: list[Response] = []
        page.on("response", lambda answer, answers=answers: answers.append(answer))
        await page.goto(url + path, wait_until="networkidle")
        files = {}
        for answer in answers:
            if answer.ok and "/v1/" not in answer.url:
                body = await answer.body()
                packed = len(body) if answer.url.endswith(COMPRESSED) else len(gzip.compress(body, 9))
                files[answer.url.removeprefix(url)] = (len(body), packed)
        found[name] = {
            "files": len(files),
            "bytes": sum(raw for raw, _ in files.values()),
            "gzipped_bytes": sum(packed for _, packed in files.values()),
            "fonts_bytes": sum(packed for file, (_, packed) in files.items() if file.endswith(".woff2")),
        }
        if "/widget.js" in files:
            found["widget alone"] = {
                "files": 1,
                "bytes": files["/widget.js"][0],
                "gzipped_bytes": files["/widget.js"][1],
                "fonts_bytes": 0,
            }
        await context.close()
    return found


async def ready(browser: Browser, url: str, times: int) -> dict[str, Any]:
    """Milliseconds from the navigation until it can be used, each time in a browser profile of its own."""
    found = {}
    for name, (path, usable) in READY.items():
        took = []
        for _ in range(times + 1):
            context = await browser.new_context(locale="en-GB")
            page = await context.new_page()
            await page.goto(url + path, wait_until="commit")
            at = await page.wait_for_function(f"() => {usable} && performance.now()", polling="raf")
            took.append(float(await at.json_value()))
            await context.close()
        found[name] = {"p50_ms": round(median(took[1:]), 1), "most_ms": round(max(took[1:]), 1)}
    return found


async def desk_at(browser: Browser, gateway: FakeGateway) -> Page:
    """The desk, connected to the made-up gateway."""
    context = await browser.new_context(locale="en-GB", viewport={"width": 1440, "height": 900})
    page = await context.new_page()
    await page.add_init_script(PAINTED)
    await page.goto(f"{gateway.url}/desk")
    await page.get_by_test_id("availability").wait_for()
    await page.wait_for_timeout(2_000)  # what was opened has come
    return page


async def painted(browser: Browser, times: int) -> dict[str, Any]:
    """Milliseconds from sending an event to the frame that shows its row: new in a queue, or new in the inbox."""
    gateway = FakeGateway(owned=OWNED, waiting=WAITING)
    took: dict[str, list[float]] = {"queue": [], "inbox": []}
    async with gateway:
        page = await desk_at(browser, gateway)
        for number in range(times + 10):
            where = "inbox" if number % 2 else "queue"
            name = f"new{number:04d}"
            new = item(name, number, owner="anna" if where == "inbox" else None, priority=100)
            put = {"put": [new]}
            sent = time.time() * 1000
            await gateway.change({"inbox": put} if where == "inbox" else {"queues": {"support": put}})
            at = await page.wait_for_function(f"() => painted.get('{name}')", polling=20)
            if number >= 10:
                took[where].append(float(await at.json_value()) - sent)
            await gateway.change({"inbox" if where == "inbox" else "queues": {"drop": [name]} if where == "inbox" else {"support": {"drop": [name]}}})  # fmt: skip
            await asyncio.sleep(0.05)
        await page.context.close()
    both = [*took["queue"], *took["inbox"]]
    return {
        "owned": OWNED,
        "waiting": WAITING,
        **{name: _spread(found) for name, found in {"both": both, **took}.items()},
    }


def _spread(found: list[float]) -> dict[str, float]:
    cuts = quantiles(found, n=100, method="inclusive")
    return {"p50_ms": round(cuts[49], 1), "p95_ms": round(cuts[94], 1), "most_ms": round(max(found), 1)}


async def memory(browser: Browser, day: Day) -> dict[str, Any]:
    """The heap after everything that can go has gone, before and after a day; and how long the day took the page."""
    gateway = FakeGateway(owned=5, waiting=50)
    async with gateway:
        page = await desk_at(browser, gateway)
        devtools = await page.context.new_cdp_session(page)
        await devtools.send("HeapProfiler.enable")

        async def heap() -> dict[str, int]:
            for _ in range(3):
                await devtools.send("HeapProfiler.collectGarbage")
                await page.wait_for_timeout(200)
            used = await devtools.send("Runtime.getHeapUsage")
            counters = await devtools.send("Memory.getDOMCounters")
            return {
                "bytes": round(used["usedSize"]),
                "nodes": counters["nodes"],
                "listeners": counters["jsEventListeners"],
            }

        async def caught_up() -> None:
            await page.wait_for_function(
                "async version => (await import('/assets/desk/state.js')).view.peek().version >= version",
                arg=gateway.version,
                polling=50,
                timeout=120_000,
            )

        first = Day(events=day.events // 100, chats=max(2, day.chats // 100))
        await first.pass_at(gateway, caught_up)  # what is made once is no growth
        start = await heap()
        began = time.monotonic()
        await day.pass_at(gateway, caught_up)
        took = time.monotonic() - began
        end = await heap()
        await page.context.close()
    return {
        "events": gateway.version,
        "chats": day.chats,
        "start": start,
        "end": end,
        "growth": round(end["bytes"] / start["bytes"], 2),
        "us_per_event": round(took * 1e6 / day.events),
    }


def table(found: dict[str, Any]) -> str:
    """The figures as Markdown."""
    lines = ["| page | files | KiB | gzipped KiB |", "|---|---|---|---|"]
    for name, size in found.get("bytes", {}).items():
        kib = [f"{size[key] / 1024:.1f}" for key in ("bytes", "gzipped_bytes")]
        lines.append(f"| {name} | {size['files']} | {kib[0]} | {kib[1]} |")
    lines += ["", "| | p50 ms | p95 ms | longest |", "|---|---|---|---|"]
    for name, times in found.get("ready", {}).items():
        lines.append(f"| {name}: can be used | {times['p50_ms']} | | {times['most_ms']} |")
    for name in ("queue", "inbox"):
        if times := found.get("painted", {}).get(name):
            lines.append(f"| new row in the {name} | {times['p50_ms']} | {times['p95_ms']} | {times['most_ms']} |")
    if grown := found.get("memory"):
        sizes_ = [f"{grown[when]['bytes'] / 2**20:.1f}" for when in ("start", "end")]
        lines += ["", f"Heap: {sizes_[0]} MiB, after {grown['events']:,} events {sizes_[1]} MiB."]
        lines += [
            f"Nodes: {grown['start']['nodes']}, then {grown['end']['nodes']}; {grown['us_per_event']} µs an event."
        ]
    return "\n".join(lines)


PARTS = ("bytes", "ready", "painted", "memory")


async def run(only: list[str], quick: bool) -> dict[str, Any]:
    """Each part that is asked for."""
    found: dict[str, Any] = {"machine": machine()}
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        raise SystemExit("There is no Chromium on this machine: apt-get install chromium.")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        found["machine"]["chromium"] = browser.version
        if {"bytes", "ready"} & set(only):
            with tempfile.TemporaryDirectory() as directory, one_process(Path(directory)) as parley:
                if "bytes" in only:
                    say("bytes ...")
                    found["bytes"] = await sizes(browser, parley.url)
                if "ready" in only:
                    say("until it can be used ...")
                    found["ready"] = await ready(browser, parley.url, 3 if quick else 10)
        if "painted" in only:
            say("until it is painted ...")
            found["painted"] = await painted(browser, 20 if quick else 100)
        if "memory" in only:
            say("memory over a day ...")
            found["memory"] = await memory(browser, Day(1_000, 20) if quick else Day(20_000, 400))
        await browser.close()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m bench.pages", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--only", nargs="+", choices=PARTS, default=list(PARTS), metavar="PART", help="only these parts"
    )
    parser.add_argument("--quick", action="store_true", help="a short form, half a minute; nothing is kept")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON, not as tables")
    asked = parser.parse_args()
    found = asyncio.run(run(asked.only, asked.quick))
    if not asked.quick:
        kept = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
        RESULTS.write_text(json.dumps({**kept, **found}, indent=1) + "\n")
    print(json.dumps(found, indent=1) if asked.json else table(found))


if __name__ == "__main__":
    main()
