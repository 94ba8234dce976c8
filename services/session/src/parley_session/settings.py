"""The session's settings, read from the environment here and nowhere else."""

from __future__ import annotations

from parley_chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    """`PARLEY_…`: what all services have."""
