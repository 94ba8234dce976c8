"""The first tenant of an installation, and its first administrator."""

from __future__ import annotations

import asyncio
import re
from contextlib import closing
from typing import NamedTuple

from parley_chassis.clock import system_clock
from parley_chassis.store import Commit, Store, open_store
from parley_gateway.domain.directory import Directory, Happened, UserSet
from parley_gateway.tenants.access import mark_of
from parley_gateway.tenants.demo import TENANT as DEMONSTRATION
from parley_gateway.tenants.directories import JOURNAL
from parley_gateway.tenants.links import MADE_BY, Links
from parley_gateway.tenants.passwords import PAGE
from parley_gateway.tenants.tables import Tables

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
RESERVED = "system"
NO_PASSWORD = ""


class FirstLogin(NamedTuple):
    """How the first administrator gets in: behind the installation's address, once, until a moment in milliseconds since 1970."""

    path: str
    expires_at: int


class Admitted(NamedTuple):
    """`login` is None where the tenant had an administrator already who can log in."""

    state: str
    login: FirstLogin | None


def checked_name(what: str, name: str) -> str:
    """Raises ValueError where a name cannot be one."""
    if not _NAME.fullmatch(name):
        raise ValueError(
            f"{name!r} is no name for {what}: small letters, digits, - and _, at most 64, a letter or digit first"
        )
    if name in (RESERVED, DEMONSTRATION):
        raise ValueError(
            f"{name} stands for {'the installation' if name == RESERVED else 'the demonstration'}: take another name"
        )
    return name


def first_login(gateway_url: str, tenant: str, admin: str) -> FirstLogin:
    """The one place that decides how the first administrator gets in: by a link, and a password that nobody else ever knew."""
    links = Links(Tables(gateway_url, MADE_BY))
    secret, link = asyncio.run(links.make(tenant, admin, "invitation", mark_of(NO_PASSWORD)))
    return FirstLogin(PAGE + secret, link.expires_at)


def first_tenant(gateway_url: str, tenant: str, admin: str) -> Admitted:
    """Make the tenant and its administrator, where it has none; of one who has not been there yet, another link. Raises StoreDown; ValueError
    where that cannot be done."""
    with closing(open_store(gateway_url, "gateway")) as store:
        directory = _directory(store, tenant)
        if any(user.role == "admin" and user.password for user in directory.users.values()):
            return Admitted("kept", None)
        known = directory.users.get(admin)
        if known is not None and (known.role != "admin" or known.subject):
            raise ValueError(f"{admin} is a user of {tenant} without administering it: name somebody else with --admin")
        if known is None:
            user = UserSet(at=system_clock(), by=RESERVED, user=admin, name=admin, role="admin", password=NO_PASSWORD)
            store.commit(Commit(events=[JOURNAL.stored(tenant, directory.version + 1, user)]))
    return Admitted("made" if known is None else "kept", first_login(gateway_url, tenant, admin))


def _directory(store: Store, tenant: str) -> Directory:
    directory = Directory(tenant)
    for stored in store.streams([tenant]):
        event: Happened = JOURNAL.event(stored.topic, stored.state)
        directory.evolve(event)
    return directory
