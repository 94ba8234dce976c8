"""R8: when a chat may start, and when again; R31: how often a message may be left."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from parley_contracts.hours import Hours
from parley_contracts.instant import from_rfc3339, rfc3339
from parley_contracts.refusal import Refused
from parley_gateway.tenants.admission import check_hours, when_open
from parley_gateway.tenants.limits import ChatQuota

MORNINGS = Hours(week={"mon": [["08:00", "12:00"]], "tue": [["08:00", "12:00"]]})
LATE = Hours(week={"mon": [["11:00", "20:00"]], "wed": [["11:00", "20:00"]]})
EVENINGS = Hours(week={"mon": [["13:00", "20:00"]]})
NEVER = Hours(week={})
MONDAY = "2026-03-02"


@pytest.mark.parametrize(
    ("hours", "at", "opens"),
    [
        ([MORNINGS], "2026-03-02T07:59:59Z", "2026-03-02T08:00:00.000Z"),
        ([MORNINGS], "2026-03-02T12:00:00Z", "2026-03-03T08:00:00.000Z"),
        ([MORNINGS, LATE], "2026-03-02T09:00:00Z", "2026-03-02T11:00:00.000Z"),
        ([LATE, MORNINGS], "2026-03-02T12:30:00Z", "2026-03-09T11:00:00.000Z"),
        ([MORNINGS, EVENINGS], "2026-03-02T09:00:00Z", None),
        ([MORNINGS, NEVER], "2026-03-02T09:00:00Z", None),
    ],
)
def test_R8_queue_and_service_are_open_together(hours: list[Hours], at: str, opens: str | None) -> None:
    assert datetime.fromisoformat(MONDAY).replace(tzinfo=UTC).weekday() == 0
    with pytest.raises(Refused) as refused:
        check_hours(hours, from_rfc3339(at))
    assert refused.value.code == "closed"
    assert refused.value.facts.get("opens_at") == opens
    if opens is not None:
        check_hours(hours, from_rfc3339(opens))


def test_R8_without_hours_it_is_always_open() -> None:
    check_hours([], 0)
    check_hours([MORNINGS], from_rfc3339("2026-03-02T08:00:00Z"))
    assert when_open([MORNINGS], from_rfc3339("2026-03-02T09:00:00Z")) == from_rfc3339("2026-03-02T09:00:00Z")
    assert rfc3339(when_open([MORNINGS], 0) or 0) == "1970-01-05T08:00:00.000Z", "the first Monday"


def test_R31_each_chat_has_its_portion_and_what_came_to_nothing_is_given_back() -> None:
    portion = ChatQuota(2, chats=2)
    for id in ("1", "2", "1", "2"):
        portion.take("t", "c1", id)
    with pytest.raises(Refused) as refused:
        portion.take("t", "c1", "3")
    assert refused.value.code == "rate_limited"
    portion.take("t", "c2", "3")
    portion.give_back("t", "c1", "2")
    portion.take("t", "c1", "3")
    with pytest.raises(Refused):
        portion.take("t", "c1", "2")
    portion.take("other", "c1", "1")
    portion.give_back("t", "nothing", "1")
    portion.take("t", "c1", "1")
