"""The state of a chat, and how each event changes it (in place)."""

from __future__ import annotations

from typing import NamedTuple

from parley_contracts.shapes import Activity, EndedBy, Outcome, Stage
from parley_contracts.timer import Timer

from . import events as e


class Done(NamedTuple):
    """What a command came to, so that the same command gets the same answer again."""

    digest: int
    seq: int
    n: int
    at: int


def size(text: str) -> int:
    """How many bytes a text takes."""
    return len(text) if text.isascii() else len(text.encode())


class Chat:
    """One chat. `n` counts its events, `seq` what the visitor has been shown, `history` keeps all of it; `joined`: the visitor
    has seen an agent come."""

    __slots__ = (
        "absence_ms",
        "absent_since",
        "activity",
        "classification",
        "commands",
        "contact",
        "ended_by",
        "handle",
        "history",
        "interruptions",
        "joined",
        "language",
        "last_at",
        "n",
        "name",
        "outcome",
        "owner",
        "owner_name",
        "page",
        "priority",
        "queue",
        "reports_touch",
        "seq",
        "service",
        "stage",
        "started_at",
        "stream",
        "unread",
        "wait",
        "wrap_up",
        "written",
    )

    def __init__(self, stream: str) -> None:
        self.stream = stream
        self.n = self.seq = self.unread = self.interruptions = self.last_at = 0
        self.started_at: int | None = None
        self.service = self.queue = ""
        self.priority: int | None = None
        self.name: str | None = None
        self.language: str | None = None
        self.page: str | None = None
        self.absence_ms = 300_000
        self.absent_since: int | None = None
        self.stage: Stage = "waiting"
        self.activity: Activity | None = None
        self.owner: str | None = None
        self.owner_name: str | None = None
        self.reports_touch = self.joined = False
        self.ended_by: EndedBy | None = None
        self.outcome: Outcome | None = None
        self.classification: tuple[str, str | None] | None = None
        self.contact: str | None = None
        self.wait, self.handle, self.wrap_up = Timer(), Timer(), Timer()
        self.commands: dict[str, Done] = {}
        self.history: list[tuple[int, e.Happened]] = []
        self.written = 0

    @property
    def exists(self) -> bool:
        """Whether it has ever been requested."""
        return self.started_at is not None

    @property
    def is_over(self) -> bool:
        """Whether the conversation is over: it has been ended, or its agent has completed it without."""
        return self.ended_by is not None or self.stage in ("wrap_up", "closed")

    @property
    def absence_due(self) -> int | None:
        """When an absent visitor has been away for too long (R22)."""
        if self.absent_since is None or self.ended_by is not None:
            return None
        return self.absent_since + self.absence_ms

    def _append(self, event: e.Happened) -> None:
        """One more entry of the history."""
        self.n += 1
        self.last_at = max(self.last_at, event.at)
        if event.seq is not None:
            self.seq = event.seq
        self.history.append((self.n, event))
        if isinstance(event, (e.MessagePosted, e.NoteAdded)):
            self.written += size(event.text)

    def evolve(self, event: e.Happened) -> Chat:
        """The chat after an event, the same object. Never fails on an event that the log holds."""
        self._append(event)
        match event:
            case e.MessagePosted():
                self.unread = event.unread
            case e.Requested():
                self.started_at, self.service, self.queue = event.at, event.service, event.queue
                self.priority, self.name, self.contact = event.priority, event.name, event.contact
                self.language, self.page, self.absence_ms = event.language, event.page, event.absence_ms
                self.wait = self.wait.started(event.at)
            case e.Assigned():
                self.owner, self.owner_name, self.queue, self.reports_touch = (
                    event.agent,
                    event.name,
                    event.queue,
                    event.reports_touch,
                )
                self.stage, self.activity, self.unread = "conversation", "active", 0
                self.joined = self.joined or event.seq is not None
                self.wait, self.handle = self.wait.stopped(event.at), self.handle.started(event.at)
            case e.Parked():
                interrupted = event.why == "call" or event.interrupted_by is not None
                self.activity = "interrupted" if interrupted else "parked"
                self.interruptions += interrupted
                self.handle, self.wrap_up = self.handle.stopped(event.at), self.wrap_up.stopped(event.at)
            case e.Resumed():
                self.activity, self.unread = "active", 0
                if self.stage == "wrap_up":
                    self.wrap_up = self.wrap_up.started(event.at)
                else:
                    self.handle = self.handle.started(event.at)
            case e.Requeued() | e.Transferred():
                self.stage, self.activity, self.owner, self.owner_name = "waiting", None, None, None
                self.queue, self.unread = event.queue, 0
                self.handle, self.wait = self.handle.stopped(event.at), self.wait.started(event.at)
            case e.VisitorLost():
                self.absent_since = event.at
            case e.VisitorReturned():
                self.absent_since = None
            case e.Ended():
                self.ended_by = event.ended_by
            case e.WrapUpStarted():
                self.stage, self.handle = "wrap_up", self.handle.stopped(event.at)
                if self.activity == "active":
                    self.wrap_up = self.wrap_up.started(event.at)
            case e.Classified():
                self.classification = (event.code, event.note)
            case e.Identified():
                self.contact = event.contact
            case e.Closed():
                self.stage, self.activity, self.outcome = "closed", None, event.outcome
                self.wait, self.handle = self.wait.stopped(event.at), self.handle.stopped(event.at)
                self.wrap_up = self.wrap_up.stopped(event.at)
        if event.command_key is not None:
            self.commands[event.command_key] = Done(event.digest, self.seq, self.n, event.at)
        return self
