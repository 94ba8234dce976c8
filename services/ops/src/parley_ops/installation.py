"""A login at a running installation, for the commands that speak its public protocol."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import RemoteDisconnected
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

WITHIN_S = 60
MOST_AT_ONCE = 64 * 1024
"""A server that is sent more may refuse it before it has read it, and cut the connection."""


class NotPossible(Exception):
    """The installation has refused, or does not answer; the message says what to do."""


class Installation:
    """Somebody's login. Each call raises NotPossible."""

    def __init__(self, url: str, tenant: str, user: str, password: str) -> None:
        self.url = url.rstrip("/")
        self.tenant = tenant
        self.token = ""
        self.token = self.ask("POST", "/v1/login", {"tenant": tenant, "user": user, "password": password})["token"]

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """A JSON body there, a JSON body back."""
        data = None if body is None else json.dumps(body).encode()
        return self.send(method, path, data, "application/json")

    def send(self, method: str, path: str, data: bytes | None, media: str) -> dict[str, Any]:
        """A body of any kind there, a JSON body back."""
        with self._answer(method, path, data, media) as answer:
            content: dict[str, Any] = json.load(answer)
            return content

    def read(self, path: str) -> Iterator[bytes]:
        """A document, piece by piece."""
        with self._answer("GET", path, None, "application/json") as answer:
            while piece := answer.read(64 * 1024):
                yield piece

    def lines(self, path: str) -> Iterator[str]:
        """A document that comes line by line, for as long as it is written."""
        with self._answer("GET", path, None, "application/json") as answer:
            try:
                for line in answer:
                    yield line.decode("utf-8", "replace").rstrip("\r\n")
            except OSError as error:
                raise NotPossible(f"{self.url} has cut the connection ({error}).") from None

    @contextmanager
    def _answer(self, method: str, path: str, data: bytes | None, media: str) -> Iterator[Any]:
        headers = {"Content-Type": media}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        request = Request(self.url + path, data, headers, method=method)  # noqa: S310 - the user's own --url
        try:
            with urlopen(request, timeout=WITHIN_S) as answer:  # noqa: S310
                yield answer
        except HTTPError as refused:
            raise NotPossible(_told(refused)) from None
        except (URLError, OSError, ValueError) as error:
            if _was_cut(error) and data and len(data) > MOST_AT_ONCE:
                raise NotPossible(f"too_long: {len(data):,} bytes are too much at once for {self.url}.") from None
            if _was_cut(error):
                raise NotPossible(f"{self.url} has cut the connection ({error}). Try again.") from None
            raise NotPossible(f"{self.url} does not answer ({error}): is it running there?") from None


def _was_cut(error: Exception) -> bool:
    """Whether somebody was there, and hung up."""
    reason = error.reason if isinstance(error, URLError) else error
    return isinstance(reason, ConnectionResetError | BrokenPipeError | ConnectionAbortedError | RemoteDisconnected)


def _told(refused: HTTPError) -> str:
    try:
        problem = json.load(refused)
    except ValueError:
        what = "too_long: that is too much at once" if refused.code == 413 else "refused"
        return f"{what}, with status {refused.code}."
    return f"{problem.get('code', refused.code)}: {problem.get('detail', '')}"
