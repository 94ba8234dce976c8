"""`parley install`: from nothing to an installation that services can be started on."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import click
from parley_contracts.instant import rfc3339

from .cli_parts import as_json, clear_errors, say
from .first_tenant import FirstLogin, checked_name, first_tenant
from .install_broker import definitions, user_of, vhost_of
from .install_database import Did, install_database, name_of, role_of
from .secrets_folder import BROKER, DATABASE, OPERATORS, SECRET, SERVICES, SecretsFolder, with_login, write_secret

DEFINITIONS = "broker.json"
PORTS = {"gateway": "8080", "router": "8081", "session": "8082", "crm-logger": "8083"}
"""So that all of them can run on one machine."""


class Installed(NamedTuple):
    """What was done, and how the first administrator gets in; None where the tenant had one."""

    did: Did
    login: FirstLogin | None


@click.command()
@click.option(
    "--to",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="The folder for the secrets.",
)
@click.option("--tenant", required=True, help="The first company, such as `acme`.")
@click.option("--admin", required=True, help="Its first administrator.")
@click.option(
    "--database",
    envvar="PARLEY_INSTALL_DATABASE_URL",
    default="postgresql://postgres@127.0.0.1:5432/parley",
    show_default=True,
    help="The database, with a login that may make databases and roles. It is not kept.",
)
@click.option(
    "--broker",
    default="amqp://127.0.0.1:5672/parley",
    show_default=True,
    help="The broker and virtual host, without a login.",
)
@click.option("--url", default="", help="Where it will be reached from outside, such as https://chat.example.org.")
@as_json
def install(folder: Path, tenant: str, admin: str, database: str, broker: str, url: str, as_json: bool) -> None:
    """Make an installation: secrets, database, users of the broker, the first tenant and its administrator.

    Each service gets a role in the database and a user in the broker, with its own schema and inboxes and nothing else.
    Operators get a role that may only read. FOLDER then has a file of settings for each of them, such as `router.env`, for
    systemd's EnvironmentFile or Docker's --env-file. Lines that you add to them stay.

    Once more does no harm: what is there is kept, what is missing is made, an administrator who has not been there yet
    gets another link.
    With one user for everything until now: stop the services, run this, and start each with its own file.

    \b
    parley install --to /etc/parley --tenant acme --admin ada --url https://chat.example.org
    rabbitmqctl import_definitions /etc/parley/broker.json     makes the broker's users
    """
    with clear_errors():
        names = checked_name("a tenant", tenant), checked_name("a user", admin)
        done = _install(folder, *names, database, broker, url.rstrip("/"))
    command = f"rabbitmqctl import_definitions {folder / DEFINITIONS}"
    if as_json:
        told = [{"what": what, "state": state} for what, state in done.did]
        login = done.login and {
            "tenant": tenant,
            "user": admin,
            "link": url.rstrip("/") + done.login.path,
            "expires_at": rfc3339(done.login.expires_at),
        }
        return say({"folder": str(folder), "did": told, "first_login": login, "next": command})
    for what, state in done.did:
        click.echo(f"{state:<8} {what}")
    if done.login is not None:
        click.echo(
            f"\n{admin} of {tenant} chooses a password here, once, until {rfc3339(done.login.expires_at)}:\n"
            f"{url.rstrip('/')}{done.login.path}"
        )
    click.echo(f"\nnext, where the broker runs: {command}")
    return None


def _install(folder: Path, tenant: str, admin: str, database: str, broker: str, public_url: str) -> Installed:
    vhost, name = vhost_of(broker), name_of(database)
    kept = SecretsFolder(folder)
    logins = {whose: kept.password(whose, DATABASE) for whose in (*SERVICES, OPERATORS)}
    users = {service: kept.password(service, BROKER) for service in SERVICES}
    did: Did = []
    for whose, password in logins.items():
        wanted = {DATABASE: with_login(database, role_of(name, whose), password)}
        if whose in users:
            wanted[BROKER] = with_login(broker, user_of(vhost, whose), users[whose])
        if whose == "gateway":
            wanted[SECRET] = kept.secret()
        if public_url and whose in ("gateway", "crm-logger"):
            wanted["PARLEY_PUBLIC_URL"] = public_url
        # First of all: a password that a server knows and nobody has written down would be lost.
        did.append(
            (
                str(folder / f"{whose}.env"),
                kept.put(whose, wanted, {"PARLEY_PORT": PORTS[whose]} if whose in PORTS else {}),
            )
        )
    did.append((str(folder / DEFINITIONS), _put_definitions(folder / DEFINITIONS, definitions(vhost, users))))
    did += install_database(database, logins)
    _make_tables({service: kept.settings(service)[DATABASE] for service in SERVICES})
    admitted = first_tenant(kept.settings("gateway")[DATABASE], tenant, admin)
    did.append((f"administrator of {tenant}", admitted.state))
    return Installed(did, admitted.login)


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

    for service, url in urls.items():
        with closing(open_crm(url) if service == "crm-logger" else open_store(url, service)):
            pass
