"""A timer as it is shown and stored: time that is settled, and since when it runs (R17)."""

from __future__ import annotations

from typing import NamedTuple


class Timer(NamedTuple):
    """Milliseconds settled so far, and the instant since which it runs (None while it stands).

    A sum of intervals between the timestamps of events, never of process clocks: whoever folds the same events gets
    the same figure.
    """

    ms: int = 0
    running_since: int | None = None

    def started(self, at: int) -> Timer:
        """Running from `at` on; a timer that runs already is left alone."""
        return self if self.running_since is not None else Timer(self.ms, at)

    def stopped(self, at: int) -> Timer:
        """Standing, with the interval up to `at` added; an `at` before its start adds nothing."""
        if self.running_since is None:
            return self
        return Timer(self.ms + max(0, at - self.running_since), None)

    def at(self, at: int) -> int:
        """The milliseconds it shows at `at`."""
        return self.stopped(at).ms
