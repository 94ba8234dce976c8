"""The commands for when broker, database and services are out of step: `parley restored`, `parley resay`, `parley streams`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import click
from parley_chassis.clock import system_clock
from parley_chassis.store import Commit, LeaseBook, Store, open_existing
from parley_contracts.topology import PARTITIONS

from .cli_looking import Looking, looking
from .cli_parts import DIFFERENT, as_json, clear_errors, say
from .settings import OpsSettings

if TYPE_CHECKING:
    from parley_crm_logger.store import Crm

WRITERS = ("session", "router")


class _Stores:
    """The logs of an installation, and the CRM's tables."""

    def __init__(self, writers: dict[str, Store], crm: Crm) -> None:
        self.writers, self.crm = writers, crm

    def must_stand_still(self) -> None:
        """What is changed here is in a running service's memory as well. Raises ClickException."""
        books: dict[str, LeaseBook] = {name: store.leases for name, store in self.writers.items()}
        books["crm-logger"] = self.crm.db.leases
        running = sorted(name for name, book in books.items() if book.owners(system_clock()))
        if running:
            raise click.ClickException(
                f"Still running, or ended without giving back its partitions within the last 10 s: {', '.join(running)}. "
                "Stop the services first, and start them afterwards."
            )

    def ends(self) -> dict[str, int]:
        """How far each source goes."""
        ends = {name: store.end() for name, store in self.writers.items()}
        return {f"{name}.{partition}": end for name, end in ends.items() for partition in range(PARTITIONS)}


@contextmanager
def _opened(*, reading: bool = False) -> Iterator[_Stores]:
    from parley_crm_logger.store import open_existing_crm

    url = OpsSettings().store_url
    with clear_errors(), ExitStack() as opened:
        writers = {name: opened.enter_context(closing(open_existing(url, name, reading=reading))) for name in WRITERS}
        yield _Stores(writers, opened.enter_context(closing(open_existing_crm(url, reading=reading))))


@click.command()
@as_json
def restored(as_json: bool) -> None:
    """Begin a new timeline, after a database was restored. With the services stopped.

    A restored log gives positions out again that messages in the broker still carry, from the life that is lost. After
    this they are told apart: what comes from the old life is kept as a letter, never taken for known; what the
    consumers lack is said again by itself; what they knew beyond the logs' ends is forgotten.

    \b
    1. stop the services     2. restore the database (one, or all)
    3. parley restored       4. start the services
    5. parley rebuild crm    what differs in the CRM is shown
    """
    name = uuid4().hex[:12]
    with _opened() as stores:
        stores.must_stand_still()
        ends = stores.ends()
        known = {**stores.crm.positions()}
        for store in stores.writers.values():
            known |= store.tracking()
        beyond = {
            tracked: position
            for tracked, position in known.items()
            if position > ends.get(tracked.partition(">")[0], position)
        }
        for log in stores.writers.values():
            log.begin_timeline(name, ends)
        stores.crm.begin_timeline(name, ends)
    if as_json:
        return say({"timeline": name, "ends": ends, "forgotten": beyond})
    click.echo(f"timeline {name}: what comes from another one is kept as a letter from now on")
    for tracked, position in sorted(beyond.items()):
        click.echo(f"  {tracked} was known up to {position}, and its log ends before: the CRM may hold what no log has")
    return None


@click.command()
@click.argument("service", type=click.Choice(WRITERS))
@click.option("--from", "beyond", type=click.IntRange(min=0), required=True, help="The log position to begin behind.")
@as_json
def resay(service: str, beyond: int, as_json: bool) -> None:
    """Have a service say again all that its log holds beyond a position. With the services stopped.

    What was lost with a broker is said again without this. It is for what no consumer can know that it lacks. Doubles
    have no effect: consumers know what they have taken.

    \b
    parley resay session --from 0
    """
    with _opened() as stores:
        stores.must_stand_still()
        store = stores.writers[service]
        said = {partition: store.published(partition) for partition in range(PARTITIONS)}
        again = {partition: min(beyond, position) for partition, position in said.items()}
        store.commit(Commit(published=again))
        end = store.end()
    if as_json:
        return say({"service": service, "beyond": beyond, "end": end})
    click.echo(f"{service}: says everything beyond {beyond} (of {end}) again when it is started")
    return None


@click.command()
@looking
@as_json
def streams(where: Looking, as_json: bool) -> None:
    """How far each log goes, how far it has been said, and how far its consumers have stored it.

    Asks a running installation, as an operator; with PARLEY_DATABASE_URL or PARLEY_DATA it reads what the services note there every
    few seconds. Exit status 4 where a consumer is behind.
    """
    if not where.is_beside:
        return _streams_told(where.installation().streams(), as_json)
    rows = []
    with _opened(reading=True) as stores:
        for name, store in stores.writers.items():
            end = store.end()
            for partition in range(PARTITIONS):
                _, lines = store.lines(partition)
                for line in sorted(lines):
                    place = {"source": f"{name}.{partition}", "log_end": end, "inbox": line.inbox}
                    rows.append({**place, "said": line.said, "taken": line.taken, "behind": line.taken < line.said})
        timeline = stores.writers["session"].timeline()
    if as_json:
        say({"timeline": timeline, "lines": rows})
    else:
        click.echo(f"timeline: {timeline or 'the first'}")
        for row in rows:
            state = f"taken up to {row['taken']}: BEHIND" if row["behind"] else "taken"
            click.echo(f"{row['source']:12} -> {row['inbox']:24} said up to {row['said']:8}  {state}")
    if any(row["behind"] for row in rows):
        sys.exit(DIFFERENT)
    return None


def _streams_told(told: dict[str, Any], as_json: bool) -> None:
    if as_json:
        say(told)
    else:
        for log in told["logs"]:
            click.echo(f"{log['log']:12} up to {log['end']:8}  indexed up to {log['indexed']}")
        for line in told["consumers"]:
            state = f"taken up to {line['position']}: BEHIND" if line["lag"] else "taken"
            click.echo(f"{line['source']:12} -> {line['consumer']:24} said up to {line['end']:8}  {state}")
    if any(line["lag"] for line in told["consumers"]):
        sys.exit(DIFFERENT)
