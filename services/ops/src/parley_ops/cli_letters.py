"""`parley letters`: what the services could not take, and what is to become of it."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from itertools import count
from typing import Any

import click
from parley_chassis.clock import system_clock
from parley_chassis.letters import LATE_S, Letter
from parley_chassis.store import LeaseBook, LetterBook, open_existing
from parley_contracts.instant import rfc3339
from parley_contracts.topology import PARTITIONS, crm_inbox, router_inbox, session_inbox

from .cli_parts import DIFFERENT, NOTHING_FOUND, as_json, clear_errors, say, user
from .settings import OpsSettings

INBOXES = {"session": session_inbox, "router": router_inbox, "crm-logger": crm_inbox}
SERVICES = tuple(INBOXES)
SEEN_TO_WITHIN_S = 15.0
PAGE = 500

service_option = click.option("--service", type=click.Choice(SERVICES), help="Only this service's.")
letter_argument = click.argument("letters", metavar="LETTER...", nargs=-1)


class _Kept:
    """The letters of an installation. A letter's name is its service and its number: `session:12`."""

    def __init__(self, books: dict[str, LetterBook], leases: dict[str, LeaseBook]) -> None:
        self._books, self._leases = books, leases

    def all(self, service: str | None, *, discarded: bool = False) -> Iterator[tuple[str, Letter]]:
        """Each with its service, in order."""
        for name, book in self._books.items():
            after = 0
            while service in (None, name) and (page := book.page(after, PAGE, discarded=discarded)):
                yield from ((name, letter) for letter in page)
                after = page[-1].number

    def named(self, names: tuple[str, ...]) -> list[tuple[str, Letter]]:
        """Raises ClickException where one is none."""
        found = []
        for name in names:
            service, _, number = name.partition(":")
            letter = self._books[service].get(int(number)) if service in self._books and number.isdigit() else None
            if letter is None or letter.state == "discarded":
                raise click.ClickException(f"There is no letter {name}: `parley letters list` shows their names.")
            found.append((service, letter))
        return found

    def book(self, service: str) -> LetterBook:
        """A service's."""
        return self._books[service]

    def first_of(self, service: str, letter: Letter) -> Letter:
        """The letter of the same stream that all others of it wait for."""
        return (self._books[service].first_of(letter.stream) if letter.holds else None) or letter

    def works(self, service: str, letter: Letter) -> bool:
        """Whether a process works on the letter's partition now."""
        return letter.partition in self._leases[service].owners(system_clock())


@contextmanager
def _opened(*, reading: bool = False) -> Iterator[_Kept]:
    from parley_crm_logger.store import open_existing_crm

    url = OpsSettings().store_url
    with clear_errors(), ExitStack() as opened:
        stores = {
            name: opened.enter_context(closing(open_existing(url, name, reading=reading)))
            for name in ("session", "router")
        }
        crm = opened.enter_context(closing(open_existing_crm(url, reading=reading)))
        books = {name: store.letters for name, store in stores.items()} | {"crm-logger": crm.letters}
        leases = {name: store.leases for name, store in stores.items()} | {"crm-logger": crm.leases}
        yield _Kept(books, leases)


def _age_s(letter: Letter) -> int:
    return max(0, system_clock() - letter.first_at) // 1000


def _shown(service: str, letter: Letter) -> dict[str, Any]:
    return {
        "letter": f"{service}:{letter.number}",
        "kind": letter.kind,
        "state": letter.state,
        "stream": letter.stream,
        "type": letter.type,
        "trace": letter.trace,
        "inbox": letter.inbox,
        "source": letter.source or None,
        "position": letter.position or None,
        "holds": letter.holds,
        "reason": letter.reason,
        "tries": letter.tries,
        "first_at": rfc3339(letter.first_at),
        "last_at": rfc3339(letter.last_at),
        "age_s": _age_s(letter),
        "body": letter.body.decode(errors="replace"),
        "by": letter.decided_by,
        "because": letter.because,
    }


@click.group()
def letters() -> None:
    """See to what a service could not take.

    A message that fails each time it is tried, or that is of a newer version, is kept in the service's own database. What
    is said later about the same chat or item waits behind it; everything else goes on.

    \b
    parley letters list                                   what there is, and why
    parley letters retry session:12                       try it again, when its cause is gone
    parley letters discard session:12 --because "..."     take it as done, although it is not
    """


@letters.command("list")
@service_option
@click.option("--discarded", is_flag=True, help="With those that were discarded, by whom and why.")
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True, help="At most so many, oldest first.")
@as_json
def list_letters(service: str | None, discarded: bool, limit: int, as_json: bool) -> None:
    """List the letters, in the order in which they came. Exit status 3 when there is none."""
    shown, more = 0, 0
    with _opened(reading=True) as kept:
        for name, letter in kept.all(service, discarded=discarded):
            if shown == limit:
                more += 1
                continue
            shown += 1
            told = _shown(name, letter)
            if as_json:
                say(told)
                continue
            reason = letter.reason.splitlines()[0][:120] if letter.reason else ""
            state = "" if letter.state == "kept" else f" ({letter.state}: {letter.because or 'as soon as possible'})"
            click.echo(
                f"{told['letter']:<16} {letter.kind:<14} {told['stream']:<32} {letter.type:<26} "
                f"{told['age_s']} s, tried {letter.tries} times{state}\n                 {reason}"
            )
    if more:
        click.echo(f"... and {more} more: --limit", err=True)
    if not shown:
        if not as_json:
            click.echo("no letters")
        sys.exit(NOTHING_FOUND)


@letters.command()
@letter_argument
@click.option("--all", "everything", is_flag=True, help="All letters that stand first in their streams.")
@service_option
@click.option("--even-late", is_flag=True, help=f"Carry out commands that are older than {LATE_S} s as well.")
@as_json
def retry(letters: tuple[str, ...], everything: bool, service: str | None, even_late: bool, as_json: bool) -> None:
    """Have letters tried again by whoever works on their partitions, once each, and in the order of their streams.

    What waits behind a letter follows by itself. Exit status 4 when one of them is still kept. Without a process that
    works on them they are tried as soon as one is started.
    """
    if bool(letters) == everything:
        raise click.UsageError("Name letters, or say --all.")
    with _opened() as kept:
        heads = ((name, one) for name, one in kept.all(service) if one.kind != "behind")
        wanted = list(heads) if everything else kept.named(letters)
        if everything:
            wanted = [(name, one) for name, one in wanted if not _cannot(name, one, even_late)]  # the rest follows
        for name, one in wanted:
            if (reason := _cannot(name, one, even_late)) is not None:
                raise click.ClickException(f"{name}:{one.number} {reason}")
        asked: dict[str, dict[int, Letter]] = {}
        for name, one in wanted:
            first = kept.first_of(name, one)
            asked.setdefault(name, {})[first.number] = first
        for name, ones in asked.items():
            kept.book(name).retry(ones)
        results = _results(kept, asked)
    for result in results:
        if as_json:
            say(result)
        else:
            click.echo(
                f"{result['letter']}: {result['result']}" + (f": {result['reason']}" if result["reason"] else "")
            )
    if not results and not as_json:
        click.echo("no letters")
    if any(result["result"] != "taken" for result in results):
        sys.exit(DIFFERENT)


def _cannot(service: str, letter: Letter, even_late: bool) -> str | None:
    """Why there is no use in trying it again."""
    if letter.kind == "other_timeline":
        return f"is of a life of its log that is lost: {letter.reason}. Discard it."
    if letter.inbox not in {INBOXES[service](partition) for partition in range(PARTITIONS)}:
        return f"was for {letter.inbox}, where nobody waits for an answer any more. Discard it."
    if not letter.source and not even_late and _age_s(letter) > LATE_S:
        return f"is a command of {_age_s(letter)} s ago: --even-late carries it out all the same."
    return None


def _results(kept: _Kept, asked: dict[str, dict[int, Letter]]) -> list[dict[str, Any]]:
    """What came of each, as far as it can be seen in time."""
    open_ones = {(name, number): one for name, ones in asked.items() for number, one in ones.items()}
    results: dict[tuple[str, int], dict[str, Any]] = {}
    until = time.monotonic() + SEEN_TO_WITHIN_S
    for tried in count():
        for (name, number), before in list(open_ones.items()):
            now = kept.book(name).get(number)
            result = {"letter": f"{name}:{number}", "result": "taken", "reason": ""}
            if now is not None and now.state == "retry":
                if tried and not kept.works(name, before):
                    result |= {"result": "waits", "reason": f"no {name} process works on partition {before.partition}"}
                elif time.monotonic() < until:
                    continue
                else:
                    result |= {"result": "waits", "reason": "not seen to yet"}
            elif now is not None:
                result |= {"result": "still kept", "reason": now.reason.splitlines()[0][:200] if now.reason else ""}
            results[name, number] = result
            del open_ones[name, number]
        if not open_ones:
            return [results[key] for key in sorted(results)]
        time.sleep(0.2)
    raise AssertionError


@letters.command()
@letter_argument
@click.option("--because", required=True, metavar="TEXT", help="Why it is right that this never has its effect.")
@click.option("--by", metavar="WHO", help="Who decides that. [default: the user of this machine]")
@as_json
def discard(letters: tuple[str, ...], because: str, by: str | None, as_json: bool) -> None:
    """Take letters as done, although they are not: what waits behind them goes on without them.

    Who did it and why is kept with the letter (`parley letters list --discarded`).
    """
    if not letters or not because.strip():
        raise click.UsageError("Name letters, and say why: --because TEXT.")
    with _opened() as kept:
        for name, one in kept.named(letters):
            gone = kept.book(name).discard(one.number, by or user(), because)
            result = {"letter": f"{name}:{one.number}", "result": "discarded" if gone else "gone meanwhile"}
            say(result) if as_json else click.echo(f"{result['letter']}: {result['result']}")
