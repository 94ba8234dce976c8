"""`python -m faults`: the long form of the faults, one or all, with a table at the end."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

from servers import PrivatePostgreSQL, PrivateRabbitMQ, Unavailable

from .catalogue import FAULTS, run, what
from .dialogues import real_dialogues
from .stage import LONG, SHORT
from .table import table
from .world import Result


def arguments() -> argparse.Namespace:
    """The command line."""
    listed = "\n".join(f"  {name:<36} {what(script)}" for name, script in FAULTS.items())
    parser = argparse.ArgumentParser(
        prog="make faults",
        description="Break something while people talk, and judge whether everything was kept.",
        epilog=f"faults:\n{listed}\n\nmake faults FAULT=NAME runs one; FAULT='--short NAME --seed 7' passes more.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="the faults to run (default: all)")
    parser.add_argument("--short", action="store_true", help="in the reduced form, as `make test` runs them")
    parser.add_argument("--messages", type=int, help="so many messages instead of the form's own")
    parser.add_argument("--seed", type=int, default=1, help="another order of what happens at random")
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep the results there")
    parser.add_argument("--logs", type=Path, metavar="FOLDER", help="keep the processes' logs there")
    found = parser.parse_args()
    for name in found.names:
        if name not in FAULTS:
            parser.error(f"no fault is called {name}; they are:\n{listed}")
    return found


def say(line: str) -> None:
    """Show a line at once."""
    print(f"  {line}", flush=True)


def one(name: str, options: argparse.Namespace, logs: Path) -> Result:
    """One fault on servers of its own, so that a broken one does not spoil the next."""
    size = SHORT if options.short else LONG
    if options.messages:
        size = type(size)(**{**asdict(size), "messages": options.messages})
    with ExitStack() as used:
        broker = PrivateRabbitMQ()
        used.callback(broker.close)
        database = PrivatePostgreSQL()
        used.callback(database.close)
        broker.start()
        database.start()
        return asyncio.run(run(name, size, broker, database, real_dialogues(), logs / name, say, options.seed))


def main() -> int:
    """0 when every fault was stood."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    options = arguments()
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    results: list[Result] = []
    with ExitStack() as used:
        logs = options.logs or Path(used.enter_context(tempfile.TemporaryDirectory(prefix="parley-faults-")))
        for name in options.names or FAULTS:
            try:
                results.append(one(name, options, logs))
            except Unavailable as reason:
                print(f"RabbitMQ and PostgreSQL are needed here: {reason}", file=sys.stderr)
                return 2
            print(results[-1].report(), flush=True)
            if options.json is not None:
                options.json.write_text(json.dumps([asdict(result) for result in results], indent=1) + "\n")
    print(table(results))
    return 0 if all(result.passed or result.skipped for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
