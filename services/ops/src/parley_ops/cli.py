"""`parley`: the demonstration and the operators' tools on the command line."""

from __future__ import annotations

import shutil
import sys
from contextlib import closing
from itertools import islice
from pathlib import Path

import click
from parley_chassis.clock import system_clock
from parley_chassis.logs import set_up_logs
from parley_chassis.running import run
from parley_chassis.store import open_existing
from parley_contracts.instant import rfc3339

from .cli_audit import audit
from .cli_call import call
from .cli_contacts import contacts
from .cli_install import install
from .cli_letters import letters
from .cli_licence import licence
from .cli_parts import DIFFERENT, NOTHING_FOUND, as_json, clear_errors, say
from .cli_rebuild import rebuild
from .cli_recovery import resay, restored, streams
from .moment import Moment
from .settings import OpsSettings

tenant_option = click.option("--tenant", default="demo", show_default=True, help="Whose.")


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

    with clear_errors():
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
    with clear_errors(), closing(Logs(OpsSettings().store_url)) as logs:
        found = logs.follow(wanted) if follow else logs.events(wanted)
        try:
            for event in islice(found, limit):
                if as_json:
                    say(event.shown())
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

    with clear_errors(), closing(open_existing(OpsSettings().store_url, "session")) as store:
        found = chat_at(store, tenant, chat, at)
    if found is None:
        click.echo(f"There is no chat {chat}{' at that time' if at else ''}: parley events lists them.", err=True)
        sys.exit(NOTHING_FOUND)
    shown = chat_shown(found, at if at is not None else system_clock())
    if as_json:
        return say(shown)
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

    with clear_errors(), closing(open_existing(OpsSettings().store_url, "router")) as store:
        shown = floor_shown(floor_at(store, tenant, at))
    if as_json:
        return say(shown)
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
    with clear_errors(), closing(open_existing(OpsSettings().store_url, "router")) as store:
        for event in item_events(store, tenant, item):
            found, shown = True, told(event)
            if as_json:
                say(shown)
            else:
                click.echo(f"{shown['at']}  {shown['sentence']}")
    if not found:
        click.echo(f"There is no item {item}: parley events lists them.", err=True)
        sys.exit(NOTHING_FOUND)


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


main.add_command(audit)
main.add_command(call)
main.add_command(contacts)
main.add_command(install)
main.add_command(letters)
main.add_command(licence)
main.add_command(rebuild)
main.add_command(resay)
main.add_command(restored)
main.add_command(streams)


if __name__ == "__main__":
    main()
