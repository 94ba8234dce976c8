"""`make bench`: what Parley can do, beside a chain without logic and beside what people would otherwise use."""

from __future__ import annotations

import argparse
import signal
import sys

from .growth import growth
from .operators import operators
from .profiling import profile
from .queue import queue
from .report import write_report
from .run import PARTS, run_all


def main() -> int:
    """0 when everything asked for was measured; 1 when something could not be."""
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description=__doc__,
        epilog="parts:\n" + "\n".join(f"  {name:<10} {what}" for name, what in PARTS.items()),
    )
    parser.add_argument(
        "do",
        nargs="?",
        default="run",
        choices=("run", "report", "profile", "growth", "queue", "operators"),
        help="run: measure (the default). report: write the figures of the last full run into docs/performance.md. "
        "profile: where each service's time goes under full load, by py-spy. growth: the floor alone, as it grows. queue: a visitor beside a very long queue. "
        "operators: what operators' questions cost beside a long log",
    )
    parser.add_argument("--only", nargs="+", choices=tuple(PARTS), metavar="PART", help="only these parts")
    parser.add_argument("--quick", action="store_true", help="a short form, about a minute; nothing is kept")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON, not as a table")
    parser.add_argument(
        "--seconds", type=int, default=8, help="profile: how long each process is looked at; queue: each state"
    )
    parser.add_argument("--events", type=int, default=10_000_000, help="operators: how many events there are")
    parser.add_argument("--items", type=int, default=100_000, help="queue: how many items wait")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # what was started is ended, as after Ctrl-C
    if asked.do == "report":
        return write_report()
    if asked.do == "profile":
        return profile(asked.seconds)
    if asked.do == "growth":
        return growth(asked.quick, asked.json)
    if asked.do == "operators":
        return operators(asked.events, as_json=asked.json)
    if asked.do == "queue":
        return queue(asked.items, asked.seconds, as_json=asked.json)
    return run_all(asked.only, quick=asked.quick, as_json=asked.json)


if __name__ == "__main__":
    sys.exit(main())
