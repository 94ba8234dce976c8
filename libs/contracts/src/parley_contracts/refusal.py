"""The stable codes of refusals (R31) and the exception that carries one out of a decision."""

from __future__ import annotations

from typing import Any, Literal, get_args

Code = Literal[
    "bad_frame",
    "bad_request",
    "unauthorized",
    "forbidden",
    "not_found",
    "unknown_token",
    "origin_not_allowed",
    "licence_required",
    "closed",
    "queue_full",
    "no_agents",
    "conflict",
    "already_taken",
    "not_yours",
    "wrong_state",
    "too_long",
    "rate_limited",
    "unavailable",
]
CODES: tuple[str, ...] = get_args(Code)

HTTP_STATUS: dict[str, int] = {
    "bad_frame": 400,
    "bad_request": 422,
    "unauthorized": 401,
    "forbidden": 403,
    "not_found": 404,
    "unknown_token": 404,
    "origin_not_allowed": 403,
    "licence_required": 402,
    "closed": 409,
    "queue_full": 409,
    "no_agents": 409,
    "conflict": 409,
    "already_taken": 409,
    "not_yours": 403,
    "wrong_state": 409,
    "too_long": 413,
    "rate_limited": 429,
    "unavailable": 503,
}


class Refused(Exception):
    """A request that changes nothing (R31): a stable `code`, a sentence that says what to do, and facts beside it."""

    def __init__(self, code: Code, message: str, **facts: Any) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.facts = facts
