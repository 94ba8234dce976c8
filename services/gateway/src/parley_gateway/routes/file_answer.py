"""How a file is answered with: small, and not again where the browser has it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from fastapi import Request, Response

from ..pages.web_files import Served


def answer(request: Request, file: Served, kind: str, headers: Mapping[str, str]) -> Response:
    """The file, gzipped where the browser takes that; or that what the browser has is still right."""
    zipped = _takes_gzip(request.headers.get("accept-encoding", ""))
    tag = f'"{file.tag}{"-gzip" if zipped else ""}"'
    sent = {"Vary": "Accept-Encoding", **headers, "ETag": tag}
    known = request.headers.get("if-none-match", "").split(",")
    if any(each.strip().removeprefix("W/") in (tag, "*") for each in known):
        return Response(status_code=304, headers=sent)
    if zipped:
        sent["Content-Encoding"] = "gzip"
    return Response(file.zipped if zipped else file.plain, media_type=kind, headers=sent)


def _takes_gzip(accepted: str) -> bool:
    """Whether an `Accept-Encoding` names gzip, and not with the weight 0."""
    found = re.search(r"(?:^|,)\s*(?:gzip|\*)\s*(?:;\s*q=([01](?:\.[0-9]{0,3})?))?\s*(?:,|$)", accepted.lower())
    return found is not None and float(found[1] or 1) > 0
