"""An installation's secrets: a folder that only its owner can read, with a file of settings for each service.

What is in a file stays there: a password is made once, and lines that others have added are kept. Where the folder has a folder named
after a service, that service's file is in there: so a container is given its own and nothing else.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit, urlunsplit

SERVICES = ("gateway", "router", "session", "crm-logger", "ops")
OPERATORS = "operators"
"""Whoever looks and changes nothing."""
THE_BROKER = "broker"

DATABASE, BROKER = "PARLEY_DATABASE_URL", "PARLEY_BROKER_URL"
SECRET, MAILBOX_SECRET = "PARLEY_SECRET", "PARLEY_MAILBOX_SECRET"


class SecretsFolder:
    """`folder` is made where it is missing. Raises OSError, ValueError where a file cannot be read as settings."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for each in (folder, *(folder / whose for whose in (*SERVICES, OPERATORS, THE_BROKER))):
            if each.is_dir() and each.stat().st_mode & 0o077 and not any(each.glob("*.env")):
                raise ValueError(f"others can read {each}: chmod 700 it, or name a new folder")

    def file(self, whose: str) -> Path:
        """Where somebody's settings are."""
        apart = self.folder / whose
        return apart / "settings.env" if apart.is_dir() else self.folder / f"{whose}.env"

    @property
    def definitions(self) -> Path:
        """What the broker takes in."""
        apart = self.folder / THE_BROKER
        return apart / "definitions.json" if apart.is_dir() else self.folder / "broker.json"

    def settings(self, whose: str) -> dict[str, str]:
        """What stands in somebody's file; nothing where there is none."""
        path = self.file(whose)
        found = {}
        for number, line in enumerate(path.read_text().splitlines() if path.exists() else [], 1):
            if not line.strip() or line.lstrip().startswith("#"):
                continue
            name, sign, value = line.partition("=")
            if not sign:
                raise ValueError(f"{path}, line {number}: write NAME=VALUE")
            found[name.strip()] = value.strip()
        return found

    def password(self, whose: str, setting: str) -> str:
        """The password in an URL of somebody's; a new one where there is none yet."""
        known = urlsplit(self.settings(whose).get(setting, "")).password
        return unquote(known) if known else secrets.token_urlsafe(24)

    def secret(self, name: str = SECRET) -> str:
        """What signs logins, or the secret of this name; a new one where there is none yet."""
        return self.settings("gateway").get(name) or secrets.token_urlsafe(48)

    def put(self, whose: str, wanted: dict[str, str], default: dict[str, str]) -> str:
        """Have these settings in somebody's file, and those of `default` where they are not set: `made`, `changed`, or `kept` as it
        was."""
        path = self.file(whose)
        there = self.settings(whose)
        wanted = {**{name: value for name, value in default.items() if name not in there}, **wanted}
        if wanted.items() <= there.items():
            return "kept"
        before = path.read_text().splitlines() if path.exists() else []
        lines = [line for line in before if line.partition("=")[0].strip() not in wanted]
        write_secret(path, "".join(f"{line}\n" for line in (*lines, *(f"{k}={v}" for k, v in wanted.items()))))
        return "changed" if before else "made"


def write_secret(path: Path, content: str) -> None:
    """A file that only its owner can read, whole or not at all."""
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(content)
    new.replace(path)


def with_login(url: str, user: str, password: str) -> str:
    """The same address, for somebody else."""
    parts = urlsplit(url)
    hosts = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{quote(user, safe='')}:{quote(password, safe='')}@{hosts}"))
