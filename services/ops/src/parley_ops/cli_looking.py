"""The commands that look: `parley events`, `chat`, `floor`, `why`, `find`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import click

from .cli_parts import NOTHING_FOUND, as_json, clear_errors, say
from .installation import Installation, NotPossible
from .logs import Filter
from .looking import BesideIt, OverHttp, Place, first, stands_beside
from .moment import Moment
from .settings import OpsSettings

HEAD = ("at", "log", "position", "tenant", "item", "n", "type", "kind", "trace", "cursor", "by", "digest")
"""What stands at the beginning of a line, or is only of use to scripts."""


DEMO = "demo"


class Looking:
    """Where the user looks, and as whom."""

    def __init__(self, url: str | None, tenant: str | None, user: str, password: str, reveal: str) -> None:
        self.tenant = tenant or DEMO
        self.only = tenant if stands_beside(url) else self.tenant
        """Whose events: of the logs those of all, unless it is said."""
        self.reveal = reveal
        self._url, self._user, self._password = url, user, password

    @property
    def is_beside(self) -> bool:
        """Whether to look into logs and tables, not at what answers."""
        return stands_beside(self._url)

    def place(self) -> Place:
        """Raises ClickException."""
        return BesideIt(OpsSettings().store_url) if self.is_beside else self.installation()

    def installation(self) -> OverHttp:
        """A running one. Raises ClickException."""
        url = self._url or f"http://127.0.0.1:{OpsSettings().port}"
        try:
            return OverHttp(Installation(url, self.tenant, self._user, self._password), self.reveal)
        except NotPossible as error:
            raise click.ClickException(str(error)) from error


def looking(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say where."""
    options = (
        click.option(
            "--url",
            envvar="PARLEY_URL",
            help="Where the installation is. [default: http://127.0.0.1:8080, or at PARLEY_PORT]",
        ),
        click.option("--tenant", help="Whose. [default: demo; of logs: everybody's events]"),
        click.option("--user", default="otto", show_default=True, help="An operator."),
        click.option(
            "--password",
            default="demo",
            envvar="PARLEY_PASSWORD",
            help="Theirs; PARLEY_PASSWORD keeps it out of sight.",
        ),
        click.option(
            "--reveal", default="", metavar="WHY", help="Show what people wrote; the audit log keeps who, and why."
        ),
    )

    def with_place(url: str | None, tenant: str | None, user: str, password: str, reveal: str, **rest: Any) -> Any:
        with clear_errors():
            try:
                return command(Looking(url, tenant, user, password, reveal), **rest)
            except NotPossible as error:
                raise click.ClickException(str(error)) from error

    with_place.__name__, with_place.__doc__ = command.__name__, command.__doc__
    with_place.__click_params__ = getattr(command, "__click_params__", [])  # type: ignore[attr-defined]
    wrapped: Callable[..., Any] = with_place
    for option in reversed(options):
        wrapped = option(wrapped)
    return wrapped


@click.command()
@looking
@click.option("--chat", help="Only this chat's (or another item's).")
@click.option("--agent", help="Only what this agent did or was given.")
@click.option("--queue", help="Only this queue's.")
@click.option("--contact", help="Only what is about this contact.")
@click.option("--trace", help="Only what one request led to, in all services.")
@click.option("--type", "type_", help="Only types that contain this, such as `parked`.")
@click.option("--from", "since", type=Moment(), help="Only from this time on, such as 2026-01-31T09:30:00Z.")
@click.option("--until", type=Moment(), help="Only before this time.")
@click.option("--limit", type=click.IntRange(1), help="At most so many.")
@click.option("--newest", is_flag=True, help="The newest first.")
@click.option("--follow", is_flag=True, help="What happens from now on, until Ctrl-C.")
@click.option("--after", help="With --follow: from this cursor on, as --json has it; 0.0.0.0 is the beginning.")
@as_json
def events(
    where: Looking,
    chat: str | None,
    agent: str | None,
    queue: str | None,
    contact: str | None,
    trace: str | None,
    type_: str | None,
    since: int | None,
    until: int | None,
    limit: int | None,
    newest: bool,
    follow: bool,
    after: str | None,
    as_json: bool,
) -> None:
    """List or follow everything that happened, from all logs, cause before effect.

    Asks a running installation, as an operator; with PARLEY_DATABASE_URL or PARLEY_DATA it reads the logs there.

    \b
    parley events --chat k3v…            a chat's life
    parley events --newest --limit 20    what happened last
    parley events --agent anna --follow  what anna does now
    parley events --type closed --json   one JSON object a line
    """
    wanted = Filter(where.only, chat, agent, queue, type_, since, until, contact=contact, trace=trace)
    place = where.place()
    found = place.follow(wanted, after) if follow else place.events(wanted, newest_first=newest, limit=limit)
    try:
        for event in first(found, limit):
            if as_json:
                say(event)
            else:
                facts = "  ".join(f"{name}={value}" for name, value in event.items() if name not in HEAD)
                click.echo(f"{event['at']}  {event['log']:<10} {event['item'] or '':<28} {event['type']:<18} {facts}")
    except KeyboardInterrupt:
        click.echo()


@click.command()
@click.argument("chat")
@looking
@click.option("--at", type=Moment(), help="As it was at this time; now without it.")
@click.option("--n", type=click.IntRange(1), help="As it was after its event of this number.")
@as_json
def chat(where: Looking, chat: str, at: int | None, n: int | None, as_json: bool) -> None:
    """Show a chat at any moment: its state and its timers, folded from the log alone.

    \b
    parley chat k3v…
    parley chat k3v… --at 2026-01-31T09:30:00Z
    parley chat k3v… --n 7 --reveal "complaint 4711"
    """
    shown = where.place().chat(where.tenant, chat, at, n)
    if shown is None:
        click.echo(f"There is no chat {chat}{' at that time' if at else ''}: parley events lists them.", err=True)
        sys.exit(NOTHING_FOUND)
    if as_json:
        return say(shown)
    told, bands = shown.pop("events"), shown.pop("bands", [])
    for name, value in shown.items():
        click.echo(f"{name:<14} {value}")
    for band in bands:
        facts = "  ".join(f"{name}={value}" for name, value in band.items() if name not in ("from", "until"))
        click.echo(f"{'':<14} {band['from']} to {band.get('until', 'now'):<24}  {facts}")
    click.echo()
    for entry in told:
        head = {name: entry.pop(name, None) for name in ("n", "seq", "at", "kind")}
        facts = "  ".join(f"{name}={value}" for name, value in entry.items() if name != "message")
        click.echo(f"{head['n']:>4} {head['seq'] or '':>4}  {head['at']}  {head['kind']:<18} {facts}")
    return None


@click.command()
@looking
@click.option("--at", type=Moment(), help="As it was at this time; now without it.")
@click.option("--version", type=click.IntRange(0), help="As it was after its event of this number.")
@as_json
def floor(where: Looking, at: int | None, version: int | None, as_json: bool) -> None:
    """Show a tenant's floor at any moment: who is there, what waits, who works on what."""
    shown = where.place().floor(where.tenant, at, version)
    if as_json:
        return say(shown)
    for agent in shown["agents"]:
        click.echo(f"agent  {agent['agent']:<14} {agent['state']} {agent.get('reason', '')}")
    for name, queue in shown["queues"].items():
        click.echo(f"queue  {name:<14} {queue.get('length', len(queue['waiting']))} waiting")
    for item in shown["items"]:
        facts = f"{item['queue']:<10} {item['stage']:<13} {item.get('activity', ''):<12} {item.get('owner', '')}"
        click.echo(f"item   {item['item']:<28} {facts}")
    return None


@click.command()
@click.argument("item")
@looking
@as_json
def why(where: Looking, item: str, as_json: bool) -> None:
    """Tell why an item went the way it went: who was given it, by which policy, why the others were passed over, and why it waited.

    \b
    parley why k3v…         a chat, a call, an e-mail or a task
    parley why k3v… --json  one JSON object a line: first what it waited for, then what happened
    """
    told = where.place().why(where.tenant, item)
    if told is None:
        click.echo(f"There is no item {item}: parley events lists them.", err=True)
        sys.exit(NOTHING_FOUND)
    for interval in told.get("waited", ()):
        if as_json:
            say({"type": "waited", **interval})
            continue
        because = ", ".join(f"{each['agent']} ({each['reason'].replace('_', ' ')})" for each in interval["because"])
        until = interval.get("until", "now")
        click.echo(f"{interval['from']}  waits until {until}: {because or 'nobody of its queue was there'}.")
    for step in told["steps"]:
        if as_json:
            say(step)
        else:
            click.echo(f"{step['at']}  {step['sentence']}")


@click.command()
@click.argument("text")
@looking
@as_json
def find(where: Looking, text: str, as_json: bool) -> None:
    """Find what somebody has in hand: a chat, another item, an agent, a trace, a time, or a visitor's e-mail address or telephone number.

    Asks a running installation. The audit log keeps that a person was looked for. Exit status 3 when nothing is found.

    \b
    parley find vera@example.org    the contact, and the chats of theirs
    parley why k3v…                 why that one waited
    """
    found = where.installation().find(text)
    if not found:
        click.echo(f"Nothing is known by {text!r}.", err=True)
        sys.exit(NOTHING_FOUND)
    for each in found:
        if as_json:
            say(each)
            continue
        click.echo(f"{each['kind']:<8} {each['id']:<34} {each.get('at', '')}")
        for item in each.get("items", ()):
            click.echo(f"         {item['kind']:<6} {item['item']:<28} {item['at']}")
