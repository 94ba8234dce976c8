"""What agents are refused at their desks (R31): the code, `why` of it as a name that stays, the sentence, and whom it is about."""

from __future__ import annotations

from parley_contracts.refusal import Code, Refused

from .state import Agent, WorkItem


def because(why: str, message: str, code: Code = "wrong_state", agent: Agent | None = None) -> Refused:
    """A refusal whose reason a desk can say in its own language; `agent`: by whose name."""
    whose = {"agent": agent.agent, "name": agent.name} if agent is not None else {}
    return Refused(code, message, why=why, **whose)


def not_served(queue: str) -> Refused:
    return because("not_served", f"You do not serve the queue {queue}: an administrator can change that.", "forbidden")


def taken(winner: Agent) -> Refused:
    return because("taken", f"{winner.name} has taken it.", "already_taken", winner)


def on_a_call(agent: Agent) -> Refused:
    return because("on_a_call", f"{agent.name} is on a call: end it first.", agent=agent)


def in_wrap_up(agent: Agent) -> Refused:
    return because("in_wrap_up", f"{agent.name} is in wrap-up: complete it or park it first.", agent=agent)


def not_interruptible(agent: Agent) -> Refused:
    told = f"{agent.name} works on something that no call may interrupt: park it first."
    return because("not_interruptible", told, agent=agent)


def not_free(agent: Agent) -> Refused:
    return because("not_free", f"{agent.name} is not free: transfer the call to a queue.", agent=agent)


def not_logged_in(agent: Agent) -> Refused:
    return because("not_logged_in", f"{agent.name} is not logged in: transfer it to a queue.", agent=agent)


def never_logged_in(agent: str | None) -> Refused:
    return because("no_agent", f"There is no agent {agent}, or they have never logged in.", "not_found")


def no_queue(queue: str) -> Refused:
    return because("no_queue", f"There is no queue {queue}.", "not_found")


def same_queue(item: WorkItem) -> Refused:
    return because("same_queue", f"It is in the queue {item.queue} already: log out, or transfer it to an agent.")


def waits_no_more() -> Refused:
    return because("waits_no_more", "It does not wait any more.")


def call_stays() -> Refused:
    return because("call_stays", "A call cannot be parked: end it, transfer it, or complete its wrap-up.")


def over() -> Refused:
    return because("over", "Its conversation is over: complete the wrap-up.")


def yours_already() -> Refused:
    return because("yours_already", "You have it already.")


def nothing_to_extend() -> Refused:
    return because("no_wrap_up", "It is not in wrap-up: there is nothing to extend.")


def no_more_extensions() -> Refused:
    return because("no_more_extensions", "All extensions are used up: complete the wrap-up, or park it.")


def rings() -> Refused:
    return because("rings", "The call rings: answer it first, or let it ring.")


def closed() -> Refused:
    return because("closed", "It is closed.")
