"""How both loops go on when something fails: half of what was tried, then half of that, until one is left whose fault it is;
that one is tried a few times, then put aside, and everything else goes on (R32)."""

from __future__ import annotations

from .dead_letters import TRIES


class Tries:
    """How many to try `at_once`; doubles when it went well, halves when it failed."""

    def __init__(self, most: int) -> None:
        self._most = self.at_once = most
        self._tries = 0

    def succeeded(self) -> None:
        """All that was tried is done."""
        self._tries = 0
        self.at_once = min(2 * self.at_once, self._most)

    def failed(self, left: int, *, of_the_first: bool = False) -> bool:
        """It failed, and so many are left; `of_the_first`: it is known that the first of them is the one.

        True when the first has been tried often enough: put it aside.
        """
        tried = min(self.at_once, left)
        if tried > 1 and not of_the_first:
            self.at_once = tried // 2
            return False
        self._tries, self.at_once = self._tries + 1, 1
        if self._tries < TRIES:
            return False
        self._tries = 0
        return True

    @property
    def made(self) -> int:
        """How often whatever is put aside has been tried."""
        return TRIES
