"""From which page a request or a socket comes, as its browser says: what a page cannot forge."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from parley_contracts.refusal import Refused

PORTS = {"http": 80, "https": 443}
Origin = tuple[str, str, int]


def origin_of(text: str) -> Origin | None:
    """Scheme, host and port of an origin; None where it is none, such as `null`."""
    try:
        parts = urlsplit(text)
        port = parts.port or PORTS.get(parts.scheme, 0)
    except ValueError:
        return None
    if not parts.hostname or not port or parts.path or parts.query or parts.fragment or "@" in parts.netloc:
        return None
    return parts.scheme, parts.hostname.lower(), port


class Caller(NamedTuple):
    """`host` is whom it calls, by one of `schemes`; `origin` and `site` are what its browser says of the page (`Origin`,
    `Sec-Fetch-Site`), None where it says nothing."""

    host: str
    schemes: tuple[str, ...]
    origin: str | None
    site: str | None

    @classmethod
    def of(cls, headers: Mapping[str, str], scheme: str) -> Caller:
        """Who calls with these headers. A page of another origin cannot add `X-Forwarded-Proto`, so a proxy may say how the browser
        came, trusted or not: it is about the origin's scheme alone."""
        plain = {"ws": "http", "wss": "https"}.get(scheme, scheme)
        told = headers.get("x-forwarded-proto", "").rpartition(",")[2].strip().lower()
        return cls(
            headers.get("host", ""),
            (plain, told) if told in PORTS else (plain,),
            headers.get("origin"),
            headers.get("sec-fetch-site"),
        )

    @property
    def is_own_page(self) -> bool:
        """Whether the page is one of the host that it calls, by the same scheme and port."""
        if self.origin is None:
            return False
        origin = origin_of(self.origin)
        return origin is not None and any(origin == origin_of(f"{scheme}://{self.host}") for scheme in self.schemes)

    def require_own_page(self) -> None:
        """A cookie counts only where our own page sends it: browsers add it to what other pages ask, too. Who says nothing of a page is
        no browser, or a person who has typed the address. Raises Refused `origin_not_allowed`."""
        foreign = self.origin is not None and not self.is_own_page
        if foreign or self.site not in (None, "same-origin", "none"):
            raise Refused(
                "origin_not_allowed", "Another page may not use your login: open ours, or send a bearer token."
            )
