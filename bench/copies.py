"""`python -m bench.copies [--events N] [--url STORE_URL]`: how fast a log goes out and in again, and in how much memory. Prints JSON.

A store on SQLite is filled first; with `--url` (an empty PostgreSQL database) the copy goes there, too, and out of it. Each
step is a process of its own; its start is not counted.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from parley_ops.copies import exporting
from parley_ops.copies.files import new_file, open_copy
from parley_ops.copies.form import Asked
from parley_ops.copies.importing import import_copy
from parley_ops.copies.ocel import write_ocel
from parley_ops.copies.parquet import write_parquet
from parley_ops.copies.reading import opened
from parley_ops.copies.writing import target

from .fill import fill

Step = Callable[[str, Path], None]


def silent(*_: int) -> None:
    """Nobody looks."""


def lines_out(url: str, path: Path) -> None:
    with opened(url) as place, new_file(path) as file:
        exporting.export(place, Asked(), file.write, logins=True, progress=silent)


def parquet_out(url: str, path: Path) -> None:
    with opened(url) as place, new_file(path) as file:
        head = exporting.head_of(place, Asked(), logins=False)
        write_parquet(head, exporting.copied_events(place, Asked(), logins=False, progress=silent), file)


def ocel_out(url: str, path: Path) -> None:
    with opened(url) as place, new_file(path) as file:
        write_ocel(exporting.steps(place, Asked(), silent), file.write)


def lines_read(url: str, path: Path) -> None:
    with open_copy(path) as reader:
        for _ in reader.rows():
            pass


def lines_in(url: str, path: Path) -> None:
    with open_copy(path) as reader:
        import_copy(reader, target(url), silent, silent)


def timed(step: Step, url: str, path: Path) -> tuple[float, int]:
    """Seconds, and the most memory of this process in KiB."""
    began = time.monotonic()
    step(url, path)
    return time.monotonic() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def measure(step: Step, url: str, path: Path, events: int) -> dict[str, Any]:
    """One step in a process of its own, so that its memory is its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        seconds, most = process.submit(timed, step, url, path).result()
    size = {"mb": round(path.stat().st_size / 1e6, 1)} if path.exists() else {}
    return {"events_per_s": round(events / seconds), "seconds": round(seconds, 2), "memory_mb": most // 1024, **size}


def run(events: int, url: str | None) -> dict[str, Any]:
    """Everything, by step."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        here, there = f"sqlite:{folder}/here", f"sqlite:{folder}/there"
        print("filling …", file=sys.stderr)
        events = fill(here, events)
        steps: list[tuple[str, Step, str, str]] = [
            ("JSON Lines out", lines_out, here, "all.jsonl"),
            ("JSON Lines out, packed", lines_out, here, "all.jsonl.gz"),
            ("Parquet out", parquet_out, here, "all.parquet"),
            ("OCEL out", ocel_out, here, "all.jsonocel"),
            ("JSON Lines read and checked", lines_read, here, "all.jsonl"),
            ("into SQLite, the CRM built", lines_in, there, "all.jsonl"),
        ]
        if url is not None:
            steps += [
                ("into PostgreSQL, the CRM built", lines_in, url, "all.jsonl"),
                ("JSON Lines out of PostgreSQL", lines_out, url, "again.jsonl"),
            ]
        found: dict[str, Any] = {"events": events}
        for what, step, place, file in steps:
            print(what, file=sys.stderr)
            found[what] = measure(step, place, folder / file, events)
        return found


def main() -> int:
    """0."""
    parser = argparse.ArgumentParser(prog="python -m bench.copies", description=__doc__)
    parser.add_argument("--events", type=int, default=200_000, help="of the session's log (default: %(default)s)")
    parser.add_argument("--url", help="an empty PostgreSQL database, to go there as well")
    asked = parser.parse_args()
    print(json.dumps(run(asked.events, asked.url), indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
