"""The first tenant of an installation, and its first administrator."""

from __future__ import annotations

import re
import secrets
from contextlib import closing
from typing import NamedTuple

from argon2 import PasswordHasher
from parley_chassis.clock import system_clock
from parley_chassis.store import Commit, Store, open_store
from parley_gateway.domain.directory import Directory, Happened, UserSet
from parley_gateway.tenants.demo import TENANT as DEMONSTRATION
from parley_gateway.tenants.directories import JOURNAL

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
RESERVED = "system"


class FirstLogin(NamedTuple):
    """How the first administrator gets in."""

    password: str
    say: str


class Admitted(NamedTuple):
    """`login` is None where the tenant had an administrator already."""

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


def first_login(admin: str) -> FirstLogin:
    """The one place that decides how the first administrator gets in: by a password that is shown once."""
    return FirstLogin(
        secrets.token_urlsafe(18),
        f"It is shown this once. Log in at /admin as {admin} and give yourself another password before anything else.",
    )


def first_tenant(gateway_url: str, tenant: str, admin: str) -> Admitted:
    """Make the tenant and its administrator, where it has none. Raises StoreDown; ValueError where that cannot be done."""
    with closing(open_store(gateway_url, "gateway")) as store:
        directory = _directory(store, tenant)
        if any(user.role == "admin" for user in directory.users.values()):
            return Admitted("kept", None)
        if admin in directory.users:
            raise ValueError(f"{admin} is a user of {tenant} without administering it: name somebody else with --admin")
        login = first_login(admin)
        hashed = PasswordHasher().hash(login.password)
        user = UserSet(at=system_clock(), by=RESERVED, user=admin, name=admin, role="admin", password=hashed)
        store.commit(Commit(events=[JOURNAL.stored(tenant, directory.version + 1, user)]))
        return Admitted("made", login)


def _directory(store: Store, tenant: str) -> Directory:
    directory = Directory(tenant)
    for stored in store.streams([tenant]):
        event: Happened = JOURNAL.event(stored.topic, stored.state)
        directory.evolve(event)
    return directory
