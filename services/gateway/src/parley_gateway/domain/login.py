"""A login: somebody has shown who they are, and is believed until it ends (R20, R31)."""

from __future__ import annotations

from typing import NamedTuple


class Login(NamedTuple):
    """What is known of one; times in milliseconds since 1970. `marks`: the passwords that it holds with, see `mark_of`. `address` and
    `browser`: from where it was, for its user to know it again. `factor`: 1 where it was with a second one."""

    login: str
    tenant: str
    user: str
    role: str
    marks: str
    began_at: int
    seen_at: int
    expires_at: int
    address: str = ""
    browser: str = ""
    factor: int = 0

    def holds(self, at: int, idle_ms: int) -> bool:
        """Whether it has neither become too old nor been unused for too long. A source is a machine, and may rest."""
        idle = bool(idle_ms) and self.role != "source" and at - self.seen_at > idle_ms
        return at < self.expires_at and not idle
