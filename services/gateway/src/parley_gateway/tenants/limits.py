"""How much one address, one chat service or one chat may ask for (R31). Each gateway process counts for itself."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from math import ceil

from parley_contracts.refusal import Refused

from ..bounded import Bounded, Places
from ..metrics import LIMITED
from ..settings import Settings


@dataclass(frozen=True)
class Rate:
    """So many at once, then so many a second. `at_once` 0: as many as come."""

    at_once: int
    per_s: float


class Bucket:
    """What each key has taken lately of what `rate` gives; `what` is said to those who have had theirs, and counted."""

    def __init__(self, what: str, rate: Rate, keys: int = 0) -> None:
        self._what, self._rate = what, rate
        self._refused = LIMITED.labels(what)
        self._used: Bounded[Hashable, list[float]] = Bounded(keys)
        """By key, what has been taken and when: changed in place, as this is asked for each message."""

    def take(self, key: Hashable, at: int) -> None:
        """One more, at `at` in milliseconds. Raises Refused `rate_limited`; then nothing is taken."""
        rate = self._rate
        if not rate.at_once:
            return
        taken = self._used.get(key) or self._used.set(key, [0.0, at])
        used, since = taken
        if at > since:
            used = max(0.0, used - (at - since) * rate.per_s / 1000)
        if used + 1 > rate.at_once:
            wait = max(1, ceil((used + 1 - rate.at_once) / rate.per_s)) if rate.per_s else 3_600
            self._refused.inc()
            raise Refused("rate_limited", f"Too many {self._what}: wait {wait} s.", retry_after_s=wait)
        taken[:] = used + 1, at


class ChatQuota:
    """So many commands for one chat, whenever they come; one that is sent again is not another one. Of at most `chats`
    those asked of last are remembered."""

    def __init__(self, most: int, chats: int = 100_000) -> None:
        self._most = most
        self._taken: Bounded[tuple[str, str], set[str]] = Bounded(chats)

    def take(self, tenant: str, chat: str, id: str) -> None:
        """One more. Raises Refused `rate_limited`."""
        taken = self._taken.get((tenant, chat))
        if taken is None:
            taken = self._taken.set((tenant, chat), set())
        if id not in taken and len(taken) >= self._most:
            raise Refused("rate_limited", f"This was asked for {self._most} times already: that is all there is.")
        taken.add(id)

    def give_back(self, tenant: str, chat: str, id: str) -> None:
        """It came to nothing."""
        (self._taken.get((tenant, chat)) or set()).discard(id)


@dataclass(frozen=True)
class Pace:
    """How fast a visitor may write: so many messages a second, and at most so many, or bytes of them, at once."""

    messages_per_s: int = 5
    burst: int = 60
    burst_bytes: int = 256 * 1024


USUAL_PACE = Pace()


class ChatPace:
    """What the visitors of each chat have written lately, over all their connections here. Of at most `chats` those that were
    written in last are remembered; after a burst is over there is nothing to remember."""

    def __init__(self, chats: int = 100_000) -> None:
        self._used: Bounded[tuple[str, str], list[float]] = Bounded(chats)

    def take(self, tenant: str, chat: str, size: int, pace: Pace, at: int) -> None:
        """One more message of `size` bytes, at `at` in milliseconds. Raises Refused `rate_limited`."""
        key = (tenant, chat)
        taken = self._used.get(key) or self._used.set(key, [0.0, 0.0, at])
        messages, used, since = taken
        again = max(0, at - since) * pace.messages_per_s / 1000
        messages = max(0.0, messages - again)
        used = max(0.0, used - again * pace.burst_bytes / pace.burst)
        beyond = max(messages + 1 - pace.burst, (used + size - pace.burst_bytes) * pace.burst / pace.burst_bytes)
        if beyond > 0 and messages > 0:
            wait = max(1, ceil(beyond * 1000 / pace.messages_per_s))
            raise Refused("rate_limited", "You write faster than this chat takes: wait a moment.", retry_after_ms=wait)
        taken[:] = messages + 1, used + size, at


class Limits:
    """All limits of what visitors ask for, as the installation has set them. Addresses are those of `channel.address`."""

    def __init__(self, settings: Settings) -> None:
        at = settings
        here = "from your address"
        self._starts = Bucket(f"chats {here}", Rate(at.starts_at_once, at.starts_per_s))
        self._starts_of = Bucket("chats of this company", Rate(at.token_starts_at_once, at.token_starts_per_s))
        self._resumes = Bucket(f"returns {here}", Rate(at.resumes_at_once, at.resumes_per_s))
        self._resumes_of = Bucket("returns to this chat", Rate(at.chat_resumes_at_once, at.chat_resumes_per_s))
        self._messages = Bucket(f"messages {here}", Rate(at.messages_at_once, at.messages_per_s))
        self._messages_of = Bucket("messages to this company", Rate(at.token_messages_at_once, at.token_messages_per_s))
        self._left = Bucket(f"messages {here}", Rate(at.left_messages_at_once, at.left_messages_per_s))
        self._left_of = Bucket(
            "messages to this company", Rate(at.token_left_messages_at_once, at.token_left_messages_per_s)
        )
        self._letters = Bucket(f"letters {here}", Rate(at.letters_at_once, at.letters_per_s))
        self._oidc = Bucket(f"logins {here}", Rate(at.oidc_at_once, at.oidc_per_s))
        self._pace = ChatPace()
        self.secret_ms = at.chat_secret_ttl_s * 1000
        self.of_a_chat = Places(at.sockets_per_chat, "This chat is open in too many places: close some of them.")
        self.of_a_user = Places(at.sockets_per_user, "You are here too many times: close some of your windows.")

    def start(self, address: str, token: str, at: int) -> None:
        """A chat is to start. Raises Refused `rate_limited`."""
        self._starts.take(address, at)
        self._starts_of.take(token, at)

    def resume(self, address: str, chat: str, at: int) -> None:
        """A visitor comes back to a chat. Raises Refused `rate_limited`."""
        self._resumes.take(address, at)
        self._resumes_of.take(chat, at)

    def message(self, address: str, service: tuple[str, str], chat: str, size: int, pace: Pace, at: int) -> None:
        """R32: a visitor writes; `service` with its tenant. Raises Refused `rate_limited`."""
        self._pace.take(service[0], chat, size, pace, at)
        self._messages.take(address, at)
        self._messages_of.take(service, at)

    def letter(self, address: str, at: int) -> None:
        """R26: a transcript is asked for by e-mail. Raises Refused `rate_limited`."""
        self._letters.take(address, at)

    def oidc(self, address: str, at: int) -> None:
        """A login by a provider begins. Raises Refused `rate_limited`."""
        self._oidc.take(address, at)

    def leave_message(self, address: str, token: str, at: int) -> None:
        """R8: somebody leaves a message. Raises Refused `rate_limited`."""
        self._left.take(address, at)
        self._left_of.take(token, at)
