"""How fast `parley whatif` is: `python -m bench.whatif`. A generated floor's log, read from SQLite as the command does; then history
is reproduced, and run again with one agent less."""

from __future__ import annotations

import argparse
import resource
import sys
import time
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from parley_chassis.store import Commit, open_existing, open_store
from parley_ops.whatif import Changes, read_world, run
from parley_ops.whatif.reading import floor_events
from recorded import TENANT, recorded, stored
from theory.simulation import Arrivals, Centre, Simulation

PART = 1_000
CENTRE = Centre(20, (Arrivals(0.9 * 20 / 180, 180, patience_s=240),), 60)
EVENTS_AN_ITEM = 2.9


def main() -> int:
    """0 when history was reproduced."""
    parser = argparse.ArgumentParser(prog="python -m bench.whatif", description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    asked = parser.parse_args()
    log = recorded(lambda: Simulation(CENTRE, 1).run(round(asked.events / EVENTS_AN_ITEM)))
    with TemporaryDirectory() as folder:
        with closing(open_store(f"sqlite:{folder}", "router")) as store:
            rows = stored(log)
            for start in range(0, len(rows), PART):
                store.commit(Commit(events=rows[start : start + PART]))
        del log, rows
        began, worked = time.perf_counter(), time.process_time()
        with closing(open_existing(f"sqlite:{folder}", "router")) as store:
            world = read_world(TENANT, floor_events(store, TENANT))
        read, read_worked = time.perf_counter() - began, time.process_time() - worked
        result = run(world, Changes(agents=-1), at_once=True)
    took, worked = time.perf_counter() - began, time.process_time() - worked
    print(
        {
            "events": world.events,
            "reproduced": result.answers,
            "owners": result.reproduction.owners,
            "read_s": round(read, 1),
            "all_s": round(took, 1),
            "read_cpu_s": round(read_worked, 1),
            "all_cpu_s": round(worked, 1),
            "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        }
    )
    return 0 if result.answers else 1


if __name__ == "__main__":
    sys.exit(main())
