"""Settings that every service has, from `PARLEY_…` in the environment."""

from __future__ import annotations

from pydantic_settings import BaseSettings, SettingsConfigDict


class ServiceSettings(BaseSettings):
    """Where the servers are, and where this process listens."""

    model_config = SettingsConfigDict(env_prefix="PARLEY_")

    broker_url: str = "amqp://guest:guest@127.0.0.1:5672/"
    """RabbitMQ, or `memory:` within one process."""

    database_url: str = "postgresql://postgres@127.0.0.1:5432/parley"
    """PostgreSQL, or `sqlite:FOLDER`."""

    host: str = "127.0.0.1"
    """The address to listen on."""

    port: int = 8080
    """The gateway's port for everybody; another service's for /livez, /readyz, /metrics and /version."""

    log_level: str = "INFO"
    """The least level that is logged."""
