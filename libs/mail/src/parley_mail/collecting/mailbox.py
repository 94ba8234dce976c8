"""A mailbox to be followed, and how patiently."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import ip_address
from typing import Literal

LARGEST = 30_000_000
"""Bytes of a mail that are fetched; what is larger is refused."""

Token = Callable[[], Awaitable[str]]
"""Gives an OAuth 2 access token that is good now. It is asked before each login. Raises whatever it likes: the login is tried again later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """One folder of one user on one server. Raises ValueError, with a sentence, for what cannot work.

    `name`: the taker's name for it, for ever. `security`: `tls` (imaps, port 993), `starttls` (port 143, never without), or `none`, on this machine only.
    `password`, or `token` for XOAUTH2. `afterwards`: a mail that was taken is marked as read (`seen`), moved to the folder `moved_to` (`move`), or
    left alone (`nothing`); none is ever deleted. `largest`: bytes. `not_before`: what the server received earlier is passed over.
    `authorities`: a file with certificates that the server's may be from, beside those that are known here anyhow.
    """

    name: str
    host: str
    user: str
    password: str = field(default="", repr=False)
    token: Token | None = field(default=None, repr=False)
    port: int = 993
    security: Literal["tls", "starttls", "none"] = "tls"
    folder: str = "INBOX"
    afterwards: Literal["seen", "move", "nothing"] = "seen"
    moved_to: str = ""
    largest: int = LARGEST
    not_before: datetime | None = None
    authorities: str | None = None

    def __post_init__(self) -> None:
        for what in ("name", "host", "user", "password", "folder", "moved_to"):
            if any(ord(sign) < 32 or ord(sign) == 127 for sign in getattr(self, what)):
                raise ValueError(f"mailbox {self.name!r}: {what} has a control character in it")
        for what in ("name", "host", "user", "folder"):
            if not getattr(self, what):
                raise ValueError(f"mailbox {self.name!r}: {what} is missing")
        if bool(self.password) == (self.token is not None):
            raise ValueError(f"mailbox {self.name!r}: it needs either a password or a token")
        if not 0 < self.port < 65536:
            raise ValueError(f"mailbox {self.name!r}: {self.port} is no port")
        if self.security not in ("tls", "starttls", "none") or self.afterwards not in ("seen", "move", "nothing"):
            raise ValueError(f"mailbox {self.name!r}: security or afterwards is unknown")
        if self.security == "none" and not on_this_machine(self.host):
            raise ValueError(f"mailbox {self.name!r}: without TLS only a server on this machine is spoken to")
        if (self.afterwards == "move") != bool(self.moved_to) or self.moved_to == self.folder:
            raise ValueError(f"mailbox {self.name!r}: moving needs another folder, and only moving does")
        if self.largest < 1 or (self.not_before is not None and self.not_before.tzinfo is None):
            raise ValueError(f"mailbox {self.name!r}: largest is a number of bytes, not_before has a time zone")
        if self.authorities is not None:
            self.trusting()

    def trusting(self) -> ssl.SSLContext:
        """The certificates that are believed. Raises ValueError where `authorities` is no file of them."""
        try:
            return ssl.create_default_context(cafile=self.authorities)
        except OSError as error:
            raise ValueError(f"mailbox {self.name!r}: no certificates in {self.authorities}: {error}") from error


def on_this_machine(host: str) -> bool:
    """Whether an address, or `localhost`, is of the loopback interface."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How patiently, in seconds. After a failure the pause is `first`, and twice as long after each further one, up to `longest`, and of each a random
    half; after a login that was refused, from `refused` to `refused_longest`. `idle`: how long the server is left to speak by itself before it is asked
    whether it still lives; `poll`: how often a server without IDLE is asked; `patience`: how long an answer may take; `told_after`: since when
    a server that cannot be reached is told of; `unreadable`: for how long a server may say no to one mail before the mail is passed over."""

    first: float = 1.0
    longest: float = 60.0
    refused: float = 300.0
    refused_longest: float = 3600.0
    idle: float = 300.0
    poll: float = 30.0
    patience: float = 60.0
    told_after: float = 15.0
    unreadable: float = 900.0
