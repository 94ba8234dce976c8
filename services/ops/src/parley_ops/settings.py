"""The settings of `parley`, read from the environment here and nowhere else."""

from __future__ import annotations

from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict


class OpsSettings(BaseSettings):
    """`PARLEY_…`."""

    model_config = SettingsConfigDict(env_prefix="PARLEY_")

    data: Path = Path(".parley")
    """Where the demonstration keeps its data, unless `database_url` names another place."""

    broker_url: str = "memory:"
    """RabbitMQ for the demonstration; without it, everything is in one process."""

    database_url: str = ""
    """Where the logs are: PostgreSQL, or `sqlite:FOLDER`; without it, SQLite in `data`."""

    host: str = "127.0.0.1"
    """The address that the demonstration listens on."""

    port: int = 8080
    """The port that the demonstration listens on."""

    metrics_port: int = 0
    """The port on this machine for the demonstration's /metrics, and for /readyz with every detail; 0 = none."""

    secret: str = ""
    """Signs logins; without it, one is made and kept in `data`."""

    login_ttl_s: int = 12 * 3600
    """How long a login holds."""

    licence_keys: str = ""
    """Whose licences count: public keys in base64, comma-separated."""

    smtp_url: str = ""
    """The mail server for transcripts, as the crm-logger has it; without it, none can be sent."""

    smtp_ca: str = ""
    """The authorities of its certificate, likewise."""

    mail_from: str = ""
    """The address that transcripts come from."""

    undo_s: int = 10
    """How long an answer to an e-mail can be withdrawn, as the crm-logger has it."""

    demo_mail: bool = True
    """Whether the demonstration has a mail server of its own, on this machine alone; not where `smtp_url` names another."""

    public_url: str = ""
    """Where browsers reach the demonstration, for links in letters; without it, at its own address and port."""

    published_on_loopback: bool = False
    """The port is reachable from this machine only, whatever address is listened on."""

    log_level: str = "WARNING"
    """The least level that is logged."""

    @property
    def store_url(self) -> str:
        """Where the logs are."""
        return self.database_url or f"sqlite:{self.data}"
