"""R24: contacts are created, changed, merged, parted and linked; who a website vouches for. On each store."""

from __future__ import annotations

from typing import Any

import pytest
from parley_contracts import chat_events as ce
from parley_contracts import work_events as w
from parley_contracts.contacts import (
    AskAlike,
    AskContact,
    AskDuplicates,
    AskHistory,
    AskInteraction,
    ContactFields,
    IdentifyVisitor,
    ImportContacts,
    ImportRow,
    LinkInteraction,
    ListContacts,
    MergeContact,
    PutContact,
    SearchContacts,
    UnmergeContact,
)
from parley_contracts.refusal import Refused

from .conftest import Desk


def refused(code: str, desk: Desk, kind: Any, **fields: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        desk.ask(kind, **fields)
    assert caught.value.code == code, caught.value
    return caught.value


def known(desk: Desk, contact: str) -> dict[str, Any]:
    found: dict[str, Any] = desk.ask(AskContact, contact=contact)["contact"]
    return found


def call(desk: Desk, item: str, at: int, contact: str | None) -> None:
    """A call from its beginning to its end."""
    head: dict[str, Any] = {"tenant": desk.tenant, "item": item, "version": 1, "kind": "call", "queue": "help"}
    desk.hear(
        [
            w.WorkQueued(**head, at=at, priority=100, waiting_since=at),
            w.WorkIdentified(**head, at=at + 1, agent="anna", contact=contact),
            w.WorkClosed(**head, at=at + 2, outcome="handled", why="ended", wait_ms=1, handle_ms=2, wrap_up_ms=3),
        ]
    )


def history(desk: Desk, contact: str, **fields: Any) -> list[str]:
    return [item["item"] for item in desk.ask(AskHistory, contact=contact, **fields)["items"]]


class TestPutting:
    def test_R24_a_contact_is_as_it_was_put(self, desk: Desk) -> None:
        fields = {
            "name": "Kim Ö. <b>Doe</b>",
            "emails": ["kim@example.com"],
            "phones": ["+49 30 1234567"],
            "numbers": ["+49301234567"],
            "organisation": "Ärzte & Söhne",
            "language": "de",
            "notes": "two\nlines",
            "customer_number": "K-1",
        }
        desk.contact("c1", **fields)
        assert known(desk, "c1") == {"contact": "c1", "version": 1, "merged": [], **fields}

    def test_R24_a_change_names_the_version_that_it_is_for(self, desk: Desk) -> None:
        desk.contact("c1", "Kim")
        assert desk.ask(PutContact, contact="c1", fields=ContactFields(name="Kim Doe"), version=1)["version"] == 2
        refusal = refused("conflict", desk, PutContact, contact="c1", fields=ContactFields(name="Jo"), version=1)
        assert refusal.facts == {"version": 2}
        assert known(desk, "c1")["name"] == "Kim Doe"

    def test_R30_the_same_command_again_has_no_second_effect_and_the_same_answer(self, desk: Desk) -> None:
        asked: dict[str, Any] = {"contact": "c1", "fields": ContactFields(name="Kim"), "new": True, "id": "x"}
        first = desk.ask(PutContact, **asked)
        desk.ask(PutContact, contact="c1", fields=ContactFields(name="Jo"))
        assert desk.ask(PutContact, **asked) == first
        assert known(desk, "c1")["name"] == "Jo"
        refused("conflict", desk, PutContact, **{**asked, "fields": ContactFields(name="Other")})

    def test_what_is_so_already_changes_nothing(self, desk: Desk) -> None:
        desk.contact("c1", "Kim")
        assert desk.ask(PutContact, contact="c1", fields=ContactFields(name=" Kim "))["version"] == 1
        assert desk.crm.db.end() == 1

    def test_R31_a_name_that_is_taken_and_a_contact_that_is_not_there(self, desk: Desk) -> None:
        desk.contact("c1", "Kim")
        refused("conflict", desk, PutContact, contact="c1", fields=ContactFields(name="Jo"), new=True)
        refused("not_found", desk, PutContact, contact="c2", fields=ContactFields(name="Jo"))
        refused("not_found", desk, AskContact, contact="c2")

    @pytest.mark.parametrize(
        "fields",
        [
            {"emails": ("no address",)},
            {"emails": ("a@b@c",)},
            {"emails": ("a@b\n",), "name": "K\x00im"},
            {"emails": ('"><script>@x.example',)},
            {"phones": ("030\x00",)},
            {"phones": (" \u202e",)},
            {"notes": "a\x00b"},
            {"name": "   "},
        ],
        ids=ascii,
    )
    def test_R31_addresses_and_numbers_that_are_none(self, desk: Desk, fields: dict[str, Any]) -> None:
        bad = ContactFields(**{"name": "Kim", **fields})
        refused("bad_request", desk, PutContact, contact="c1", fields=bad, new=True)
        assert desk.crm.db.end() == 0

    def test_contacts_are_listed_in_pages(self, desk: Desk, elsewhere: Desk) -> None:
        for name in ("b", "B", "ä", "a", "c"):
            desk.contact(name, name)
        elsewhere.contact("aa", "theirs")
        page = desk.ask(ListContacts, limit=2)
        found = page["items"]
        while "next" in page:
            page = desk.ask(ListContacts, limit=2, after=page["next"])
            found += page["items"]
        assert [item["contact"] for item in found] == ["B", "a", "b", "c", "ä"]


class TestImporting:
    def rows(self, *names: str) -> tuple[ImportRow, ...]:
        return tuple(
            ImportRow(line=number, contact=f"i{number}", fields=ContactFields(name=name))
            for number, name in enumerate(names, 1)
        )

    def test_a_file_creates_changes_and_leaves_alone(self, desk: Desk) -> None:
        asked: dict[str, Any] = {"rows": self.rows("Kim", "Jo"), "id": "f"}
        assert desk.ask(ImportContacts, **asked) == {"created": 2, "changed": 0, "same": 0}
        assert desk.ask(ImportContacts, **asked) == {"created": 2, "changed": 0, "same": 0}  # the same answer
        again = desk.ask(ImportContacts, rows=self.rows("Kim", "Jörg", "Ann"))
        assert again == {"created": 1, "changed": 1, "same": 1}
        assert known(desk, "i2")["name"] == "Jörg"

    def test_R31_a_row_that_is_none_is_named_and_the_others_are_kept(self, desk: Desk) -> None:
        bad = ImportRow(line=7, contact="i7", fields=ContactFields(name="Kim", emails=("none at all",)))
        told = desk.ask(ImportContacts, rows=(bad, *self.rows("Jo")))
        assert (told["created"], [problem["line"] for problem in told["problems"]]) == (1, [7])
        assert known(desk, "i1")["name"] == "Jo"
        refused("not_found", desk, AskContact, contact="i7")


class TestMerging:
    @pytest.fixture(autouse=True)
    def three(self, desk: Desk) -> None:
        for number, name in enumerate(("a", "b", "c"), 1):
            desk.contact(name, f"Person {name}")
            desk.chat(f"chat-{name}", 100 * number, contact=name)

    def merge(self, desk: Desk, contact: str, into: str) -> None:
        desk.ask(MergeContact, contact=contact, into=into)

    def test_R24_merged_contacts_have_one_history_and_unmerged_each_its_own(self, desk: Desk) -> None:
        self.merge(desk, "a", "b")
        self.merge(desk, "b", "c")
        assert history(desk, "c") == ["chat-c", "chat-b", "chat-a"]
        assert history(desk, "a") == history(desk, "b") == history(desk, "c")
        assert known(desk, "c")["merged"] == ["a", "b"]
        assert known(desk, "a")["merged_into"] == "b"
        assert [item["contact"] for item in desk.ask(SearchContacts, query="Person")["items"]] == ["c"]
        desk.ask(UnmergeContact, contact="b")
        assert (history(desk, "c"), history(desk, "b")) == (["chat-c"], ["chat-b", "chat-a"])
        desk.ask(UnmergeContact, contact="a")
        assert [history(desk, name) for name in "abc"] == [["chat-a"], ["chat-b"], ["chat-c"]]
        assert "merged_into" not in known(desk, "a")

    def test_R31_mergers_that_cannot_be(self, desk: Desk, elsewhere: Desk) -> None:
        elsewhere.contact("theirs", "Theirs")
        refused("bad_request", desk, MergeContact, contact="a", into="a")
        refused("not_found", desk, MergeContact, contact="a", into="none")
        refused("not_found", desk, MergeContact, contact="none", into="a")
        refused("not_found", desk, MergeContact, contact="a", into="theirs")
        refused("not_found", elsewhere, MergeContact, contact="theirs", into="a")
        refused("not_found", elsewhere, UnmergeContact, contact="a")
        self.merge(desk, "a", "b")
        self.merge(desk, "b", "c")
        refused("wrong_state", desk, MergeContact, contact="c", into="a")  # round in a circle
        refused("wrong_state", desk, MergeContact, contact="a", into="c")  # it is merged already
        self.merge(desk, "a", "b")  # so already
        desk.ask(UnmergeContact, contact="c")  # so already
        assert known(desk, "c")["version"] == 1

    def test_R24_duplicates_are_suggested_by_what_they_have_in_common(self, desk: Desk, elsewhere: Desk) -> None:
        same: dict[str, Any] = {"emails": ("Kim@Example.com",), "phones": ("030 1234567",), "customer_number": "K-1"}
        desk.contact("k1", "Kim Doe", **same)
        elsewhere.contact("k1", "Kim Doe", **same)
        desk.contact("k2", "K. Doe", emails=("kim@example.com",), phones=("+49 30 1234567",), customer_number="k 1")
        desk.contact("k3", "Somebody", phones=("0049301234567",))
        desk.contact("m1", "Sabine Meier", organisation="Weiß GmbH")
        desk.contact("m2", "Sabine Mayer", organisation="WEISS GmbH")
        desk.contact("m3", "Sabine Meier", organisation="Schwarz GmbH")

        def pairs(contact: str | None) -> list[tuple[list[str], list[str]]]:
            found = desk.ask(AskDuplicates, contact=contact)["pairs"]
            return [([one["contact"] for one in pair["contacts"]], pair["why"]) for pair in found]

        assert pairs(None) == [
            (["k1", "k2"], ["customer_number", "email", "phone"]),
            (["k1", "k3"], ["phone"]),
            (["k2", "k3"], ["phone"]),
            (["m1", "m2"], ["name"]),
        ]
        assert pairs("k3") == [(["k1", "k3"], ["phone"]), (["k2", "k3"], ["phone"])]
        assert pairs("m3") == []
        self.merge(desk, "k1", "k2")
        assert pairs("k1") == [(["k1", "k3"], ["phone"])]
        refused("not_found", desk, AskDuplicates, contact="none")

    @pytest.mark.parametrize(
        ("fields", "expected"),
        [
            ({"name": "Robin", "emails": ("KIM@example.org",)}, [("kim", ["email"])]),
            ({"name": "Robin", "phones": ("030/123 45-67",)}, [("kim", ["phone"])]),
            ({"name": "Robin", "customer_number": "k 1"}, [("kim", ["customer_number"])]),
            ({"name": "KIM DOE"}, [("kim", ["name"])]),
            ({"name": "Kim Doe", "organisation": "Krug"}, [("kim", ["name"])]),
            ({"name": "Sabine Mayer", "organisation": "Weiss GmbH"}, [("sabine", ["name"])]),
            ({"name": "Sabine Meier", "organisation": "Schwarz"}, []),
            ({"name": "Kim"}, []),
            ({"name": "Jo Old", "phones": ("030 1234567", "110")}, [("kim", ["phone", "name"])]),
            ({"name": "Robin", "phones": ("110", "12")}, []),
            ({"name": "Kim Doe", "emails": ("s@example.org",)}, [("sabine", ["email"]), ("kim", ["name"])]),
        ],
        ids=repr,
    )
    def test_R24_who_may_be_there_already_is_told_before_one_more_is_made(
        self, desk: Desk, elsewhere: Desk, fields: dict[str, Any], expected: list[tuple[str, list[str]]]
    ) -> None:
        known: dict[str, Any] = {
            "emails": ("kim@example.org",),
            "phones": ("+49 30 1234567",),
            "customer_number": "K-1",
        }
        desk.contact("kim", "Kim Doe", **known)
        desk.contact("old", "Jo Old", phones=("110",))
        desk.contact("sabine", "Sabine Meier", organisation="Weiß GmbH", emails=("s@example.org",))
        self.merge(desk, "old", "kim")
        elsewhere.contact("kim", "Kim Doe", **known)
        found = desk.ask(AskAlike, fields=ContactFields.model_validate(fields))["items"]
        assert [(each["contact"]["contact"], each["why"]) for each in found] == expected


class TestLinks:
    def test_R24_correcting_a_link_moves_that_interaction_only(self, desk: Desk) -> None:
        for name in ("kim", "jo"):
            desk.contact(name, name)
        for number in range(4):
            desk.chat(f"chat-{number}", 100 * number, contact="kim")
        call(desk, "call-1", 250, "kim")
        assert history(desk, "kim") == ["chat-3", "call-1", "chat-2", "chat-1", "chat-0"]
        assert desk.ask(LinkInteraction, item="chat-2", contact="jo") == {"item": "chat-2", "contact": "jo"}
        assert history(desk, "kim") == ["chat-3", "call-1", "chat-1", "chat-0"]
        assert history(desk, "jo") == ["chat-2"]
        desk.ask(LinkInteraction, item="chat-2", contact=None)
        assert history(desk, "jo") == []
        assert "contact" not in desk.ask(AskInteraction, item="chat-2")

    def test_R31_links_that_cannot_be(self, desk: Desk, elsewhere: Desk) -> None:
        desk.contact("kim", "Kim")
        elsewhere.contact("theirs", "Theirs")
        desk.chat("chat-1", 100)
        desk.hear([ce.ChatRequested(tenant=desk.tenant, chat="open", n=1, at=5, service="web", queue="help")])
        refused("not_found", desk, LinkInteraction, item="none", contact="kim")
        refused("not_found", desk, LinkInteraction, item="chat-1", contact="none")
        refused("not_found", desk, LinkInteraction, item="chat-1", contact="theirs")
        refused("not_found", elsewhere, LinkInteraction, item="chat-1", contact="theirs")
        refused("wrong_state", desk, LinkInteraction, item="open", contact="kim")
        assert history(desk, "kim") == []

    def test_R30_a_correction_told_twice(self, desk: Desk) -> None:
        for name in ("kim", "jo"):
            desk.contact(name, name)
        desk.chat("chat-1", 100)
        desk.ask(LinkInteraction, item="chat-1", contact="kim", id="x")
        desk.ask(LinkInteraction, item="chat-1", contact="jo")
        desk.ask(LinkInteraction, item="chat-1", contact="kim", id="x")
        assert history(desk, "jo") == ["chat-1"]
        refused("conflict", desk, LinkInteraction, item="chat-1", contact="jo", id="x")

    def test_R26_the_history_has_every_kind_newest_first_in_pages_with_transcripts(self, desk: Desk) -> None:
        desk.contact("kim", "Kim")
        for number in range(7):
            item, at = f"item-{number}", 100 * (number // 2)
            desk.chat(item, at, "kim") if number % 2 else call(desk, item, at, "kim")
        whole = history(desk, "kim", limit=50)
        assert whole == ["item-6", "item-5", "item-4", "item-3", "item-2", "item-1", "item-0"]
        page = desk.ask(AskHistory, contact="kim", limit=3)
        paged = page["items"]
        while "next" in page:
            page = desk.ask(AskHistory, contact="kim", limit=3, after=page["next"])
            paged += page["items"]
        assert [item["item"] for item in paged] == whole
        assert [line["text"] for line in paged[1]["transcript"]] == ["hello"]
        assert paged[1]["contact"] == "kim"
        assert history(desk, "kim", kind="call") == ["item-6", "item-4", "item-2", "item-0"]
        refused("bad_request", desk, AskHistory, contact="kim", after="???")
        refused("bad_request", desk, AskHistory, contact="kim", after="ä")

    def test_R26_nobody_elses_history_is_shown(self, desk: Desk, elsewhere: Desk) -> None:
        desk.contact("kim", "Kim")
        desk.chat("chat-1", 100, contact="kim")
        refused("not_found", elsewhere, AskHistory, contact="kim")
        elsewhere.contact("kim", "Theirs")
        assert history(elsewhere, "kim") == []
        refused("not_found", elsewhere, AskInteraction, item="chat-1")


class TestIdentities:
    def identify(self, desk: Desk, **fields: Any) -> str:
        given = {
            "service": "web",
            "subject": "user 1/2",
            "fields": ContactFields(name="Kim", emails=("kim@example.com",)),
            "token_id": "t1",
            "chat": "chat-1",
            "expires_at": 2_000,
        }
        return str(desk.ask(IdentifyVisitor, **{**given, **fields})["contact"])

    def test_R24_who_a_website_vouches_for_is_a_contact_always_the_same(self, desk: Desk, elsewhere: Desk) -> None:
        contact = self.identify(desk)
        assert known(desk, contact)["emails"] == ["kim@example.com"]
        desk.ask(PutContact, contact=contact, fields=ContactFields(name="Kim Doe"))
        assert self.identify(desk, token_id="t2", chat="chat-2") == contact
        assert known(desk, contact)["name"] == "Kim Doe"  # what agents know is not overwritten
        others = {
            self.identify(desk, subject="user 3", token_id="t3"),
            self.identify(desk, service="shop", token_id="t4"),
            self.identify(elsewhere),
        }
        assert len(others) == 3
        assert contact not in others

    def test_R24_a_token_is_good_for_one_chat(self, desk: Desk) -> None:
        contact = self.identify(desk)
        assert self.identify(desk) == contact  # asked again for the same chat
        assert self.identify(desk, now=5_000) == contact  # and again, when it has expired
        refused_fields = {"fields": ContactFields(name="Kim"), "service": "web", "subject": "user 1/2"}
        token = {"token_id": "t1", "expires_at": 2_000}
        refused("unauthorized", desk, IdentifyVisitor, **refused_fields, **token, chat="chat-2")

    def test_R31_an_identity_that_has_expired(self, desk: Desk) -> None:
        fields = {"fields": ContactFields(name="Kim"), "service": "web", "subject": "u", "chat": "c"}
        refused("unauthorized", desk, IdentifyVisitor, **fields, token_id="t", expires_at=2_000, now=2_001)
        assert desk.crm.db.end() == 0
