"""`python -m attack`: each attack on a demonstration of its own, with a table of figures at the end."""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import sys
import tempfile
from pathlib import Path

from letterbox import Mailbox
from running import UNLIMITED, Demo

from .attacks import ATTACKS
from .target import Figures, Target


def usual() -> dict[str, str]:
    """The settings as the product has them by itself: tests and measurements take most limits away."""
    from parley_gateway.settings import Settings

    fields = Settings.model_fields
    limits = {name: str(fields[name.removeprefix("PARLEY_").lower()].default) for name in UNLIMITED}
    return {**limits, "PARLEY_TRUSTED_PROXIES": "127.0.0.1"}


async def one(name: str, long: bool, of: Path | None = None) -> Figures:
    """An attack on a product of its own, with the limits that it has by itself; `of`: a checkout, where it is not this one."""
    async with Mailbox.open() as mailbox:
        with tempfile.TemporaryDirectory() as data:
            mail = {"PARLEY_SMTP_URL": mailbox.url, "PARLEY_MAIL_FROM": "post@firm.example"}
            sources = ":".join(str(path) for path in sorted(of.glob("*/*/src"))) if of is not None else ""
            demo = Demo(Path(data), {**usual(), **mail, **({"PYTHONPATH": sources} if sources else {})})
            await asyncio.to_thread(demo.start)
            try:
                return await ATTACKS[name](Target(demo, mailbox), long)
            finally:
                await asyncio.to_thread(demo.stop)


def main() -> int:
    """Run them, and show what they came to."""
    listed = "\n".join(f"  {name:<18} {(attack.__doc__ or '').strip()}" for name, attack in ATTACKS.items())
    parser = argparse.ArgumentParser(
        prog="make attack",
        description="Do what strangers try first to a product of its own on this machine, and say what it came to.",
        epilog=f"attacks:\n{listed}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="the attacks to run (default: all)")
    parser.add_argument("--short", action="store_true", help="in the reduced form, as the tests run them")
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep the figures there")
    parser.add_argument("--of", type=Path, metavar="FOLDER", help="attack another checkout, such as one from before")
    options = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 30_000), most))
    results = {}
    for name in options.names or ATTACKS:
        results[name] = asyncio.run(one(name, not options.short, options.of))
        print(f"{name:<18} {'  '.join(f'{key} {value:g}' for key, value in results[name].items())}", flush=True)
    if options.json:
        options.json.write_text(json.dumps(results, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
