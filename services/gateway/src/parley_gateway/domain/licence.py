"""R1: what a licence allows, and why it may not hold. Whether it is signed by somebody trusted is looked at elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

from parley_contracts.instant import rfc3339
from parley_contracts.refusal import Refused

WEBCHAT = "webchat"


@dataclass(frozen=True)
class Licence:
    """Whose it is and what it allows; times in milliseconds since 1970. `seats`: how many agents there may be."""

    tenant: str
    customer: str
    features: tuple[str, ...]
    seats: int
    issued_at: int
    expires_at: int

    def why_not(self, feature: str, at: int) -> str | None:
        """Why it does not allow a feature at `at`, as a sentence that says what to do; None when it does."""
        if at >= self.expires_at:
            return f"The licence expired at {rfc3339(self.expires_at)}: get a new one and put it in place."
        if feature not in self.features:
            return f"The licence does not hold the feature {feature}: get one that does."
        return None


def take_seat(licence: Licence | None, used: int) -> None:
    """R1: one more agent may be added when `used` seats are taken. Raises Refused `licence_required`."""
    if licence is None:
        raise Refused("licence_required", "Without a valid licence no agent can be added: put one in place first.")
    if used >= licence.seats:
        raise Refused(
            "licence_required",
            f"All {licence.seats} seats of the licence are taken: remove an agent, or get a licence with more seats.",
            seats=licence.seats,
        )
