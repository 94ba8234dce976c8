"""R30, R31: what was refused is refused again, whatever has happened meanwhile; who only looks may look again."""

from __future__ import annotations

from typing import Any

import pytest
from chat_words import TENANT, assigned, requested
from parley_chassis.service import Out
from parley_chassis.streams import Live
from parley_contracts import commands as c
from parley_contracts import work_events as w
from parley_contracts.refusal import Refused
from parley_contracts.shapes import Sender
from parley_contracts.wire import pack, unpack
from parley_session.domain.chat import Chat
from parley_session.handlers import Session


def answers(session: Session, live: Live[Chat], command: c.ChatCommand) -> list[Any]:
    """The codes that the one who asked is told; None for an ack."""
    out = Out()
    session.handle(live, command, 9_000, out)
    replies = [getattr(message, "reply", None) for _, body in out.showings for message in unpack(pack([body]))]
    return [reply.code for reply in replies if reply is not None]


def test_R30_R31_what_was_refused_is_refused_again_though_it_would_be_possible_now() -> None:
    session, live = Session(), Live(f"{TENANT}/c1", Chat(f"{TENANT}/c1"), 0, Chat.evolve)
    live.state.evolve(requested(1))
    sender = Sender(gateway="g1", connection=1, id="x", role="agent", user="anna", name="Anna")
    message = c.PostMessage(tenant=TENANT, chat="c1", sender=sender, text="hello")
    assert answers(session, live, message) == ["not_yours"]
    live.state.evolve(assigned(1, 2_000))
    assert answers(session, live, message) == ["not_yours"], "whoever was told that nothing changed finds it so"
    assert live.gathered == []
    other = message.model_copy(update={"text": "hello again"})
    assert answers(session, live, other) == [None], "another command is decided anew"


def test_R22_who_did_not_find_a_chat_may_look_again() -> None:
    session, live = Session(), Live(f"{TENANT}/c1", Chat(f"{TENANT}/c1"), 0, Chat.evolve)
    sender = Sender(gateway="g1", connection=1, id="x", role="visitor")
    resume = c.WatchChat(tenant=TENANT, chat="c1", sender=sender, gateway="g1", after=0, visitor=True)
    assert answers(session, live, resume) == ["not_found"]
    live.state.evolve(requested(1))
    assert answers(session, live, resume) == [None]


def test_R32_what_the_router_says_of_a_chat_that_is_not_there_is_not_swallowed() -> None:
    """The loop puts it with the dead letters; nobody would ever miss it otherwise."""
    session, live = Session(), Live(f"{TENANT}/c1", Chat(f"{TENANT}/c1"), 0, Chat.evolve)
    head: dict[str, Any] = {"tenant": TENANT, "item": "c1", "kind": "chat", "queue": "help", "version": 1, "at": 1}
    with pytest.raises(Refused):
        session.handle(live, w.WorkParked(**head, agent="anna", why="agent"), 9_000, Out())
