"""`python -m theory`: the real floor beside queueing theory, every case at full length."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from time import monotonic
from typing import Any

from .chart import chart
from .comparison import CASES, LONG_ARRIVALS, SEED, Case, Verdict, compare
from .table import table, write_page

ROOT = Path(__file__).parents[2]
RESULTS = Path(__file__).parent / "results.json"
PICTURE = ROOT / "docs" / "images" / "theory.svg"
PAGE = ROOT / "docs" / "routing.md"


def arguments(line: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="make theory", description=__doc__)
    parser.add_argument(
        "words", nargs="*", metavar="WORD", help="only cases whose theory or name has one of these words"
    )
    parser.add_argument("--arrivals", type=int, default=LONG_ARRIVALS, help="so many in each case")
    parser.add_argument("--seed", type=int, default=SEED, help="other random numbers")
    parser.add_argument("--jobs", type=int, default=1, help="so many cases at a time")
    parser.add_argument("--page", action="store_true", help="only write the kept results into docs/routing.md")
    return parser.parse_args(line)


def one(number: int, arrivals: int, seed: int, show: bool) -> list[Verdict]:
    """One case, by its number: what it is computed with cannot be sent to another process."""
    case = CASES[number]
    total, begun = arrivals + arrivals // 10, monotonic()

    def progress(done: int) -> None:
        if show and sys.stderr.isatty():
            left = (monotonic() - begun) / done * max(0, total - done)
            print(
                f"\r  {case.theory}, {case.name}: {min(1, done / total):.0%}, {left:.0f} s left   ",
                end="",
                file=sys.stderr,
            )

    found = compare(case, arrivals, seed, progress)
    if show and sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr)
    return found


def run(chosen: Sequence[int], asked: argparse.Namespace) -> list[Verdict]:
    """The chosen cases; each is shown as soon as it is done."""
    found: list[Verdict] = []
    with ProcessPoolExecutor(asked.jobs) as pool:
        for verdicts in pool.map(
            one,
            chosen,
            [asked.arrivals] * len(chosen),
            [asked.seed] * len(chosen),
            [asked.jobs == 1] * len(chosen),
        ):
            for verdict in verdicts:
                print(told(verdict), flush=True)
            found += verdicts
    return found


def told(verdict: Verdict) -> str:
    """One figure on the terminal."""
    what = f"{verdict.theory}, {verdict.case}: {verdict.figure}"
    said = "agrees" if verdict.agrees else "DIFFERS"
    return f"{said:8}{what:74} {verdict.measured:9.4g} ± {verdict.half_width:<8.2g} expected {verdict.expected:.4g} {verdict.unit}"


def kept(verdicts: Sequence[Verdict], asked: argparse.Namespace, took_s: float) -> dict[str, Any]:
    """What is kept of a whole run."""
    figures = [verdict.as_json() for verdict in verdicts]
    return {"arrivals": asked.arrivals, "seed": asked.seed, "took_s": round(took_s), "figures": figures}


def main(line: Sequence[str] | None = None) -> int:
    """0 when every figure agrees with theory."""
    asked = arguments(line)
    if asked.page:
        write_page(PAGE, json.loads(RESULTS.read_text()))
        return 0

    def meant(case: Case) -> bool:
        return not asked.words or any(word in f"{case.theory} {case.name}" for word in asked.words)

    chosen = [number for number, case in enumerate(CASES) if meant(case)]
    begun = monotonic()
    verdicts = run(chosen, asked)
    different = sum(not verdict.agrees for verdict in verdicts)
    print(
        f"\n{len(verdicts)} figures, {different} outside their 99 % confidence interval (one in a hundred is to be expected)"
    )
    if len(chosen) == len(CASES) and asked.arrivals >= LONG_ARRIVALS:
        results = kept(verdicts, asked, monotonic() - begun)
        RESULTS.write_text(json.dumps(results, indent=1) + "\n")
        PICTURE.write_text(chart(verdicts, asked.arrivals))
        write_page(PAGE, results)
        print(f"written: {', '.join(str(path.relative_to(ROOT)) for path in (RESULTS, PICTURE, PAGE))}")
    else:
        print(table([verdict.as_json() for verdict in verdicts]))
    return 1 if different else 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main())
