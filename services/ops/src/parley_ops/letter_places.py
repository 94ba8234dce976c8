"""Where `parley letters` sees to letters: at a running installation over HTTP, or in the services' own tables beside it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from itertools import count, islice
from typing import Any, Protocol
from urllib.parse import quote, urlencode

from parley_chassis.clock import system_clock
from parley_chassis.letter_desk import cannot_be_tried
from parley_chassis.letters import Letter
from parley_chassis.store import LeaseBook, LetterBook, open_existing

from .answers import letter_shown
from .installation import Installation, NotPossible

SERVICES = ("session", "router", "crm-logger")
SEEN_TO_WITHIN_S = 15.0
PAGE = 500


class LetterPlace(Protocol):
    """All letters of an installation, or of a tenant. A letter's name is its service and its number: `session:12`. Each call raises NotPossible, StoreDown."""

    def letters(self, service: str | None, *, discarded: bool) -> Iterator[dict[str, Any]]:
        """Each as JSON has it, in order."""

    def retry(self, names: tuple[str, ...], *, even_late: bool) -> list[dict[str, Any]]:
        """What came of these: `letter`, `result` (`taken`, `still kept`, `waits`) and `reason`. One that there is no use in trying refuses all."""

    def retry_all(self, service: str | None, *, even_late: bool) -> list[dict[str, Any]]:
        """The same of all that stand first in their streams, without those that there is no use in trying."""

    def discard(self, names: tuple[str, ...], by: str | None, because: str) -> list[dict[str, Any]]:
        """What came of these: `letter` and `result`."""


class LettersOverHttp:
    """Those of the tenant of one of its operators."""

    def __init__(self, installation: Installation, reveal: str) -> None:
        self._installation, self._reveal = installation, reveal

    def letters(self, service: str | None, *, discarded: bool) -> Iterator[dict[str, Any]]:
        query = {"discarded": str(discarded).lower(), "limit": str(PAGE)} | (
            {"reveal": self._reveal} if self._reveal else {}
        )
        after = ""
        while True:
            page = self._installation.ask("GET", f"/v1/ops/letters?{urlencode({**query, 'after': after})}")
            yield from (each for each in page["letters"] if service in (None, each["letter"].partition(":")[0]))
            if not (after := page.get("next", "")):
                return

    def retry(self, names: tuple[str, ...], *, even_late: bool) -> list[dict[str, Any]]:
        return [self._see_to(name, "retry", {"even_late": even_late}) for name in names]

    def retry_all(self, service: str | None, *, even_late: bool) -> list[dict[str, Any]]:
        first = [each["letter"] for each in self.letters(service, discarded=False) if each["kind"] != "behind"]
        results = []
        for name in first:
            try:
                results += self.retry((name,), even_late=even_late)
            except NotPossible as error:
                if not str(error).startswith(("wrong_state", "not_found")):  # no use in it, or seen to meanwhile
                    raise
        return results

    def discard(self, names: tuple[str, ...], by: str | None, because: str) -> list[dict[str, Any]]:
        if by is not None:
            raise NotPossible("--by is for the tables themselves: here it is whoever logs in (--user).")
        return [self._see_to(name, "discard", {"reason": because}) for name in names]

    def _see_to(self, name: str, what: str, body: dict[str, Any]) -> dict[str, Any]:
        return self._installation.ask("POST", f"/v1/ops/letters/{quote(name, safe='')}/{what}", body)


class LettersBeside:
    """Those of all tenants, in the services' tables."""

    def __init__(self, url: str, user: str) -> None:
        self._url, self._user = url, user

    def letters(self, service: str | None, *, discarded: bool) -> Iterator[dict[str, Any]]:
        with _opened(self._url, reading=True) as kept:
            for name, letter in kept.all(service, discarded=discarded):
                yield letter_shown(name, letter, system_clock(), revealed=True)

    def retry(self, names: tuple[str, ...], *, even_late: bool) -> list[dict[str, Any]]:
        with _opened(self._url) as kept:
            wanted = kept.named(names)
            for service, letter in wanted:
                if (reason := cannot_be_tried(letter, system_clock(), even_late)) is not None:
                    raise NotPossible(f"{service}:{letter.number} {reason}")
            return kept.tried(wanted)

    def retry_all(self, service: str | None, *, even_late: bool) -> list[dict[str, Any]]:
        with _opened(self._url) as kept:
            first = ((name, letter) for name, letter in kept.all(service) if letter.kind != "behind")
            now = system_clock()
            return kept.tried([each for each in first if cannot_be_tried(each[1], now, even_late) is None])

    def discard(self, names: tuple[str, ...], by: str | None, because: str) -> list[dict[str, Any]]:
        with _opened(self._url) as kept:
            return [
                {
                    "letter": f"{service}:{letter.number}",
                    "result": "discarded"
                    if kept.book(service).discard(letter.number, by or self._user, because)
                    else "gone meanwhile",
                }
                for service, letter in kept.named(names)
            ]


class _Kept:
    """The books of an installation."""

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
        """Raises NotPossible where one is none."""
        found = []
        for name in names:
            service, _, number = name.partition(":")
            letter = self._books[service].get(int(number)) if service in self._books and number.isdigit() else None
            if letter is None or letter.state == "discarded":
                raise NotPossible(f"There is no letter {name}: `parley letters list` shows their names.")
            found.append((service, letter))
        return found

    def book(self, service: str) -> LetterBook:
        """A service's."""
        return self._books[service]

    def tried(self, wanted: list[tuple[str, Letter]]) -> list[dict[str, Any]]:
        """Have them tried again, and say what came of each."""
        asked: dict[str, dict[int, Letter]] = {}
        for service, letter in wanted:
            first = (self._books[service].first_of(letter.stream) if letter.holds else None) or letter
            asked.setdefault(service, {})[first.number] = first
        for service, ones in asked.items():
            self._books[service].retry(ones)
        return self._results(asked)

    def _results(self, asked: dict[str, dict[int, Letter]]) -> list[dict[str, Any]]:
        """What came of each, as far as it can be seen in time."""
        open_ones = {(name, number): one for name, ones in asked.items() for number, one in ones.items()}
        results: dict[tuple[str, int], dict[str, Any]] = {}
        until = time.monotonic() + SEEN_TO_WITHIN_S
        for tried in count():
            for (name, number), before in list(open_ones.items()):
                now = self._books[name].get(number)
                result = {"letter": f"{name}:{number}", "result": "taken", "reason": ""}
                if now is not None and now.state == "retry":
                    if tried and before.partition not in self._leases[name].owners(system_clock()):
                        reason = f"no {name} process works on partition {before.partition}"
                        result |= {"result": "waits", "reason": reason}
                    elif time.monotonic() < until:
                        continue
                    else:
                        result |= {"result": "waits", "reason": "not seen to yet"}
                elif now is not None:
                    result |= {"result": "still kept", "reason": "".join(now.reason.splitlines()[:1])[:200]}
                results[name, number] = result
                del open_ones[name, number]
            if not open_ones:
                return [results[key] for key in sorted(results)]
            time.sleep(0.2)
        raise AssertionError


@contextmanager
def _opened(url: str, *, reading: bool = False) -> Iterator[_Kept]:
    from parley_crm_logger.store import open_existing_crm

    with ExitStack() as opened:
        stores = {
            name: opened.enter_context(closing(open_existing(url, name, reading=reading)))
            for name in ("session", "router")
        }
        crm = opened.enter_context(closing(open_existing_crm(url, reading=reading)))
        books = {name: store.letters for name, store in stores.items()} | {"crm-logger": crm.letters}
        leases = {name: store.leases for name, store in stores.items()} | {"crm-logger": crm.leases}
        yield _Kept(books, leases)


def first(letters: Iterator[dict[str, Any]], limit: int) -> tuple[list[dict[str, Any]], bool]:
    """So many at most, and whether there are more."""
    found = list(islice(letters, limit + 1))
    return found[:limit], len(found) > limit
