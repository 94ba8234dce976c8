"""Whether everything was kept: ledgers against the logs, against the other side's view, and against the CRM.

Each `_…` below looks for one kind of breach and knows nothing of the product but its logs; `test_judge.py` doctors each.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from parley_contracts.instant import from_rfc3339
from raw_events import timers

from .evidence import Event, Evidence
from .ledger import Ask, Ledgers, Seen, TabLedger

WITHIN_MS = 1_000
OWNERSHIP = ("ItemAssigned", "ItemParked", "ItemResumed", "ItemRequeued", "WrapUpStarted", "WrapUpExtended")
AT_ROUTER = ("ready", "pick", "park", "resume", "classify", "extend", "complete")
TIMERS = ("wait_ms", "handle_ms", "wrap_up_ms")
HONEST = ("already_taken", "not_yours", "wrong_state", "not_found")
"""Refusals that an agent may get: somebody else was quicker, or the time was over."""


@dataclass(frozen=True)
class Breach:
    """What was not kept, of which chat, and how it shows."""

    kind: str
    chat: str
    what: str

    def __str__(self) -> str:
        return f"{self.kind:<9} {self.chat or '-':<27} {self.what}"


@dataclass
class Verdict:
    """What the judge found, and how much it looked at."""

    breaches: list[Breach] = field(default_factory=list)
    chats: int = 0
    messages: int = 0
    answers: int = 0

    @property
    def kept(self) -> bool:
        return not self.breaches

    def report(self, most: int = 20) -> str:
        """The breaches, one a line, at most so many of a kind."""
        lines = []
        for kind, found in sorted(_grouped(self.breaches).items()):
            lines += [f"  {breach}" for breach in found[:most]]
            if len(found) > most:
                lines.append(f"  {kind:<9} ... and {len(found) - most} more")
        return "\n".join(lines)


def judge(ledgers: Ledgers, evidence: Evidence) -> Verdict:
    """Compare everything with everything."""
    verdict = Verdict()
    case = _Case(ledgers, evidence)
    for look in LOOKS:
        verdict.breaches += look(case)
    verdict.chats = len(case.chats)
    verdict.messages = sum(1 for ask in case.acked() if ask.text is not None)
    verdict.answers = sum(1 for _ in case.acked())
    if not verdict.messages:
        verdict.breaches.append(Breach("nothing", "", "no message was acknowledged: there was nothing to keep"))
    return verdict


class _Case:
    """The ledgers and the evidence, put in order once."""

    def __init__(self, ledgers: Ledgers, evidence: Evidence) -> None:
        self.ledgers, self.evidence = ledgers, evidence
        mine = {visitor.chat for visitor in ledgers.visitors if visitor.chat}
        self.chats = {chat: events for chat, events in evidence.by_chat().items() if chat in mine}
        self.items = {item: events for item, events in evidence.by_item().items() if item in mine}
        self.mine = mine
        self.marks: dict[str, list[Event]] = defaultdict(list)
        for event in [*evidence.session, *evidence.router]:
            if event.get("by"):
                user, *_, id = event["by"].split("/")  # between them the login that the id is unique within
                self.marks[f"{user}/{id}"].append(event)

    def asks(self) -> Iterator[tuple[str, Ask]]:
        """Every ask with the idempotency key by which the logs know it."""
        for visitor in self.ledgers.visitors:
            for ask in visitor.asks:
                yield f"/{ask.id}", ask
        for agent in self.ledgers.agents:
            for ask in agent.asks:
                yield f"{agent.agent}/{ask.id}", ask

    def acked(self) -> Iterator[Ask]:
        return (ask for _, ask in self.asks() if ask.ack is not None)

    def messages(self, chat: str) -> list[Event]:
        return [event for event in self.chats.get(chat, []) if event["event"] == "MessagePosted"]


# --- what was acknowledged --------------------------------------------------------------------------------------------


def _unanswered(case: _Case) -> Iterator[Breach]:
    for key, ask in case.asks():
        if ask.answered is None:
            yield Breach("unanswered", ask.chat, f"{ask.type} {key} was never answered")


def _stored_once(case: _Case) -> Iterator[Breach]:
    """What was acknowledged is in the log, once, under the number that was said; what was refused is not."""
    for key, ask in case.asks():
        if ask.text is not None:
            yield from _message_once(case, key, ask)
            continue
        marked = case.marks[key]
        if len(marked) > 1:
            yield Breach("doubled", ask.chat, f"{ask.type} {key} took effect {len(marked)} times")
        if ask.ack is not None and ask.type in AT_ROUTER and not marked:
            yield Breach("lost", ask.chat, f"{ask.type} {key} was acknowledged and is not in the router's log")
        if ask.refused is not None and marked:
            yield Breach("refused", ask.chat, f"{ask.type} {key} was refused ({ask.refused}) and took effect")
    for visitor in case.ledgers.visitors:
        ended = [e for e in case.chats.get(visitor.chat, []) if e["event"] == "Ended"]
        if len(ended) > 1:
            yield Breach("doubled", visitor.chat, f"it ended {len(ended)} times")


def _message_once(case: _Case, key: str, ask: Ask) -> Iterator[Breach]:
    found = [event for event in case.messages(ask.chat) if event["text"] == ask.text]
    if len(found) > 1:
        yield Breach("doubled", ask.chat, f"{key} is in the log {len(found)} times: {ask.text!r}")
    if ask.refused is not None and case.marks[key]:  # by its id: an agent may say the same again, under another
        yield Breach("refused", ask.chat, f"{key} was refused ({ask.refused}) and is in the log: {ask.text!r}")
    if ask.ack is None:
        return
    if not found:
        yield Breach("lost", ask.chat, f"{key} was acknowledged and is not in the log: {ask.text!r}")
    elif ask.ack.get("seq") != found[0].get("seq"):
        yield Breach("number", ask.chat, f"{key} was acknowledged as {ask.ack.get('seq')}, is {found[0].get('seq')}")


def _refusals(case: _Case) -> Iterator[Breach]:
    """A visitor is refused nothing here; an agent only what somebody else owns or has ended."""
    for visitor in case.ledgers.visitors:
        for ask in visitor.asks:
            if ask.refused is not None:
                yield Breach("refused", visitor.chat, f"the visitor's {ask.type} {ask.id}: {ask.refused}")
    for agent in case.ledgers.agents:
        for ask in agent.asks:
            if ask.refused is None:
                continue
            if ask.refused not in HONEST:
                yield Breach("refused", ask.chat, f"{agent.agent}'s {ask.type} {ask.id}: {ask.refused}")
            elif ask.refused == "not_yours" and _owned_throughout(case, agent.agent, ask):
                yield Breach("refused", ask.chat, f"{agent.agent}'s {ask.type} {ask.id}: not_yours, but it was")


def _owned_throughout(case: _Case, agent: str, ask: Ask) -> bool:
    """Whether the agent owned the chat from before asking until after the answer, by the session's log."""
    for owner, since, until, _, _ in _ownerships(case.chats.get(ask.chat, [])):
        if owner == agent and since < ask.asked and (until is None or until > (ask.answered or 0)):
            return True
    return False


# --- numbers and order ------------------------------------------------------------------------------------------------


def _numbers(case: _Case) -> Iterator[Breach]:
    """1, 2, 3 ... without a gap: what visitors see, and every stream."""
    for chat, events in case.chats.items():
        seqs = [event["seq"] for event in events if event.get("seq") is not None]
        if seqs != list(range(1, len(seqs) + 1)):
            yield Breach("gap", chat, f"the log's visible numbers are {_shown(seqs)}")
        versions = [event["n"] for event in events]
        if versions != list(range(1, len(versions) + 1)):
            yield Breach("gap", chat, f"the stream's numbers are {_shown(versions)}")


def _senders_order(case: _Case) -> Iterator[Breach]:
    """Each sender's messages stand in the log as they were said. (What was put off was said again later.)"""
    places = {chat: {event["text"]: number for number, event in enumerate(case.messages(chat))} for chat in case.chats}
    said: dict[tuple[str, str], list[Ask]] = defaultdict(list)
    for key, ask in case.asks():
        if ask.ack is not None and ask.text is not None and not ask.put_off:
            said[(key.partition("/")[0] or "the visitor", ask.chat)].append(ask)
    for (sender, chat), asks in said.items():
        stand = [places[chat][ask.text] for ask in asks if chat in places and ask.text in places[chat]]
        if stand != sorted(stand):
            yield Breach("order", chat, f"{sender}'s messages stand in another order than they were said: {stand}")


# --- what was seen ----------------------------------------------------------------------------------------------------


def _visitors_saw(case: _Case) -> Iterator[Breach]:
    """Every window of a visitor saw the whole chat, once, in order, as the log has it."""
    for visitor in case.ledgers.visitors:
        truth = {e["seq"]: e.get("text") for e in case.chats.get(visitor.chat, []) if e.get("seq") is not None}
        for number, tab in enumerate(visitor.tabs, 1):
            for what in [*tab.troubles, *_tab_saw(tab, truth)]:
                yield Breach("seen", visitor.chat, f"{visitor.name}, window {number}: {what}")


def _tab_saw(tab: TabLedger, truth: dict[int, str | None]) -> Iterator[str]:
    fresh: list[int] = []
    last: dict[int, int] = {}
    for seen in tab.seen:
        seq = seen.seq or 0
        if seq not in truth:
            yield f"was shown {seq}, which is not in the log"
        elif seen.text != truth[seq]:
            yield f"was shown {seen.text!r} as {seq}, the log has {truth[seq]!r}"
        asked_from = tab.catch_ups.get(seen.connection, [0])
        before = last.get(seen.connection)
        allowed = {after + 1 for after in asked_from} if len(asked_from) > 1 or before is None else set()
        if before is not None:
            allowed.add(before + 1)
        if seq not in allowed:
            yield f"on connection {seen.connection} {seq} followed {before if before is not None else 'nothing'}"
        last[seen.connection] = seq
        if seq not in fresh:
            fresh.append(seq)
    if fresh != sorted(truth):
        yield f"saw {_shown(fresh)} of {len(truth)}"


def _windows_alike(case: _Case) -> Iterator[Breach]:
    for visitor in case.ledgers.visitors:
        views = [list(dict.fromkeys((s.seq, s.kind, s.text) for s in tab.seen)) for tab in visitor.tabs]
        if any(view != views[0] for view in views):
            yield Breach("windows", visitor.chat, f"{visitor.name}'s windows saw different things")


def _ownerships(events: Iterable[Event]) -> Iterator[tuple[str, int, int | None, int, int | None]]:
    """Who owned the chat: agent, from and until (milliseconds), from and until (number in the stream)."""
    owner, since, first = None, 0, 0
    for event in events:
        if event["event"] in ("Assigned", "Requeued", "Closed"):
            if owner is not None:
                yield owner, since, event["at"], first, event["n"]
            owner = event["agent"] if event["event"] == "Assigned" else None
            since, first = event["at"], event["n"]
    if owner is not None:
        yield owner, since, None, first, None


def _owners_saw(case: _Case) -> Iterator[Breach]:
    """Whoever owned the chat saw what was said in it meanwhile. (Who lost it by a lost connection could not.)"""
    seen_by = {agent.agent: agent for agent in case.ledgers.agents}
    for chat, events in case.chats.items():
        lost = {event["n"] for event in events if event["event"] == "Requeued" and event["why"] == "connection_lost"}
        for owner, _, _, first, until in _ownerships(events):
            if owner not in seen_by or until in lost:
                continue
            seen = {(entry.n, entry.text) for entry in seen_by[owner].seen.get(chat, [])}
            for event in events:
                if event["event"] == "MessagePosted" and first < event["n"] and (until is None or event["n"] < until):
                    if (event["n"], event["text"]) not in seen:
                        yield Breach("unseen", chat, f"{owner} did not see {event['n']}: {event['text']!r}")


def _agents_saw(case: _Case) -> Iterator[Breach]:
    """What agents were shown is what the log has, in its order."""
    for agent in case.ledgers.agents:
        for trouble in agent.troubles:
            yield Breach("seen", "", f"{agent.agent}: {trouble}")
        for chat, entries in agent.seen.items():
            if chat in case.chats:
                truth = {event["n"]: event.get("text") for event in case.chats[chat]}
                for what in _agent_saw(entries, truth):
                    yield Breach("seen", chat, f"{agent.agent} {what}")


def _agent_saw(entries: list[Seen], truth: dict[int, str | None]) -> Iterator[str]:
    last: dict[int, int] = {}
    for entry in entries:
        n = entry.n or 0
        if n not in truth:
            yield f"was shown {n}, which is not in the log"
        elif entry.kind in ("message", "note") and entry.text != truth[n]:
            yield f"was shown {entry.text!r} as {n}, the log has {truth[n]!r}"
        before = last.get(entry.connection)
        # A chat that comes back to an agent is shown from its new assignment on.
        if entry.live and before is not None and n != before + 1 and entry.kind not in ("joined", "assigned"):
            yield f"was shown {n} after {before} on connection {entry.connection}"
        last[entry.connection] = n


# --- owners, ends, times ----------------------------------------------------------------------------------------------


def _one_owner(case: _Case) -> Iterator[Breach]:
    """At most one agent owns an item at a time, and only the owner does anything with it."""
    for item, events in case.items.items():
        owner = None
        for event in events:
            if event["event"] == "ItemAssigned":
                if owner is not None:
                    yield Breach("owner", item, f"assigned to {event['agent']} while {owner} had it")
                owner = event["agent"]
            elif event["event"] in OWNERSHIP and event["agent"] != owner:
                yield Breach("owner", item, f"{event['event']} by {event['agent']} while {owner or 'nobody'} had it")
            if event["event"] in ("ItemRequeued", "ItemClosed"):
                owner = None


SAME = {
    "ItemAssigned": "Assigned",
    "ItemParked": "Parked",
    "ItemResumed": "Resumed",
    "ItemRequeued": "Requeued",
    "WrapUpStarted": "WrapUpStarted",
    "WrapUpExtended": "WrapUpExtended",
    "ItemClassified": "Classified",
    "ItemIdentified": "Identified",
    "ItemClosed": "Closed",
}


def _both_logs_agree(case: _Case) -> Iterator[Breach]:
    """What the router decided is in the session's log, each once, in order, with the router's times."""
    for chat in case.mine:
        decided = [(SAME[e["event"]], e.get("agent"), e["at"]) for e in case.items.get(chat, []) if e["event"] in SAME]
        heard = [(e["event"], e.get("agent"), e["at"]) for e in case.chats.get(chat, []) if e["event"] in SAME.values()]
        if decided != heard:
            missing, more = Counter(decided) - Counter(heard), Counter(heard) - Counter(decided)
            yield Breach("agree", chat, f"router and session differ: missing {list(missing)}, too many {list(more)}")


def _all_closed(case: _Case) -> Iterator[Breach]:
    for visitor in case.ledgers.visitors:
        if not visitor.chat:
            yield Breach("open", "", f"{visitor.name} never got a chat")
            continue
        closed = sum(1 for event in case.chats.get(visitor.chat, []) if event["event"] == "Closed")
        if closed != 1:
            yield Breach("open", visitor.chat, f"closed {closed} times")
        queued = sum(1 for event in case.items.get(visitor.chat, []) if event["event"] == "ItemQueued")
        if queued != 1:
            yield Breach("open", visitor.chat, f"queued {queued} times")


def _timers(case: _Case) -> Iterator[Breach]:
    """The timers are the sums of the intervals, and agree with what the visitor was shown."""
    for visitor in case.ledgers.visitors:
        events = case.chats.get(visitor.chat, [])
        closed = next((event for event in events if event["event"] == "Closed"), None)
        if closed is None:
            continue
        naive = timers(events)
        for name in TIMERS:
            if abs(naive[name] - closed[name]) > WITHIN_MS:
                yield Breach("timer", visitor.chat, f"{name} is {closed[name]}, by the events {naive[name]}")
        for number, tab in enumerate(visitor.tabs, 1):
            seen = _seen_handle_ms(tab.seen)
            if seen is not None and abs(seen - closed["handle_ms"]) > WITHIN_MS:
                yield Breach("timer", visitor.chat, f"handle_ms is {closed['handle_ms']}, window {number} saw {seen}")


def _seen_handle_ms(entries: list[Seen]) -> int | None:
    """The handle time that a visitor's own events tell; None while they lack the end."""
    spent, since, ended = 0, None, False
    for entry in {entry.seq: entry for entry in entries}.values():
        if entry.kind in ("joined", "resumed"):
            since = entry.at
        elif entry.kind in ("paused", "requeued", "ended") and since is not None:
            spent, since = spent + entry.at - since, None
        ended = ended or entry.kind == "ended"
    return spent if ended else None


def _clocks(case: _Case) -> Iterator[Breach]:
    """What was acknowledged happened between the asking and the answer, by the client's own clock."""
    for key, ask in case.asks():
        if ask.ack is None or ask.answered is None:
            continue
        for event in case.marks[key]:
            if event["event"] != "CommandSeen" and not (
                ask.asked - WITHIN_MS <= event["at"] <= ask.answered + WITHIN_MS
            ):
                off = max(ask.asked - event["at"], event["at"] - ask.answered)
                yield Breach("clock", ask.chat, f"{ask.type} {key} is stored {off} ms outside of asking and answer")
        if "at" in ask.ack and ask.text is not None:
            stored = [event["at"] for event in case.messages(ask.chat) if event["text"] == ask.text]
            if stored and from_rfc3339(ask.ack["at"]) != stored[0]:
                yield Breach("clock", ask.chat, f"{key} was acknowledged with another time than is stored")


# --- the CRM ----------------------------------------------------------------------------------------------------------


def _in_crm(case: _Case) -> Iterator[Breach]:
    """The CRM's transcript is the log's, each line once, and its times are the chat's."""
    for chat, events in case.chats.items():
        record = case.evidence.crm.get(chat)
        if record is None:
            yield Breach("crm", chat, "it is not in the CRM")
            continue
        said = [(event.get("seq"), event["text"]) for event in events if event["event"] == "MessagePosted"]
        lines = [(line["seq"], line["text"]) for line in record.lines if line["author"] != "note"]
        if said != lines:
            missing, more = Counter(said) - Counter(lines), Counter(lines) - Counter(said)
            order = "" if missing or more else "the order differs"
            yield Breach("crm", chat, f"transcript: missing {list(missing)}, too many {list(more)} {order}")
        closed = next((event for event in events if event["event"] == "Closed"), None)
        if record.facts.get("stage") != ("closed" if closed else record.facts.get("stage")):
            yield Breach("crm", chat, f"its stage is {record.facts.get('stage')}")
        for name in TIMERS:
            if closed is not None and record.facts.get(name) != closed[name]:
                yield Breach("crm", chat, f"{name} is {record.facts.get(name)}, in the log {closed[name]}")


Look = Callable[[_Case], Iterable[Breach]]
LOOKS: tuple[Look, ...] = (
    _unanswered,
    _stored_once,
    _refusals,
    _numbers,
    _senders_order,
    _visitors_saw,
    _windows_alike,
    _owners_saw,
    _agents_saw,
    _one_owner,
    _both_logs_agree,
    _all_closed,
    _timers,
    _clocks,
    _in_crm,
)


def _grouped(breaches: list[Breach]) -> dict[str, list[Breach]]:
    groups: dict[str, list[Breach]] = defaultdict(list)
    for breach in breaches:
        groups[breach.kind].append(breach)
    return groups


def _shown(numbers: list[Any], most: int = 12) -> str:
    return f"{numbers[:most]}{' ...' if len(numbers) > most else ''}"
