"""No message grows with what there is: whatever shows or answers comes in pages (R32).

A broker refuses a message that is too large (RabbitMQ 4: 16 MiB), and one that is very large keeps everything behind it waiting.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

from .shapes import Message, Reply
from .showings import Replied, ReplyPart
from .wire import encode, pack, unpack

PAGE_BYTES = 256 * 1024
"""About how large the largest part of a message may be that grows with the data."""

T = TypeVar("T", bound=Message)
U = TypeVar("U")


def page_of(pieces: Iterable[T], most_bytes: int = PAGE_BYTES) -> tuple[tuple[T, ...], bool]:
    """As many of the first pieces as a page holds, at least one; and whether there are more."""
    page: list[T] = []
    size = 0
    for piece in pieces:
        size += len(encode(piece))
        if page and size > most_bytes:
            return tuple(page), True
        page.append(piece)
    return tuple(page), False


def in_pages(pieces: Iterable[U], most: int) -> Iterator[tuple[U, ...]]:
    """All of the pieces, at most so many at once: for those whose own size is bounded."""
    left = iter(pieces)
    while page := tuple(islice(left, most)):
        yield page


def reply_parts(tenant: str, reply: Reply) -> list[bytes]:
    """An answer as encoded messages: one, or where it is large its parts, in order."""
    whole = encode(Replied(tenant=tenant, reply=reply))
    if len(whole) <= PAGE_BYTES:
        return [whole]
    text = whole.decode()
    # Escaped once more, a part may become larger than its text: JSON's quotes double.
    texts = [text[begin : begin + PAGE_BYTES // 2] for begin in range(0, len(text), PAGE_BYTES // 2)]
    plain = {"tenant": tenant, "connection": reply.connection, "id": reply.id, "of": len(texts)}
    return [encode(ReplyPart.model_validate({**plain, "part": part, "text": text})) for part, text in enumerate(texts)]


class Parts:
    """Puts answers together of which the parts come in order."""

    def __init__(self) -> None:
        self._begun: dict[int, tuple[str, list[str]]] = {}

    def add(self, part: ReplyPart) -> Reply | None:
        """The answer, with its last part. One of which a part was lost is dropped: it is asked for again, or has timed out."""
        id, texts = self._begun.get(part.connection, ("", []))
        if part.part == 0:
            id, texts = part.id, []
        if id != part.id or part.part != len(texts):
            return None
        texts.append(part.text)
        self._begun[part.connection] = (id, texts)
        if part.part + 1 < part.of:
            return None
        del self._begun[part.connection]
        (replied,) = unpack(pack(["".join(texts).encode()]))
        return replied.reply if isinstance(replied, Replied) else None

    def forget(self, connection: int) -> None:
        """Whoever asked is gone."""
        self._begun.pop(connection, None)
