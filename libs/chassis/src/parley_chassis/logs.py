"""Logs as JSON lines on standard error."""

from __future__ import annotations

import logging
import sys

from pythonjsonlogger.json import JsonFormatter


def set_up_logs(service: str, level: str) -> None:
    """Everything that is logged in this process becomes one JSON object a line, with the service's name."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        JsonFormatter(
            "{asctime}{levelname}{name}{message}",
            style="{",
            rename_fields={"asctime": "at", "levelname": "level", "name": "logger"},
            static_fields={"service": service},
        )
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for noisy in ("aio_pika", "aiormq", "faststream", "uvicorn.access", "psycopg.pool"):
        logging.getLogger(noisy).setLevel("CRITICAL")  # that a server is away is said by who needs it, once
    logging.getLogger("uvicorn.error").setLevel("WARNING")  # at INFO it has a line for every socket
