"""What an orchestrator and a monitoring system ask a process: /livez, /readyz, /metrics, /version."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

Troubles = Callable[[], list[str]]


def probe_routes(service: str, troubles: Troubles, notices: Troubles = list, *, public: bool = False) -> list[Route]:
    """The routes of one process; `troubles` says why it is not ready, nothing when it is; `notices` what operators should know
    although it is. Where everybody can ask (`public`), there are no metrics."""

    async def livez(request: Request) -> Response:
        return JSONResponse({"status": "alive"})

    async def readyz(request: Request) -> Response:
        found = troubles()
        if found:
            return JSONResponse({"status": "not ready", "troubles": found}, status_code=503)
        told = notices()
        return JSONResponse({"status": "ready", "notices": told} if told else {"status": "ready"})

    async def metrics(request: Request) -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    async def version_of(request: Request) -> Response:
        return JSONResponse({"service": service, "version": version("parley-chassis")})

    routes = [Route("/livez", livez), Route("/readyz", readyz), Route("/version", version_of)]
    return routes if public else [*routes, Route("/metrics", metrics)]
