"""The broker of an installation: a virtual host, and in it a user for each service with its own inboxes and nothing else.

They are written down as definitions, as RabbitMQ takes them in: `rabbitmqctl import_definitions FILE`.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from typing import Any
from urllib.parse import unquote, urlsplit

from parley_contracts.topology import ANNOUNCEMENTS, EVENT_STREAM, gateway_inbox

SAYS = {"router", "session"}
"""Whose events are copied into the event stream."""
ASKS = {"crm-logger"}
"""Who asks others on its own behalf, and has an inbox for the answers (`parley_chassis.asking`)."""


def vhost_of(url: str) -> str:
    """The virtual host in a broker's address. Raises ValueError where it is none."""
    parts = urlsplit(url)
    if parts.scheme not in ("amqp", "amqps") or not parts.hostname:
        raise ValueError("this is no address of a broker: write amqp://HOST:PORT/VHOST")
    return unquote(parts.path.removeprefix("/")) or "/"


def user_of(vhost: str, service: str) -> str:
    """A user's name. Users are a broker's, so that each of several installations on it has its own."""
    return f"{'parley' if vhost == '/' else vhost}_{service.replace('-', '_')}"


def definitions(vhost: str, passwords: dict[str, str]) -> str:
    """By service its password, as RabbitMQ takes it in; the same for the same."""
    users = [
        {
            "name": user_of(vhost, service),
            "password_hash": hashed(password),
            "hashing_algorithm": "rabbit_password_hashing_sha256",
            "tags": "",
        }
        for service, password in passwords.items()
    ]
    permissions = [{"user": user_of(vhost, each), "vhost": vhost, **_allowed(each)} for each in passwords]
    content: dict[str, Any] = {"vhosts": [{"name": vhost}], "users": users, "permissions": permissions}
    return json.dumps(content, indent=2) + "\n"


def _allowed(service: str) -> dict[str, str]:
    own = rf"{re.escape(service)}\..*"
    answers = [re.escape(gateway_inbox(f"{service}-")) + ".*"] if service in ASKS else []
    shared = [re.escape(ANNOUNCEMENTS), *([re.escape(EVENT_STREAM)] if service in SAYS else [])]
    hears = [re.escape(ANNOUNCEMENTS)] if service == "gateway" else []
    # What is sent to an inbox goes over the default exchange: RabbitMQ asks for a right on that, not on the inbox.
    return {
        "configure": _any_of(own, *answers, *shared),
        "write": _any_of(own, r"amq\.default", re.escape(ANNOUNCEMENTS)),
        "read": _any_of(own, *answers, *hears),
    }


def _any_of(*names: str) -> str:
    return f"^({'|'.join(names)})$"


def hashed(password: str) -> str:
    """As RabbitMQ stores it. The salt follows from the password, which is random itself: the same file comes out each time."""
    salt = hashlib.sha256(b"salt of " + password.encode()).digest()[:4]
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()
