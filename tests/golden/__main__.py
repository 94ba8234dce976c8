"""`python -m golden`: record a golden log of this version, beside those that are there."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from contextlib import closing
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

from parley_chassis.store import Logged
from parley_crm_logger.store import open_crm

from .life import live
from .logs import EXPECTED, HERE, SAYS, SERVICES, SNAPSHOTS, expected, told, written

MOST_ROWS = 10_000


def arguments(line: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="make golden", description=__doc__)
    parser.add_argument("--as", dest="name", default=version("parley-chassis"), help="its name (default: %(default)s)")
    parser.add_argument("--to", type=Path, default=HERE, help="the folder of all of them (default: tests/golden)")
    return parser.parse_args(line)


def record(folder: Path) -> dict[str, int]:
    """Lives through the day, and writes what was stored and what reading it comes to; by file, the number of lines."""
    with TemporaryDirectory() as place, closing(open_crm(f"sqlite:{place}")) as crm:
        life = live(crm)
        logs = {name: list(log.log(0, MOST_ROWS)) for name, log in life.logs.items()}
        logs["crm-logger"] = list(crm.db.log(0, MOST_ROWS))
    kept = [
        Logged(number, str(each.originator_id), each.originator_version, each.topic, each.state)
        for number, each in enumerate(life.snapshots, 1)
    ]
    files = {f"{name}.jsonl": written(logs[name]) for name in SERVICES} | {SNAPSHOTS: written(kept)}
    files[EXPECTED] = json.dumps(expected(logs), indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    files[SAYS] = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in told(logs))
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / name).write_text(text)
    return {name: text.count("\n") for name, text in files.items()}


def main(line: Sequence[str] | None = None) -> int:
    """0 when one was recorded."""
    asked = arguments(line)
    folder = asked.to / asked.name
    if folder.exists():
        print(f"{folder} is there already, and a golden log is never changed: give another name (--as)")
        return 1
    for name, lines in record(folder).items():
        print(f"{folder / name}: {lines:,} lines")
    return 0


if __name__ == "__main__":
    sys.exit(main())
