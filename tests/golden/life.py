"""A small contact centre's day, in which everything happens at least once. The services' own deciders decide; times and names are
fixed, so that the same program stores the same bytes."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from itertools import count
from typing import Any

import msgspec
from eventsourcing.persistence import StoredEvent
from parley_chassis.store import Commit, Store
from parley_chassis.store.memory import MemoryStore
from parley_chassis.streams import snapshot_topic
from parley_contracts import commands as c
from parley_contracts import contacts as of_contacts
from parley_contracts import supervision as s
from parley_contracts.mail_items import ComposeMail
from parley_contracts.mails import MailboxSettings, PutMailbox, RemoveMailbox
from parley_contracts.reading import EVERYTHING
from parley_contracts.shapes import Command, Message, QueueSettings, Said, Sender
from parley_contracts.topology import chat_stream, partition_of
from parley_crm_logger.domain.arriving import Arrived
from parley_crm_logger.domain.events import DifferencesAccepted
from parley_crm_logger.store import EVERYBODY, Crm, accept, arrivals, carry_out
from parley_gateway.domain import directory as d
from parley_gateway.tenants.directories import JOURNAL as GATEWAY_JOURNAL
from parley_router.domain.floor import Floor
from parley_router.handlers import FLOOR, Router
from parley_router.says import says as floor_says
from parley_session.domain.chat import Chat
from parley_session.handlers import CHAT, Session
from parley_session.says import says as chat_says

TENANT = "acme"
BEGIN = 1_790_000_000_000
S, MINUTE = 1_000, 60_000
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


class Life:
    """What has happened so far. `crm` is empty at the beginning, and hears everything."""

    def __init__(self, crm: Crm) -> None:
        self.crm = crm
        self.logs: dict[str, Store] = {"session": MemoryStore(), "router": MemoryStore(), "gateway": MemoryStore()}
        self.snapshots: list[StoredEvent] = []
        self.at = BEGIN
        self._floor, self._floor_version = Floor(TENANT), 0
        self._chats: dict[str, Chat] = {}
        self._said: deque[tuple[str, Said]] = deque()
        self._ids = count(1)

    # --- who does something -------------------------------------------------------------------------------------------

    def sender(self, role: Any, user: str | None) -> Sender:
        name = None if user is None else user.title()
        return Sender(gateway="g1", connection=1, id=f"id-{next(self._ids)}", role=role, user=user, name=name)

    def visitor(self, kind: type[Command], chat: str, /, **fields: Any) -> None:
        """Somebody on the website does something in a chat."""
        self._in_chat(chat, kind(tenant=TENANT, sender=self.sender("visitor", None), chat=chat, **fields))

    def writes(self, agent: str, kind: type[Command], chat: str, /, **fields: Any) -> None:
        """An agent does something in a chat."""
        self._in_chat(chat, kind(tenant=TENANT, sender=self.sender("agent", agent), chat=chat, **fields))

    def agent(self, agent: str, kind: type[Command], /, **fields: Any) -> None:
        """An agent does something on the floor."""
        self._on_floor(kind(tenant=TENANT, sender=self.sender("agent", agent), **fields))

    def source(self, kind: type[Command], item: str, /, **fields: Any) -> None:
        """The telephone system says something."""
        self._on_floor(kind(tenant=TENANT, sender=self.sender("source", "pbx"), item=item, **fields))

    def admin(self, kind: type[Command], /, **fields: Any) -> None:
        """The administrator sets something up."""
        self._on_floor(kind(tenant=TENANT, sender=self.sender("admin", "ada"), **fields))

    def supervisor(self, kind: type[Command], /, **fields: Any) -> None:
        """A supervisor acts on the floor."""
        self._on_floor(kind(tenant=TENANT, sender=self.sender("supervisor", "sam"), **fields))

    def itself(self, kind: type[Message], chat: str | None = None, /, **fields: Any) -> None:
        """Nobody asks for it."""
        if chat is None:
            self._on_floor(kind(tenant=TENANT, **fields))
        else:
            self._in_chat(chat, kind(tenant=TENANT, **fields))

    def contacts(self, kind: type[Command], /, **fields: Any) -> None:
        """An agent does something with contacts."""
        carry_out(self.crm, kind(tenant=TENANT, sender=self.sender("agent", "anna"), **fields), self.at)

    def mails(self) -> None:
        """Mailboxes are set, and a mail comes into one: it cannot be read, which is all that there is to say of it."""
        settings = MailboxSettings(
            address="post@shop.example", queue="help", name="The shop", url="imaps://post@mail.example"
        )
        self.contacts(PutMailbox, mailbox="post", settings=settings, sealed="sealed")
        self.contacts(PutMailbox, mailbox="old", settings=MailboxSettings(address="old@shop.example", queue="help"))
        self.contacts(RemoveMailbox, mailbox="old")
        self.contacts(of_contacts.AnswerMail, item="m1", text="Too soon.", to="lou@shop.example", standing="active")
        self.contacts(of_contacts.WithdrawMail, item="m1", seq=3, standing="active")
        arrivals.take(self.crm, Arrived(TENANT, "post", "help", 1, 1, 50_000_000, "too_large", None), self.at)

    def directory(self, event: d.Happened) -> None:
        """Something is set at the gateway."""
        log = self.logs["gateway"]
        log.commit(Commit(events=[GATEWAY_JOURNAL.stored(TENANT, log.end() + 1, event)]))

    def passes(self, ms: int) -> None:
        """Time."""
        self.at += ms

    # --- what follows -------------------------------------------------------------------------------------------------

    def _on_floor(self, message: Message) -> None:
        def happen(events: list[Any]) -> Floor:
            for event in events:
                self._floor.evolve(event)
                self._floor_version += 1
                self._store("router", Router.journal, TENANT, self._floor_version, event, floor_says)
            return self._floor

        FLOOR.turn(self._floor, message, self.at, happen)
        self._hear()

    def _in_chat(self, name: str, message: Message) -> None:
        chat = self._chats.setdefault(name, Chat(chat_stream(TENANT, name)))

        def happen(events: list[Any]) -> Chat:
            for event in events:
                told = msgspec.structs.replace(event, trace=message.traceparent) if message.traceparent else event
                chat.evolve(told)
                self._store("session", Session.journal, chat.stream, chat.n, told, chat_says)
            return chat

        CHAT.turn(chat, message, self.at, happen)
        self._hear()

    def _store(self, log: str, journal: Any, stream: str, n: int, event: Any, says: Callable[..., Any]) -> None:
        (position,) = self.logs[log].commit(Commit(events=[journal.stored(stream, n, event)]))
        source = f"{log}.{partition_of(stream)}"
        for inbox, said in says(stream, n, event):
            self._said.append((inbox, said.model_copy(update={"source": source, "position": position})))

    def _hear(self) -> None:
        while self._said:
            inbox, said = self._said.popleft()
            if inbox.startswith("router."):
                self._on_floor(said)
            elif inbox.startswith("session."):
                self._in_chat(said.item, said)  # type: ignore[attr-defined]
            elif inbox.startswith("crm-logger.chats."):
                self.crm.apply([said], {f"{said.source}>{inbox.rpartition('.')[2]}": said.position})

    def keep_snapshot(self) -> None:
        """The floor as it stands now."""
        topic = snapshot_topic(Router())
        self.snapshots.append(StoredEvent(TENANT, self._floor_version, topic, self._floor.freeze()))


def live(crm: Crm) -> Life:
    """The whole day. Raises Refused where the rules have changed so that the day is not possible any more."""
    life = Life(crm)
    for part in (
        set_up,
        a_chat_with_everything,
        calls_that_interrupt,
        from_hand_to_hand,
        the_end_of_it,
        others,
        settings_and_a_lost_desk,
        what_supervisors_do,
        records,
    ):
        part(life)
        life.passes(MINUTE)
    life.keep_snapshot()
    return life


def set_up(life: Life) -> None:
    """Tenant, users, chat services, queues, agents."""
    at = {"at": life.at, "by": "ada"}
    life.directory(d.SettingsSet(**at, languages=("de",), classifications=("sale",), reasons=("lunch",)))
    life.directory(d.UserSet(**at, user="anna", name="Anna", role="agent", password="no hash", skills={"french": 7}))
    life.directory(d.UserSet(**at, user="cleo", name="Cleo", role="agent", password="no hash"))
    life.directory(d.UserRemoved(**at, user="cleo"))
    web = {"service": "web", "token": "token", "queue": "help", "name": "Web", "origins": ("https://shop.example",)}
    life.directory(d.ServiceSet(**at, **web, greeting="Grüß Gott 🙂", consent="I agree.", skills={"french": 3}))
    life.directory(d.IdentityKeySet(**at, service="web", salt="salt"))
    life.directory(d.ServiceSet(**at, service="old", token="old", queue="help", name="Old"))
    life.directory(d.ServiceRemoved(**at, service="old"))
    life.directory(d.LicenceSet(**at, licence=None))
    agents = ("anna", "ben")
    life.admin(c.PutQueue, queue="help", settings=QueueSettings(name="Help", agents=agents, chats_per_agent=2))
    life.admin(c.PutQueue, queue="sales", settings=QueueSettings(name="Sales", agents=agents, distribution="pick"))
    life.admin(c.PutQueue, queue="old", settings=QueueSettings(name="Old"))
    life.admin(c.RemoveQueue, queue="old")
    life.admin(c.SetSkills, agent="anna", skills={"french": 7})
    for name in ("anna", "ben", "cleo"):
        come(life, name)
    life.agent("anna", c.SetReady)
    life.agent("anna", c.SetReady)  # which she is already
    life.agent("cleo", c.LogOut)
    life.admin(c.ForgetAgent, agent="cleo")


def come(life: Life, agent: str) -> None:
    life.agent(agent, c.ConnectAgent, agent=agent, name=agent.title(), connection=f"{agent}.1")


def a_chat_with_everything(life: Life) -> None:
    """Written, noted, parked, resumed, lost and found."""
    asked = {"service": "web", "queue": "help", "text": "Größe? ¿qué? שלום 🙂", "name": "Kim", "language": "de"}
    life.visitor(c.StartChat, "c1", **asked, page="/shop", consent="I agree.", skills={"french": 3}, traceparent=TRACE)
    life.passes(3 * S)
    life.writes("anna", c.PostMessage, "c1", text="Good day")
    life.visitor(c.PostMessage, "c1", text="<b>not bold</b>\n'; --", traceparent=TRACE)
    life.writes("anna", c.AddNote, "c1", text="careful")
    life.passes(S)
    life.agent("anna", c.Park, item="c1")
    life.visitor(c.PostMessage, "c1", text="still there?")
    life.passes(S)
    life.agent("anna", c.Resume, item="c1")
    life.visitor(c.LoseVisitor, "c1")
    life.passes(7 * S)
    life.visitor(c.WatchChat, "c1", gateway="g1", visitor=True)


def calls_that_interrupt(life: Life) -> None:
    """One is answered; the second waits, goes first when the first is over, and is not answered."""
    life.source(c.AddItem, "k1", kind="call", queue="help", name="+49 30 555")
    life.passes(2 * S)
    life.source(c.AnswerCall, "k1")
    life.source(c.AddItem, "k2", kind="call", queue="help")
    life.keep_snapshot()
    life.passes(20 * S)
    life.source(c.EndItem, "k1")
    life.passes(5 * S)
    life.source(c.MissCall, "k2")
    life.source(c.EndItem, "k2")
    life.passes(S)


def from_hand_to_hand(life: Life) -> None:
    """Given to another agent, who is gone; then to a queue, and picked."""
    life.agent("ben", c.SetReady)
    life.agent("anna", c.Transfer, item="c1", agent="ben", note="please")
    life.passes(S)
    life.itself(c.DisconnectAgent, agent="ben", connection="ben.1")
    life.passes(61 * S)
    life.itself(c.Wake, stream=TENANT)
    life.passes(S)
    life.agent("anna", c.SetReady)
    life.passes(S)
    life.agent("anna", c.Transfer, item="c1", queue="sales")
    life.agent("anna", c.Pick, item="c1")
    life.agent("anna", c.SetNotReady, reason="lunch")


def the_end_of_it(life: Life) -> None:
    """Who it was, what it was about, how it was."""
    life.agent("anna", c.Identify, item="c1", contact="kim")
    life.agent("anna", c.Classify, item="c1", code="sale", note="two")
    life.visitor(c.EndChat, "c1")
    life.passes(30 * S)
    life.agent("anna", c.Extend, item="c1")
    life.passes(40 * S)
    life.agent("anna", c.Complete, item="c1")
    life.visitor(c.RateChat, "c1", score=4, comment="quick")


def others(life: Life) -> None:
    """An e-mail; a chat that is given up, one whose visitor stays away, and some that go on."""
    life.agent("anna", c.SetReady)
    life.source(c.AddItem, "m1", kind="email", queue="help", subject="An order", text="Where is it?", name="Lou")
    life.passes(9 * S)
    life.agent("anna", c.Classify, item="m1", code="sale")
    life.agent("anna", c.NoteItem, item="m1", text="She has asked twice.")
    life.agent("anna", c.Park, item="m1", until=life.at + 60 * S)
    life.passes(61 * S)
    life.itself(c.Wake, stream=TENANT)
    life.agent("anna", c.Resume, item="m1")
    answer = {"to": "lou@shop.example", "usual_subject": "Re: An order", "standing": "active"}
    life.contacts(of_contacts.AnswerMail, item="m1", text="It is on its way.", **answer)
    life.mails()
    life.source(c.EndItem, "m1")
    life.agent("anna", c.Complete, item="m1")
    about = {"conversation": "m1", "subject": "An order", "name": "Lou <lou@shop.example>", "language": "de"}
    life.agent("anna", ComposeMail, item="m2", queue="help", **about)
    life.source(c.EndItem, "m2")
    life.agent("anna", c.Complete, item="m2")
    life.visitor(c.StartChat, "c2", service="web", queue="sales", text="hello")
    life.visitor(c.EndChat, "c2")
    life.visitor(c.StartChat, "c3", service="web", queue="sales", absence_s=10, previous="c1", contact="kim")
    life.visitor(c.LoseVisitor, "c3")
    life.passes(11 * S)
    life.itself(c.Wake, "c3", stream=chat_stream(TENANT, "c3"))
    life.visitor(
        c.StartChat,
        "c4",
        service="web",
        queue="help",
        priority=70,
        text="a question",
        dropped={"identity.email": "unusable"},
    )
    life.visitor(c.StartChat, "c5", service="web", queue="help", text="another one")
    life.passes(4 * S)
    life.writes("anna", c.PostMessage, "c4", text="One moment")
    life.agent("anna", c.Park, item="c4")
    life.visitor(c.StartChat, "c6", service="web", queue="sales", text="waiting")


def settings_and_a_lost_desk(life: Life) -> None:
    """What waits is in another order by a setting; a call goes on without its agent's desk."""
    life.visitor(c.StartChat, "c7", service="web", queue="sales", text="waits")
    life.admin(c.SetService, service="web", priority=80, skills={"french": 2})
    come(life, "ben")
    life.agent("ben", c.SetReady)
    life.source(c.AddItem, "k3", kind="call", queue="help")
    life.passes(2 * S)
    life.source(c.AnswerCall, "k3", assignment=1)
    life.agent("ben", c.LogOut)
    life.passes(9 * S)
    life.source(c.EndItem, "k3")


def what_supervisors_do(life: Life) -> None:
    """Help is asked for, what waits is moved, and given to somebody."""
    come(life, "sam")
    come(life, "ben")
    life.agent("ben", s.AskForHelp, text="It is too much.", on=True)
    life.supervisor(s.MoveItem, item="c7", queue="help", note="too many there")
    life.passes(S)
    life.supervisor(s.SetAgentQueues, agent="ben", queues=("help",))
    life.supervisor(s.AssignItem, item="c7", agent="ben")
    life.agent("ben", s.AskForHelp, on=False)
    life.supervisor(s.LogOutAgent, agent="ben", note="went home")


def records(life: Life) -> None:
    """Contacts, whose an interaction was, who a website says that its visitor is, and what operators accepted."""
    kim = of_contacts.ContactFields(
        name="Kim Weiß", emails=("kim@shop.example",), phones=("030 1234567",), numbers=("+49301234567",)
    )
    life.contacts(of_contacts.PutContact, contact="kim", fields=kim, new=True)
    life.contacts(of_contacts.PutContact, contact="kim", fields=kim.model_copy(update={"notes": "friendly"}))
    life.contacts(of_contacts.PutContact, contact="kim2", fields=of_contacts.ContactFields(name="Weiss, Kim"), new=True)
    life.contacts(of_contacts.MergeContact, contact="kim2", into="kim")
    life.contacts(of_contacts.UnmergeContact, contact="kim2")
    life.contacts(of_contacts.LinkInteraction, item="c2", contact="kim", reader=EVERYTHING)
    told = {"service": "web", "subject": "user-7", "token_id": "token-1", "chat": "c4", "expires_at": life.at + MINUTE}
    life.contacts(of_contacts.IdentifyVisitor, **told, fields=of_contacts.ContactFields(name="Lou"))
    accepted = DifferencesAccepted(
        at=life.at, who="olga", because="a line was cut off", different=2, kept="/data/rows.jsonl", projection="1.0"
    )
    with life.crm.transaction(write=True, tenant=EVERYBODY) as cursor:
        accept(life.crm, cursor, life.crm.live(cursor, life.crm.db.lock), accepted)
