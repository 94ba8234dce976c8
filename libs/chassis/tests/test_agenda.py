"""R18, R22: what is due comes once, at its time; a row is stored only where it is another than before."""

from __future__ import annotations

from parley_chassis.agenda import Agenda
from parley_chassis.store import OpenStream
from parley_chassis.streams import Live
from parley_contracts.topology import partition_of


def live(stream: str) -> Live[None]:
    return Live(stream, None, 0, lambda state, event: None)


def test_R18_what_is_due_comes_in_the_order_of_its_times_and_once() -> None:
    agenda = Agenda()
    agenda.begin([OpenStream("t/a", 0, 30), OpenStream("t/b", 0, 10), OpenStream("t/open", 0, None)])
    assert agenda.next_at == 10
    assert list(agenda.take_due(9)) == []
    assert list(agenda.take_due(30)) == ["t/b", "t/a"]
    assert agenda.next_at is None


def test_R18_a_time_is_noted_again_only_when_it_is_another() -> None:
    agenda, stream = Agenda(), live("t/a")
    for due in (50, 50, None, 50, 40):
        agenda.note(stream, due)
    assert list(agenda.take_due(100)) == ["t/a"] * 3, (
        "50, 50 again after none, 40: the state decides which still matters"
    )


def test_a_row_is_news_until_it_is_stored() -> None:
    agenda, row = Agenda(), OpenStream("t/a", 0, 30)
    assert agenda.is_news("t/a", row)
    agenda.stored({"t/a": row})
    assert not agenda.is_news("t/a", row)
    assert agenda.is_news("t/a", None), "closed for good"
    agenda.stored({"t/a": None})
    assert not agenda.is_news("t/a", None)


def test_what_others_own_now_is_forgotten() -> None:
    agenda = Agenda()
    rows = [OpenStream(f"t/{name}", partition_of(f"t/{name}"), None) for name in "abcdefgh"]
    agenda.begin(rows)
    agenda.forget({rows[0].partition})
    assert [agenda.is_news(row.stream, row) for row in rows] == [row.partition == rows[0].partition for row in rows]
