"""R29: a rebuild follows each source exactly as far as the live view has taken it, whatever their paces."""

from __future__ import annotations

from parley_chassis.store import Commit
from parley_chassis.store.memory import MemoryStore
from parley_contracts.topology import partition_of
from parley_ops.rebuild import _Source
from parley_session.domain.events import NoteAdded
from parley_session.handlers import Session
from parley_session.says import says

ONE = "t/a"
OTHER = next(stream for stream in (f"t/{number}" for number in range(100)) if partition_of(stream) != partition_of(ONE))


def taken(stream: str, position: int) -> dict[str, int]:
    partition = partition_of(stream)
    return {f"session.{partition}>{partition}": position}


def test_R29_sources_that_are_taken_at_different_paces_are_followed_each_at_its_own() -> None:
    store = MemoryStore()
    for n in range(1, 4):
        for stream in (ONE, OTHER):
            note = NoteAdded(at=n, agent="anna", text=f"{n}")
            store.commit(Commit(events=[Session.journal.stored(stream, n, note)]))
    source = _Source(store, "session", Session.journal, says)

    def comes(goal: dict[str, int]) -> list[tuple[str, int]]:
        """Chats with their events' numbers; the log positions are 1, 3, 5 for the one and 2, 4, 6 for the other."""
        return [(f"{m.tenant}/{m.chat}", m.n) for page, _ in source.up_to(goal) for m in page]  # type: ignore[attr-defined]

    assert comes(taken(ONE, 3)) == [(ONE, 1), (ONE, 2)]
    assert comes(taken(ONE, 3)) == []
    assert comes(taken(ONE, 3) | taken(OTHER, 6)) == [(OTHER, 1), (OTHER, 2), (OTHER, 3)]
    assert comes(taken(ONE, 5) | taken(OTHER, 6)) == [(ONE, 3)]
    assert comes(taken(ONE, 5) | taken(OTHER, 6)) == []
    assert source.events == 6
