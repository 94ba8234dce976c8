"""Refusals over HTTP: RFC 9457 problems with the same codes as on the sockets (R31)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi.responses import JSONResponse
from parley_contracts.refusal import CODES, HTTP_STATUS
from parley_contracts.shapes import Shape
from pydantic import Field


class Problem(Shape):
    """RFC 9457, with the stable code."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: str = Field(description=f"One of {', '.join(CODES)}")


PROBLEMS: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": Problem, "description": "Refused, with a code"},
    "5XX": {"model": Problem, "description": "Not possible now, with a code"},
}


def problem(code: str, message: str, *, status: int = 0, **facts: Any) -> JSONResponse:
    """A refusal as an HTTP answer; with the status of its code, unless another one is given."""
    status = status or HTTP_STATUS[code]
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": message,
        "code": code,
    }
    headers = {"Retry-After": str(facts["retry_after_s"])} if "retry_after_s" in facts else None
    return JSONResponse({**body, **facts}, status_code=status, media_type="application/problem+json", headers=headers)
