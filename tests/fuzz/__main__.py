"""`make fuzz`: goes by what the code does with what it is given (atheris), for as long as you like; ends with the first failure.

Atheris is no dependency of Parley: `make fuzz` installs it beside the tests where it is missing.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path


def one(name: str, seconds: int) -> None:
    """Fuzz one target in this process, which ends with it."""
    import atheris  # type: ignore[import-not-found, unused-ignore]

    # Before anything of Parley is imported, else nothing is seen of it.
    with atheris.instrument_imports(
        include=["parley_gateway", "parley_contracts", "parley_crm_logger", "parley_mail", "fuzz"]
    ):
        from .targets import TARGETS, seeds
    with tempfile.TemporaryDirectory() as corpus:
        for number, seed in enumerate(seeds().get(name, [b""])):
            (Path(corpus) / str(number)).write_bytes(seed)
        arguments = [sys.argv[0], corpus, f"-max_total_time={seconds}", "-max_len=4096", "-timeout=10", "-verbosity=0"]
        atheris.Setup(arguments, TARGETS[name])
        atheris.Fuzz()


def main() -> int:
    """0 when nothing failed."""
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument(
        "names", nargs="*", metavar="TARGET", help="which ones, by their names in targets.py; all by default"
    )
    parser.add_argument("--seconds", type=int, default=60, help="how long each")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        one(asked.one, asked.seconds)
        return 0
    from .targets import TARGETS

    if unknown := {*asked.names} - {*TARGETS}:
        parser.error(f"there is no {', '.join(unknown)}: {', '.join(TARGETS)}")
    failed = []
    for name in asked.names or TARGETS:
        done = subprocess.run(
            [sys.executable, "-m", "fuzz", "--one", name, "--seconds", str(asked.seconds)], check=False
        )
        sys.stdout.write(f"{'FAILED' if done.returncode else 'held':<8}{name}\n")
        failed += [name] * bool(done.returncode)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
