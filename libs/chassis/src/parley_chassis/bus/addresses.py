"""Where the broker is: at one address, or at several of which any will do."""

from __future__ import annotations

import re

from yarl import URL

HEARTBEAT_S = 5
"""aiormq gives a connection up after three times this, and a little: a silent broker is noticed within 20 s."""

DEFAULTS = {"heartbeat": str(HEARTBEAT_S), "reconnect_interval": "1", "timeout": "10"}
"""For what a URL does not say itself. `timeout`: how long making a connection may take."""

_NEXT_URL = re.compile(r",(?=amqps?://)")
_PARTS = re.compile(r"(?P<before>amqps?://(?:[^/?#]*@)?)(?P<hosts>[^/?#]*)(?P<after>.*)", re.DOTALL)


def addresses_of(url: str) -> list[URL]:
    """The addresses in `amqp://user:password@host1:5672,host2:5672/vhost?parameter=…`, or in several URLs with commas
    between them, each with everything that holds for it. Raises ValueError for what is none."""
    found: list[URL] = []
    for one in _NEXT_URL.split(url):
        parts = _PARTS.fullmatch(one)
        if parts is None:
            raise ValueError("PARLEY_BROKER_URL is no address of a broker: write amqp://USER:PASSWORD@HOST:PORT/VHOST")
        for host in parts["hosts"].split(","):
            address = URL(f"{parts['before']}{host.strip() or 'localhost'}{parts['after']}")
            missing = {name: value for name, value in DEFAULTS.items() if name not in address.query}
            found.append(address.update_query(missing))
    return found
