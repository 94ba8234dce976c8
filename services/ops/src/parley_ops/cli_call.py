"""The commands of `parley call`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click

from .settings import OpsSettings


@click.group()
@click.option("--url", help="Where the installation is. [default: http://127.0.0.1:8080, or at PARLEY_PORT]")
@click.option("--tenant", default="demo", show_default=True, help="Whose.")
@click.option("--user", default="pbx", show_default=True, help="A user with the role source.")
@click.option(
    "--password", default="demo", envvar="PARLEY_PASSWORD", help="Theirs; PARLEY_PASSWORD keeps it out of sight."
)
@click.pass_context
def call(ctx: click.Context, url: str | None, tenant: str, user: str, password: str) -> None:
    """Place, answer and end calls, as a telephone system would.

    It speaks the public protocol to a running installation; without options, to the demonstration on this machine.

    \b
    parley call watch                                  in one window: whom to ring
    parley call place --queue support --from +4930555  in another; it answers with the item
    parley call answer ITEM                            the agent has picked up
    parley call end ITEM                               and hung up: what it interrupted is back
    """
    ctx.obj = (url or f"http://127.0.0.1:{OpsSettings().port}", tenant, user, password)


as_json = click.option("--json", "as_json", is_flag=True, help="Answer with JSON, for scripts.")


@contextmanager
def _telephone(login: tuple[str, str, str, str]) -> Iterator[Any]:
    from .calling import Telephone
    from .installation import NotPossible

    try:
        yield Telephone(*login)
    except NotPossible as error:
        raise click.ClickException(str(error)) from error


def _say(item: dict[str, Any], as_json: bool) -> None:
    from .calling import described

    click.echo(json.dumps(item, ensure_ascii=False) if as_json else described(item))


@call.command()
@click.option("--queue", required=True, help="Where it waits.")
@click.option("--from", "from_", help="The caller's number.")
@click.option("--subject", help="What it is about.")
@click.option("--item", help="The call's own name; one is made without it.")
@click.option("--priority", type=click.IntRange(0, 1000), help="Another than the queue's.")
@as_json
@click.pass_obj
def place(
    login: tuple[str, str, str, str],
    queue: str,
    from_: str | None,
    subject: str | None,
    item: str | None,
    priority: int | None,
    as_json: bool,
) -> None:
    """Put a call into a queue: it rings at whoever is free, or interrupts a chat."""
    with _telephone(login) as telephone:
        fields = {"from": from_, "subject": subject, "item": item, "priority": priority}
        _say(telephone.place(queue, **fields), as_json)


def _saying(name: str, what: str, help: str) -> Callable[..., None]:
    @call.command(name, help=help)
    @click.argument("item")
    @click.option(
        "--assignment", type=click.IntRange(1), help="Only where this is the present one: `watch` says the number."
    )
    @as_json
    @click.pass_obj
    def say(login: tuple[str, str, str, str], item: str, assignment: int | None, as_json: bool) -> None:
        with _telephone(login) as telephone:
            _say(telephone.say(item, what, assignment), as_json)

    return say


answer = _saying("answer", "answered", "The agent who is rung has picked up.")
no_answer = _saying("no-answer", "no_answer", "The agent who is rung did not pick up: the call goes back to its queue.")
end = _saying("end", "ended", "The call is over, or its caller has given up.")


@call.command()
@click.argument("item")
@as_json
@click.pass_obj
def show(login: tuple[str, str, str, str], item: str, as_json: bool) -> None:
    """Show a call as it stands now."""
    with _telephone(login) as telephone:
        _say(telephone.show(item), as_json)


@call.command()
@as_json
@click.pass_obj
def watch(login: tuple[str, str, str, str], as_json: bool) -> None:
    """Say whom to ring, from now on, until Ctrl-C; first, who has a call now."""
    from .calling import line

    with _telephone(login) as telephone:
        try:
            for frame in telephone.watch():
                click.echo(json.dumps(frame, ensure_ascii=False) if as_json else line(frame))
        except KeyboardInterrupt:
            click.echo()
