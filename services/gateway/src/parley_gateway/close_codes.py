"""The codes with which the gateway closes a socket."""

from __future__ import annotations

GOING_AWAY = 1012
TRY_AGAIN = 1013
LOGGED_OUT = 4001
LOGIN_EXPIRED = 4003
TOO_SLOW = 4008
SILENT = 4010
FORBIDDEN = 4403
NO_SUCH_SOCKET = 4404
