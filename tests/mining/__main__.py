"""`make mining`: a day at a demonstration of its own, exported as OCEL 2.0, read by PM4Py; the support queue's graph of what followed
what goes into docs/images/process.svg."""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from running import Demo

from .day import day
from .drawing import draw
from .reading import ROOT, read

PICTURE = ROOT / "docs" / "images" / "process.svg"
QUEUE = "demo/queue/support"


def arguments(line: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="make mining", description=__doc__)
    parser.add_argument("--visitors", type=int, default=60)
    parser.add_argument("--calls", type=int, default=8)
    parser.add_argument("--least", type=int, default=3, help="draw what was seen so often (default: %(default)s)")
    parser.add_argument("--to", type=Path, default=PICTURE, help="the picture (default: docs/images/process.svg)")
    return parser.parse_args(line)


def exported(data: Path, to: Path) -> Path:
    """The demonstration's log as OCEL."""
    command = [sys.executable, "-m", "parley_ops", "export", "--to", str(to), "--format", "ocel"]
    subprocess.run(command, check=True, env={"PARLEY_DATA": str(data)}, stdout=subprocess.DEVNULL)
    return to


def main(line: Sequence[str] | None = None) -> int:
    """0 when the picture was drawn."""
    asked = arguments(line)
    with TemporaryDirectory() as folder:
        demo = Demo(Path(folder) / "data", {})
        demo.start()
        try:
            asyncio.run(
                day(demo.url, asked.visitors, asked.calls, lambda said: print(f"\r{said}", end="", file=sys.stderr))
            )
        finally:
            demo.stop()
        print(file=sys.stderr)
        graph = read(exported(demo.data, Path(folder) / "log.jsonocel"), QUEUE, "chat")
    asked.to.write_text(draw(graph, "What follows what in the queue support", asked.least))
    print(f"{asked.to}: {graph['cases']} chats, {sum(graph['events'].values())} events, PM4Py {graph['pm4py']}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
