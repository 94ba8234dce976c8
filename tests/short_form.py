"""What the short form runs: every test of a part by itself that is not marked slow, of those through the whole product the
journeys, and of those that run on several stores each case once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

WHOLE_PRODUCT = ("tests/attack/", "tests/browser/", "tests/e2e/", "tests/faults/")
"""Where each test has the whole product running: seconds a test."""

JOURNEYS = (
    "tests/attack/test_attack.py::test_R31_long_bodies_are_not_read",
    "tests/browser/test_admin.py::test_R1_the_licence_is_taken_away_and_put_back",
    "tests/browser/test_chat.py",
    "tests/browser/test_cut_to_pieces.py",
    "tests/browser/test_desk_mails.py::test_R3_R31_R35_a_mail_is_read_answered_and_answered_back[en-GB]",
    "tests/browser/test_hostile_text.py",
    "tests/browser/test_ops.py::test_R38_from_an_address_to_the_reason_in_three_acts",
    "tests/browser/test_phone.py::test_R10_R12_R13_an_interruption_is_seen_from_all_three_sides",
    "tests/browser/test_same_view.py",
    "tests/browser/test_supervisor_day.py::test_R36_help_is_asked_for_at_the_desk_and_answered",
    "tests/browser/test_widget.py::test_the_whole_visit_by_keyboard_alone",
    "tests/e2e/test_bad_input.py::TestVisitors",
    "tests/e2e/test_contacts.py::test_R24_R26_an_unknown_visitor_is_linked_and_everything_before_is_at_hand",
    "tests/e2e/test_dialogues.py",
    "tests/e2e/test_hostile_input.py",
    "tests/e2e/test_long_chats.py",
    "tests/e2e/test_nobody_answers.py::test_R33_a_service_that_is_gone_is_named_and_who_asks_is_told[session]",
    "tests/e2e/test_one_queue.py",
    "tests/e2e/test_races.py",
    "tests/e2e/test_rebuild.py",
    "tests/e2e/test_reports.py::test_R37_figures_count_what_was_and_lead_to_it",
    "tests/e2e/test_restarts.py",
    "tests/e2e/test_rules_over_sockets.py",
    "tests/e2e/test_supervisors.py",
    "tests/e2e/test_telephone.py",
    "tests/e2e/test_tenants.py",
    "tests/e2e/test_write_at_once.py",
    "tests/faults/",
)
"""Of these the short form runs, by the beginning of a test's name, `[word]` for the cases of it: somebody's whole way through the
product for each page, each rule and each guarantee. Everything else is in `make test-all`."""

STORES = {"sqlite": False, "postgresql": True, "servers": True}
"""By the word in a test's name: whether it is about the servers."""


def is_a_journey(name: str) -> bool:
    """Of a test through the whole product: does the short form run it?"""
    return any(begins(name, journey) for journey in JOURNEYS)


def begins(name: str, journey: str) -> bool:
    """Is the test of this name meant?"""
    function, _, case = journey.partition("[")
    return name.startswith(function) and case.removesuffix("]") in name.removeprefix(function)


def run_on_the_other_store(names: Iterable[str]) -> set[str]:
    """Those that the short form leaves out: of each test the first case runs on the servers only, every other one on SQLite only. So each case runs
    once, and each test once on the servers. What runs on one store alone stays."""
    functions: dict[str, dict[tuple[str, ...], dict[bool, str]]] = defaultdict(lambda: defaultdict(dict))
    for name in names:
        function, _, inside = name.partition("[")
        words = inside.removesuffix("]").split("-")
        stores = [word for word in words if word in STORES]
        if len(stores) == 1:
            case = tuple(word for word in words if word not in STORES)
            functions[function][case][STORES[stores[0]]] = name
    left_out = set()
    for cases in functions.values():
        twins = [case for case in cases.values() if len(case) == 2]
        left_out |= {case[number > 0] for number, case in enumerate(twins)}
    return left_out
