"""`parley install`: from nothing to an installation that services can be started on."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import NamedTuple, Protocol

import click
from parley_contracts.instant import rfc3339

from .cli_parts import as_json, clear_errors, say
from .first_tenant import FirstLogin, checked_name, first_tenant
from .install_broker import definitions, user_of, vhost_of
from .install_database import Did, install_database, name_of, role_of
from .secrets_folder import (
    BROKER,
    DATABASE,
    MAILBOX_SECRET,
    OPERATORS,
    SECRET,
    SERVICES,
    SecretsFolder,
    with_login,
    write_secret,
)

PORTS = {"gateway": "8080", "router": "8081", "session": "8082", "crm-logger": "8083", "ops": "8084"}
"""So that all of them can run on one machine."""


class Closes(Protocol):
    """Something that was opened."""

    def close(self) -> None:
        """Give up the connections."""


class Installed(NamedTuple):
    """What was done, and how the first administrator gets in; None where the tenant had one, or none was asked for."""

    did: Did
    login: FirstLogin | None
    definitions: Path


class Addresses(NamedTuple):
    """`database` is the administrator's, `reached` the same database as the services reach it, `public` where browsers come to."""

    database: str
    reached: str
    broker: str
    public: str


@click.command()
@click.option(
    "--to",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="The folder for the secrets.",
)
@click.option("--tenant", default="", help="The first company, such as `acme`.")
@click.option("--admin", default="", help="Its first administrator.")
@click.option(
    "--database",
    envvar="PARLEY_INSTALL_DATABASE_URL",
    default="postgresql://postgres@127.0.0.1:5432/parley",
    show_default=True,
    help="The database, with a login that may make databases and roles. It is not kept.",
)
@click.option(
    "--reached-at",
    default="",
    help="The same database as services reach it, without a login; where that is not the host of --database.",
)
@click.option(
    "--broker",
    default="amqp://127.0.0.1:5672/parley",
    show_default=True,
    help="The broker and virtual host, without a login.",
)
@click.option("--url", default="", help="Where it will be reached from outside, such as https://chat.example.org.")
@as_json
def install(
    folder: Path, tenant: str, admin: str, database: str, reached_at: str, broker: str, url: str, as_json: bool
) -> None:
    """Make an installation: secrets, database, users of the broker, the first tenant and its administrator.

    Each service gets a role in the database and a user in the broker, with its own schema and inboxes and nothing else; the
    operators' service (`parley serve`) may read the others' schemas as well. Operators get a role that may only read. FOLDER then has a file of settings for each of them, such as `router.env`, for
    systemd's EnvironmentFile or Docker's --env-file. Lines that you add to them stay. Where FOLDER has a folder `router`,
    the file is `router/settings.env`, so that a container can be given its own alone; the same for each of them, and for
    `broker`.

    Once more does no harm: what is there is kept, what is missing is made, an administrator who has not been there yet
    gets another link. Without --tenant and --admin all but these is made.
    With one user for everything until now: stop the services, run this, and start each with its own file.

    \b
    parley install --to /etc/parley --tenant acme --admin ada --url https://chat.example.org
    rabbitmqctl import_definitions /etc/parley/broker.json     makes the broker's users
    """
    url = url.rstrip("/")
    with clear_errors():
        first = _first(tenant, admin)
        done = _install(folder, Addresses(database, reached_at or database, broker, url), first)
    command = f"rabbitmqctl import_definitions {done.definitions}"
    if as_json:
        told = [{"what": what, "state": state} for what, state in done.did]
        login = done.login and {
            "tenant": tenant,
            "user": admin,
            "link": url + done.login.path,
            "expires_at": rfc3339(done.login.expires_at),
        }
        return say({"folder": str(folder), "did": told, "first_login": login, "next": command})
    for what, state in done.did:
        click.echo(f"{state:<8} {what}")
    if done.login is not None:
        click.echo(
            f"\n{admin} of {tenant} chooses a password here, once, until {rfc3339(done.login.expires_at)}:\n"
            f"{url}{done.login.path}"
        )
    click.echo(f"\nnext, where the broker runs, if it does not load them at its start: {command}")
    return None


def _first(tenant: str, admin: str) -> tuple[str, str] | None:
    """The first tenant and its administrator. Raises ValueError."""
    if not tenant and not admin:
        return None
    if not (tenant and admin):
        raise ValueError("--tenant and --admin belong together: give both, or neither")
    return checked_name("a tenant", tenant), checked_name("a user", admin)


def _install(folder: Path, at: Addresses, first: tuple[str, str] | None) -> Installed:
    vhost, name = vhost_of(at.broker), name_of(at.database)
    if name_of(at.reached) != name:
        raise ValueError(f"--reached-at names the database {name_of(at.reached)}, and --database {name}")
    kept = SecretsFolder(folder)
    logins = {whose: kept.password(whose, DATABASE) for whose in (*SERVICES, OPERATORS)}
    users = {service: kept.password(service, BROKER) for service in SERVICES}
    did: Did = []
    for whose, password in logins.items():
        wanted = {DATABASE: with_login(at.reached, role_of(name, whose), password)}
        if whose in users:
            wanted[BROKER] = with_login(at.broker, user_of(vhost, whose), users[whose])
        if whose == "gateway":
            wanted[SECRET] = kept.secret()
        if whose in ("gateway", "crm-logger"):  # the gateway's is written first, and is what the other gets
            wanted[MAILBOX_SECRET] = kept.secret(MAILBOX_SECRET)
        if at.public and whose in ("gateway", "crm-logger"):
            wanted["PARLEY_PUBLIC_URL"] = at.public
        default = {"PARLEY_PORT": PORTS[whose]} if whose in PORTS else {}
        # First of all: a password that a server knows and nobody has written down would be lost.
        did.append((str(kept.file(whose)), kept.put(whose, wanted, default)))
    did.append((str(kept.definitions), _put_definitions(kept.definitions, definitions(vhost, users))))
    did += install_database(at.database, logins)
    _make_tables({service: kept.settings(service)[DATABASE] for service in SERVICES})
    if first is None:
        return Installed(did, None, kept.definitions)
    tenant, admin = first
    admitted = first_tenant(kept.settings("gateway")[DATABASE], tenant, admin)
    did.append((f"administrator of {tenant}", admitted.state))
    return Installed(did, admitted.login, kept.definitions)


def _put_definitions(path: Path, content: str) -> str:
    before = path.read_text() if path.exists() else None
    if before == content:
        return "kept"
    write_secret(path, content)
    return "made" if before is None else "changed"


def _make_tables(urls: dict[str, str]) -> None:
    """Each with its own service's rights: what these do not allow is seen now."""
    from parley_chassis.store import open_store
    from parley_crm_logger.store import open_crm

    from .index.table import open_index

    for service, url in urls.items():
        opened: dict[str, Callable[[str], Closes]] = {"crm-logger": open_crm, "ops": open_index}
        with closing(opened.get(service, partial(open_store, service=service))(url)):
            pass
