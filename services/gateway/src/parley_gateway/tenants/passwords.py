"""How people come to a password: their own change, and links for those who have none or have forgotten theirs."""

from __future__ import annotations

import logging
from typing import NamedTuple

import msgspec
from parley_chassis.clock import system_clock
from parley_chassis.store import StoreDown
from parley_chassis.tasks import Tasks
from parley_contracts.contacts import SendLink
from parley_contracts.refusal import Refused
from parley_contracts.topology import CRM_QUESTIONS

from ..domain.directory import UserSet
from ..domain.identity import Identity
from ..domain.passwords import check_password
from ..service_link import ServiceLink
from .access import Access, mark_of
from .directories import Directories
from .links import Kind, Link, Links

log = logging.getLogger("parley.gateway")

PAGE = "/account#link="
GONE = "This link is not valid any more: ask for another one."


class Made(NamedTuple):
    """A link: `mailed_to` whom, or `path`, where it was not mailed: then whoever asked for it passes it on."""

    expires_at: int
    mailed_to: str | None
    path: str | None


class Passwords:
    """Sets them by the company's rules."""

    def __init__(self, directories: Directories, access: Access, links: Links, link: ServiceLink, tasks: Tasks) -> None:
        self._directories, self._access, self._links, self._link = directories, access, links, link
        self._tasks = tasks

    def check(self, tenant: str, user: str, name: str, password: str) -> None:
        """Raises Refused `bad_request`."""
        settings = self._directories.tenants[tenant].settings
        check_password(password, settings.password_length, (tenant, user, name))

    async def change_own(self, who: Identity, old: str, new: str, address: str) -> None:
        """One's own, with the one before; all other logins end. Raises Refused: `forbidden` where the old one is wrong."""
        user = self._user(who.tenant, who.user)
        await self._access.check_own_password(who, old, address)
        self.check(who.tenant, who.user, user.name, new)
        hashed = await self._access.hashed(new, user)
        if hashed == user.password:
            raise Refused("bad_request", "password: is the one that you have: choose another.")
        # This login goes on: it holds with the new password from before it is there.
        await self._access.logins.hold_with(who.login, mark_of(hashed))
        await self._set(who.tenant, user, hashed, but=who.login)

    async def make_link(self, tenant: str, name: str, language: str, *, by_themselves: bool = False) -> Made:
        """A link for a user; mailed where they have an address and letters can be sent. Raises Refused."""
        user = self._user(tenant, name)
        if not user.enabled:
            raise Refused("conflict", f"{name} is disabled: nobody can log in so.")
        if user.subject:
            raise Refused("conflict", f"{name} logs in by the company's provider, and has no password here.")
        kind: Kind = "reset" if user.password else "invitation"
        secret, link = await self._links.make(tenant, name, kind, mark_of(user.password))
        path = PAGE + secret
        if user.email:
            letter = SendLink(tenant=tenant, to=user.email, path=path, user=name, what=kind, language=language)
            try:
                await self._link.ask(CRM_QUESTIONS, letter, "system", "system")
                return Made(link.expires_at, user.email, None)
            except Refused:
                if by_themselves:
                    raise
        return Made(link.expires_at, None, path)

    def mail_later(self, tenant: str, name: str, language: str) -> None:
        """R31: whoever asks learns nothing from how long it takes."""

        async def mail() -> None:
            try:
                await self.make_link(tenant, name, language, by_themselves=True)
            except (Refused, StoreDown) as error:
                log.warning("a link was not mailed", extra={"tenant": tenant, "reason": str(error)})

        self._tasks.start(mail(), "a link by mail")

    async def look(self, secret: str) -> tuple[Link, UserSet]:
        """Whose link it is. Raises Refused `not_found`."""
        return self._theirs(await self._links.look(secret))

    async def use(self, secret: str, password: str) -> Link:
        """The password that the link is for; all logins end. A password that is not taken leaves the link as it is. Raises Refused."""
        link, user = await self.look(secret)
        self.check(link.tenant, link.user, user.name, password)
        hashed = await self._access.hashed(password)
        link, user = self._theirs(await self._links.use(secret))
        await self._set(link.tenant, user, hashed)
        return link

    def _theirs(self, link: Link | None) -> tuple[Link, UserSet]:
        directory = self._directories.tenants.get(link.tenant) if link is not None else None
        user = directory.users.get(link.user) if directory is not None and link is not None else None
        if link is None or user is None or not user.enabled or mark_of(user.password) != link.mark:
            raise Refused("not_found", GONE)
        return link, user

    def _user(self, tenant: str, name: str) -> UserSet:
        directory = self._directories.tenants.get(tenant)
        user = directory.users.get(name) if directory is not None else None
        if user is None:
            raise Refused("not_found", f"There is no user {name}.")
        return user

    async def _set(self, tenant: str, user: UserSet, hashed: str, but: str | None = None) -> None:
        event = msgspec.structs.replace(user, at=system_clock(), by=user.user, password=hashed)
        await self._directories.change(tenant, event)
        await self._access.logins.end(tenant, user.user, but=but)
