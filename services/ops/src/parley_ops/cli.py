"""`parley`: the demonstration and the operators' tools on the command line."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import click
from parley_chassis.clock import system_clock
from parley_chassis.logs import set_up_logs
from parley_chassis.running import run
from parley_chassis.store import StoreDown, open_store
from parley_contracts.instant import rfc3339

from .cli_call import call
from .cli_contacts import contacts
from .cli_licence import licence
from .moment import Moment
from .settings import OpsSettings

NOTHING_FOUND = 3
DIFFERENT = 4


as_json = click.option("--json", "as_json", is_flag=True, help="Answer with JSON, for scripts.")
tenant_option = click.option("--tenant", default="demo", show_default=True, help="Whose.")


@contextmanager
def _clear_errors() -> Iterator[None]:
    """What goes wrong outside becomes one sentence and exit status 1."""
    try:
        yield
    except (StoreDown, OSError, ValueError) as error:
        raise click.ClickException(str(error)) from error


def _say(data: Any) -> None:
    click.echo(json.dumps(data, ensure_ascii=False))


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Parley: web chat for contact centres.

    The tools read the logs at PARLEY_DATABASE_URL (or the demonstration's, in the folder PARLEY_DATA) and change
    nothing, unless they say so. Each answers with JSON when given --json. Exit status: 0 done, 1 not possible, 2 wrong
    usage, 3 nothing found, 4 different.
    """


@main.command()
@click.option("--reset", is_flag=True, help="Forget what the demonstration has stored, and end.")
def demo(reset: bool) -> None:
    """Run the whole product in this process.

    Without any server by default. With PARLEY_BROKER_URL and PARLEY_DATABASE_URL the same on RabbitMQ and PostgreSQL.
    Serves on http://127.0.0.1:8080 (PARLEY_PORT). Every password is `demo`; the agents are anna and ben.
    """
    settings = OpsSettings()
    if reset:
        if settings.data.exists():
            shutil.rmtree(settings.data)
        click.echo(f"forgotten: {settings.data}")
        return
    set_up_logs("demo", settings.log_level)
    from .demo import run_demo

    with _clear_errors():
        sys.exit(run(run_demo(settings)))


@main.command()
@click.option("--tenant", help="Only this tenant's.")
@click.option("--chat", help="Only this chat's (or another item's).")
@click.option("--agent", help="Only what this agent did or was given.")
@click.option("--queue", help="Only this queue's.")
@click.option("--type", "type_", help="Only types that contain this, such as `parked`.")
@click.option("--from", "since", type=Moment(), help="Only from this time on, such as 2026-01-31T09:30:00Z.")
@click.option("--until", type=Moment(), help="Only before this time.")
@click.option("--limit", type=click.IntRange(1), help="At most so many.")
@click.option("--follow", is_flag=True, help="Only what happens from now on, until Ctrl-C.")
@as_json
def events(
    tenant: str | None,
    chat: str | None,
    agent: str | None,
    queue: str | None,
    type_: str | None,
    since: int | None,
    until: int | None,
    limit: int | None,
    follow: bool,
    as_json: bool,
) -> None:
    """List or follow everything that happened, from all logs, in the order of its time.

    \b
    parley events --chat k3v…            a chat's life
    parley events --agent anna --follow  what anna does now
    parley events --type closed --json   one JSON object a line
    """
    from .logs import Filter, Logs

    wanted = Filter(tenant=tenant, chat=chat, agent=agent, queue=queue, type=type_, since=since, until=until)
    with _clear_errors(), closing(Logs(OpsSettings().store_url)) as logs:
        found = logs.follow(wanted) if follow else logs.events(wanted)
        try:
            for event in islice(found, limit):
                if as_json:
                    _say(event.shown())
                else:
                    facts = "  ".join(
                        f"{k}={v}"
                        for k, v in event.fields.items()
                        if k not in ("by", "digest", "item", "kind", "trace")
                    )
                    click.echo(
                        f"{rfc3339(event.at)}  {event.service:<8} {event.item or '':<28} {event.type:<18} {facts}"
                    )
        except KeyboardInterrupt:
            click.echo()


@main.command()
@click.argument("chat")
@click.option("--at", type=Moment(), help="As it was at this time; now without it.")
@tenant_option
@as_json
def chat(chat: str, at: int | None, tenant: str, as_json: bool) -> None:
    """Show a chat at any moment: its state and its timers, folded from the log alone.

    \b
    parley chat k3v…
    parley chat k3v… --at 2026-01-31T09:30:00Z
    """
    from .replay import chat_at, chat_shown

    with _clear_errors(), closing(open_store(OpsSettings().store_url, "session")) as store:
        found = chat_at(store, tenant, chat, at)
    if found is None:
        click.echo(f"There is no chat {chat}{' at that time' if at else ''}: parley events lists them.", err=True)
        sys.exit(NOTHING_FOUND)
    shown = chat_shown(found, at if at is not None else system_clock())
    if as_json:
        return _say(shown)
    told = shown.pop("events")
    for name, value in shown.items():
        click.echo(f"{name:<14} {value}")
    click.echo()
    for entry in told:
        head = {k: entry.pop(k) for k in ("n", "seq", "at", "kind")}
        facts = "  ".join(f"{k}={v}" for k, v in entry.items() if k != "message")
        click.echo(f"{head['n']:>4} {head['seq'] or '':>4}  {head['at']}  {head['kind']:<18} {facts}")
    return None


@main.command()
@click.option("--at", type=Moment(), help="As it was at this time; now without it.")
@tenant_option
@as_json
def floor(at: int | None, tenant: str, as_json: bool) -> None:
    """Show a tenant's floor at any moment: who is there, what waits, who works on what."""
    from .replay import floor_at, floor_shown

    with _clear_errors(), closing(open_store(OpsSettings().store_url, "router")) as store:
        shown = floor_shown(floor_at(store, tenant, at))
    if as_json:
        return _say(shown)
    for agent in shown["agents"]:
        click.echo(f"agent  {agent['agent']:<14} {agent['state']} {agent.get('reason', '')}")
    for name, queue in shown["queues"].items():
        click.echo(f"queue  {name:<14} {len(queue['waiting'])} waiting")
    for item in shown["items"]:
        owner = item.get("owner", "")
        click.echo(
            f"item   {item['item']:<28} {item['queue']:<10} {item['stage']:<13} {item.get('activity', ''):<12} {owner}"
        )
    return None


@main.command()
@click.argument("item")
@tenant_option
@as_json
def why(item: str, tenant: str, as_json: bool) -> None:
    """Tell why an item went the way it went: who was given it, by which policy, and why the others were passed over.

    \b
    parley why k3v…         a chat, a call, an e-mail or a task
    parley why k3v… --json  one JSON object a line
    """
    from .why import item_events, told

    found = False
    with _clear_errors(), closing(open_store(OpsSettings().store_url, "router")) as store:
        for event in item_events(store, tenant, item):
            found, shown = True, told(event)
            if as_json:
                _say(shown)
            else:
                click.echo(f"{shown['at']}  {shown['sentence']}")
    if not found:
        click.echo(f"There is no item {item}: parley events lists them.", err=True)
        sys.exit(NOTHING_FOUND)


@main.group()
def rebuild() -> None:
    """Build a view anew from the log and compare it with the live one."""


@rebuild.command("crm")
@click.option("--swap", is_flag=True, help="Put the fresh one in the live one's place, if nothing differs.")
@click.option("--keep", is_flag=True, help="Keep the fresh tables although they are not swapped, to look at them.")
@as_json
def rebuild_crm_command(swap: bool, keep: bool, as_json: bool) -> None:
    """Build the CRM's interactions and transcripts from the session's and the router's logs, beside the
    live ones.

    The live ones go on being written meanwhile. Both are compared row by row at the same point of the log; with --swap
    the fresh ones take over, without a gap. Exit status 4 when rows differ: nothing is swapped then.
    """
    from parley_crm_logger.store import open_crm

    from .rebuild import rebuild_crm

    def progress(done: int, of: int) -> None:
        if not as_json and sys.stderr.isatty():
            click.echo(f"\r{done:,} of {of:,} events", nl=False, err=True)

    url = OpsSettings().store_url
    with (
        _clear_errors(),
        closing(open_store(url, "session")) as session,
        closing(open_store(url, "router")) as router,
        closing(open_crm(url)) as crm,
    ):
        rebuilt = rebuild_crm(session, router, crm, swap, progress)
        if not rebuilt.swapped and not keep:
            crm.drop_generation(rebuilt.generation)
    told = {
        "events": rebuilt.events,
        "rows": rebuilt.rows,
        "different": len(rebuilt.differences),
        "swapped": rebuilt.swapped,
        "examples": [difference._asdict() for difference in rebuilt.differences[:10]],
    }
    if as_json:
        _say(told)
    else:
        rows = ", ".join(f"{count:,} {table}" for table, count in rebuilt.rows.items())
        click.echo(f"\r{rebuilt.events:,} events: {rows}")
        for difference in rebuilt.differences[:10]:
            click.echo(f"differs in {difference.table}: live {difference.one}, fresh {difference.other}")
        verdict = f"{len(rebuilt.differences)} rows differ" if rebuilt.differences else "equal to the live one"
        click.echo(f"{verdict}{'; swapped' if rebuilt.swapped else ''}")
    if rebuilt.differences:
        sys.exit(DIFFERENT)


@main.command()
@click.option("--check", is_flag=True, help="Write nothing; exit status 4 when a file is not up to date.")
@click.option("--to", type=click.Path(file_okay=False, path_type=Path), default=Path("docs"), show_default=True)
def docs(check: bool, to: Path) -> None:
    """Write the generated documents: event catalogue, OpenAPI, AsyncAPI."""
    from .documents import documents

    stale = []
    for name, content in documents().items():
        path = to / name
        if path.exists() and path.read_text() == content:
            continue
        stale.append(str(path))
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
    for name in stale:
        click.echo(f"{'not up to date' if check else 'written'}: {name}")
    if check and stale:
        click.echo("make docs writes them", err=True)
        sys.exit(DIFFERENT)


main.add_command(call)
main.add_command(contacts)
main.add_command(licence)


if __name__ == "__main__":
    main()
