"""Where commands look: at a running installation over HTTP, or into its logs beside it."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from typing import Any, Protocol
from urllib.parse import quote, urlencode

from parley_chassis.clock import system_clock
from parley_chassis.store import open_existing
from parley_contracts.instant import rfc3339

from .installation import Installation, NotPossible
from .logs import Filter, Logs
from .replay import chat_at, chat_shown, floor_at, floor_shown
from .why import item_events, told

PAGE = 500
AGAIN_AFTER_S = 1.0


class Place(Protocol):
    """Somewhere to look. All raise NotPossible, StoreDown, ValueError."""

    def events(self, wanted: Filter, *, newest_first: bool, limit: int | None) -> Iterator[dict[str, Any]]:
        """What has happened, as JSON has it."""

    def follow(self, wanted: Filter, after: str | None) -> Iterator[dict[str, Any]]:
        """What happens from now on, or from a cursor on, for ever."""

    def chat(self, tenant: str, chat: str, at: int | None, n: int | None) -> dict[str, Any] | None:
        """A chat as it was; None if it was not."""

    def floor(self, tenant: str, at: int | None, version: int | None) -> dict[str, Any]:
        """A floor as it was."""

    def why(self, tenant: str, item: str) -> dict[str, Any] | None:
        """Why an item went the way it went (`steps`), and, where that is known, why it waited (`waited`)."""


class BesideIt:
    """The logs themselves. Each question reads them from the start: for what one machine holds, and for an installation that is down."""

    def __init__(self, url: str) -> None:
        self._url = url

    def events(self, wanted: Filter, *, newest_first: bool, limit: int | None) -> Iterator[dict[str, Any]]:
        with closing(Logs(self._url)) as logs:
            found = logs.events(wanted)
            yield from (event.shown() for event in (reversed(list(found)) if newest_first else found))

    def follow(self, wanted: Filter, after: str | None) -> Iterator[dict[str, Any]]:
        if after is not None:
            raise ValueError(
                "--after needs a running installation: leave PARLEY_DATABASE_URL and PARLEY_DATA out, or name --url"
            )
        with closing(Logs(self._url)) as logs:
            yield from (event.shown() for event in logs.follow(wanted))

    def chat(self, tenant: str, chat: str, at: int | None, n: int | None) -> dict[str, Any] | None:
        with closing(open_existing(self._url, "session")) as store:
            found = chat_at(store, tenant, chat, at, n)
        return None if found is None else chat_shown(found, at if at is not None else system_clock())

    def floor(self, tenant: str, at: int | None, version: int | None) -> dict[str, Any]:
        with closing(open_existing(self._url, "router")) as store:
            return floor_shown(floor_at(store, tenant, at, version))

    def why(self, tenant: str, item: str) -> dict[str, Any] | None:
        with closing(open_existing(self._url, "router")) as store:
            steps = [told(event) for event in item_events(store, tenant, item)]
        return {"item": item, "steps": steps} if steps else None


class OverHttp:
    """An installation that runs, as one of its operators."""

    def __init__(self, installation: Installation, reveal: str) -> None:
        self.installation, self._reveal = installation, reveal

    def _get(self, path: str, **query: Any) -> dict[str, Any]:
        said = {name: value for name, value in query.items() if value not in (None, "")}
        return self.installation.ask("GET", f"/v1/ops/{path}?{urlencode(said)}")

    def events(self, wanted: Filter, *, newest_first: bool, limit: int | None) -> Iterator[dict[str, Any]]:
        query = {**_query(wanted), "order": "desc" if newest_first else "asc", "reveal": self._reveal}
        after: str | None = None
        while True:
            page = self._get("events", **query, after=after, limit=min(PAGE, limit or PAGE))
            yield from page["events"]
            after = page.get("next")
            if after is None:
                return

    def follow(self, wanted: Filter, after: str | None) -> Iterator[dict[str, Any]]:
        """A connection that is lost is taken up where it was."""
        cursor = after or ""
        while True:
            try:
                for name, value in self._told(f"/v1/ops/events/live?{urlencode({**_query(wanted), 'after': cursor})}"):
                    if name == "id":
                        cursor = value
                    elif name == "data":
                        yield json.loads(value) | {"cursor": cursor}
            except NotPossible as error:
                print(f"{error} Again in a moment.", file=sys.stderr)  # noqa: T201 - whoever waits sees that it waits
            time.sleep(AGAIN_AFTER_S)

    def _told(self, path: str) -> Iterator[tuple[str, str]]:
        """The fields of server-sent events."""
        failed = False
        for line in self.installation.lines(path):
            name, _, value = line.partition(": ")
            failed = failed or (name == "event" and value == "failed")
            if failed and name == "data":
                raise NotPossible(json.loads(value).get("detail", "The stream has ended."))
            yield name, value

    def chat(self, tenant: str, chat: str, at: int | None, n: int | None) -> dict[str, Any] | None:
        return self._found(f"chats/{quote(chat, safe='')}", at=_moment(at), n=n, reveal=self._reveal)

    def floor(self, tenant: str, at: int | None, version: int | None) -> dict[str, Any]:
        return self._get("floor", at=_moment(at), version=version)

    def why(self, tenant: str, item: str) -> dict[str, Any] | None:
        return self._found(f"why/{quote(item, safe='')}")

    def streams(self) -> dict[str, Any]:
        """How far the logs go, and how far each consumer has come."""
        return self._get("streams")

    def find(self, text: str) -> list[dict[str, Any]]:
        """What a text may mean."""
        found: list[dict[str, Any]] = self._get("find", q=text)["found"]
        return found

    def _found(self, path: str, **query: Any) -> dict[str, Any] | None:
        try:
            return self._get(path, **query)
        except NotPossible as error:
            if str(error).startswith("not_found"):
                return None
            raise


def _moment(at: int | None) -> str | None:
    return None if at is None else rfc3339(at)


def _query(wanted: Filter) -> dict[str, str]:
    said = {
        "chat": wanted.chat,
        "agent": wanted.agent,
        "queue": wanted.queue,
        "contact": wanted.contact,
        "trace": wanted.trace,
        "type": wanted.type,
        "from": _moment(wanted.since),
        "until": _moment(wanted.until),
    }
    return {name: value for name, value in said.items() if value is not None}


def stands_beside(url: str | None) -> bool:
    """Whether to look into the logs: somebody has said where they are, and not where the installation answers."""
    return not url and bool(os.environ.get("PARLEY_DATABASE_URL") or os.environ.get("PARLEY_DATA"))


def first(events: Iterator[dict[str, Any]], limit: int | None) -> Iterator[dict[str, Any]]:
    """So many of them at most."""
    return islice(events, limit)
