"""Logs as JSON lines on standard error; what is about a message says which one it is."""

from __future__ import annotations

import logging
import sys
from typing import Any

from parley_contracts.instant import rfc3339
from parley_contracts.shapes import Message
from pythonjsonlogger.json import JsonFormatter


class _Formatter(JsonFormatter):
    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:
        """RFC 3339, UTC, milliseconds, as everywhere else."""
        return rfc3339(int(record.created * 1000))


def set_up_logs(service: str, level: str) -> None:
    """Everything that is logged in this process becomes one JSON object a line, with the service's name."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        _Formatter(
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


def facts_of(message: Message, **more: Any) -> dict[str, Any]:
    """What a log says of a message: its type, whose it is, the chat or item that it is about, and its trace; by the last of these
    `parley events --trace` finds what else came of it."""
    item = getattr(message, "item", None) or getattr(message, "chat", None)
    facts = {"type": message.type, "tenant": message.tenant, "item": item, "trace": message.traceparent}
    return {name: value for name, value in {**facts, **more}.items() if value is not None}
