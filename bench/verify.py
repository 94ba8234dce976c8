"""How fast `parley verify decisions` is, and how many forged logs are found: `python -m bench.verify`.

Generated floors of several tenants, stored on SQLite in a folder of its own, read back as the command does.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from forged import FORGERS, forge
from parley_chassis.store import Commit, open_existing, open_store
from parley_ops.decisions import FloorCheck, verify
from parley_ops.decisions.checking import Place
from recorded import recorded, stored
from theory.simulation import Arrivals, Centre, Simulation

PART = 1_000
CENTRE = Centre(
    8, (Arrivals(0.3 * 8 / 60, 60, "call"), Arrivals(0.5 * 8 / 180, 180, patience_s=240)), 60, calls_interrupt=True
)
SMALL = Centre(3, (Arrivals(0.015, 60, "call"), Arrivals(0.01, 180, patience_s=200)), 60, calls_interrupt=True)


def speed(events: int, tenants: int) -> dict[str, Any]:
    """Events a second, one after the other, in the process's own time and by the clock."""
    log = recorded(lambda: Simulation(CENTRE, 1).run(max(10, events // tenants // 4)))
    with TemporaryDirectory() as folder, closing(open_store(f"sqlite:{folder}", "router")) as store:
        for tenant in range(tenants):
            rows = stored(log, f"tenant-{tenant}")
            for start in range(0, len(rows), PART):
                store.commit(Commit(events=rows[start : start + PART]))
        with closing(open_existing(f"sqlite:{folder}", "router")) as reading:
            began, worked = time.perf_counter(), time.process_time()
            verified = verify(reading)
            took, worked = time.perf_counter() - began, time.process_time() - worked
    return {
        "events": verified.events,
        "decisions": verified.decisions,
        "different": verified.different,
        "seconds": round(took, 2),
        "events_per_s": round(verified.events / took),
        "events_per_cpu_s": round(verified.events / worked),
    }


def forgeries(number: int) -> dict[str, Any]:
    """Of so many forged logs, how many are found; by kind those that are not."""
    log = recorded(lambda: Simulation(SMALL, 5).run(25))
    missed: Counter[str] = Counter()
    for seed in range(number):
        forgery = forge(log, seed)
        check = FloorCheck("acme")
        found = any(check.take(Place(n, n), event) for n, event in enumerate(forgery.log, 1)) or check.end()
        missed[forgery.what] += not found
        if seed % 500 == 499 and sys.stderr.isatty():
            print(f"\r{seed + 1:,} forged logs", end="", file=sys.stderr)
    return {"forged": number, "kinds": len(FORGERS), "found": number - missed.total(), "missed": dict(+missed)}


def main() -> int:
    """0 when nothing differs where nothing should, and every forgery is found."""
    parser = argparse.ArgumentParser(prog="python -m bench.verify", description=__doc__)
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--tenants", type=int, default=4)
    parser.add_argument("--forged", type=int, default=10_000)
    asked = parser.parse_args()
    measured = speed(asked.events, asked.tenants)
    print(measured, flush=True)
    judged = forgeries(asked.forged)
    print(judged)
    return 0 if not measured["different"] and judged["found"] == judged["forged"] else 1


if __name__ == "__main__":
    sys.exit(main())
