"""The gateway's settings, read from the environment here and nowhere else."""

from __future__ import annotations

from parley_chassis.settings import ServiceSettings


class GatewaySettings(ServiceSettings):
    """`PARLEY_…`: see ServiceSettings for what all services have."""

    secret: str = ""
    """Signs logins and visitors' secrets; the same for all gateway processes of an installation."""

    login_ttl_s: int = 12 * 3600
    """How long a login holds."""

    demo: bool = False
    """Set up the demonstration's tenant where it is missing."""

    published_on_loopback: bool = False
    """The port is reachable from this machine only, although the process listens on every address of its container."""

    licence_keys: str = ""
    """R1: whose licences count: public keys in base64, comma-separated, as `parley licence key` prints them."""
