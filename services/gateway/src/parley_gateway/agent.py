"""The agent's socket: `/v1/agent`."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from parley_chassis.clock import system_clock
from parley_chassis.tasks import Tasks
from parley_contracts import commands as c
from parley_contracts.refusal import Refused
from parley_contracts.shapes import Reply
from parley_contracts.showings import ChatShown, FloorChange
from parley_contracts.topology import floor_stream, partition_of, router_inbox

from . import frames as f
from .access import Identity
from .asgi import Channel
from .floors import Desk, Floor, Floors, Moved
from .link import Link, traceparent
from .metrics import SOCKETS
from .rooms import Rooms, agent_entry
from .socket import LOGGED_OUT, LOGIN_EXPIRED, Socket, dumps
from .survivors import survivor

ITEM_COMMANDS: dict[type[f.Frame], type[c.ItemCommand]] = {
    f.PickFrame: c.Pick,
    f.ParkFrame: c.Park,
    f.ResumeFrame: c.Resume,
    f.ExtendFrame: c.Extend,
    f.CompleteFrame: c.Complete,
}


class AgentSocket(Socket):
    """One connection of an agent; all connections of an agent see the same."""

    kinds = f.AGENT
    label = "agent"
    is_visitor = False

    def __init__(
        self, channel: Channel, link: Link, tasks: Tasks, rooms: Rooms, floors: Floors, identity: Identity
    ) -> None:
        super().__init__(channel, link, tasks)
        self._rooms, self._floors, self.identity = rooms, floors, identity
        self.connection = f"{link.gateway}.{self.number}"
        self.desk: Desk | None = None
        self._opened: set[str] = set()
        self._owned: set[str] = set()
        self._following: dict[str, str] = {}
        self._identifying = asyncio.Lock()
        SOCKETS.labels(self.label).inc()

    # --- coming -------------------------------------------------------------------------------------------------------

    async def connect(self, grace_s: int) -> None:
        """The floor learns of the connection; the snapshot is the first frame (R21). Raises Refused."""
        who = self.identity
        floor = await self._floors.of(who.tenant)
        command = c.ConnectAgent(
            tenant=who.tenant,
            traceparent=traceparent(),
            agent=who.user,
            name=who.name,
            connection=self.connection,
            grace_s=grace_s,
        )
        await self.link.ask(router_inbox(partition_of(floor_stream(who.tenant))), command, who.role, who.user)
        self.desk = self._floors.desk(floor, who.user)
        self.send(self.desk.snapshot(system_clock()))
        for item in self.desk.owned():
            if item.kind == "chat":
                self._follow(item.item, "now")

    # --- what the agent asks ------------------------------------------------------------------------------------------

    def check(self, frame: f.Command) -> None:
        if time.time() > self.identity.expires_at:
            raise Refused("unauthorized", "Your login has expired: log in again.")

    def refuse(self, id: str | None, refusal: Refused) -> None:
        super().refuse(id, refusal)
        if refusal.code == "unauthorized":
            self.close(LOGIN_EXPIRED)

    def take(self, frame: f.Frame) -> None:
        match frame:
            case f.Resync():
                self._resync(frame)
            case f.Ready():
                self._to_floor(c.SetReady, frame)
            case f.NotReady():
                self._to_floor(c.SetNotReady, frame, reason=frame.reason)
            case f.Logout():
                self._to_floor(c.LogOut, frame)
            case f.ClassifyFrame():
                self._to_floor(c.Classify, frame, item=frame.item, code=frame.code, note=frame.note)
            case f.IdentifyFrame():
                self._tasks.start(self._identify(frame), "identification")
            case f.TransferFrame():
                to = {"queue": frame.queue, "agent": frame.agent, "note": frame.note}
                self._to_floor(c.Transfer, frame, item=frame.item, **to)
            case f.AgentMessage():
                self._to_chat(c.PostMessage, frame, text=frame.text)
            case f.Note():
                self._to_chat(c.AddNote, frame, text=frame.text)
            case f.EndFrame():
                known = self.desk.floor.items.get(frame.item) if self.desk is not None else None
                if known is not None and known.kind != "chat":
                    self._to_floor(c.EndItem, frame, item=frame.item)
                else:
                    self._to_chat(c.EndChat, frame)
            case f.OpenFrame():
                self._open(frame)
            case f.AgentTyping():
                self._signal(frame.item, signal="typing", on=frame.on)
            case f.AgentRead():
                self._signal(frame.item, signal="read", seq=frame.seq)
            case f.OnItem():
                self._to_floor(ITEM_COMMANDS[type(frame)], frame, item=frame.item)

    def _sender(self, id: str) -> Any:
        return self.link.sender(self.number, id, self.identity.role, self.identity.user, self.identity.name)

    def _to_floor(self, kind: Any, frame: f.Command, **fields: Any) -> None:
        command = kind(tenant=self.identity.tenant, traceparent=traceparent(), sender=self._sender(frame.id), **fields)
        self.link.to_router(self.identity.tenant, command)

    def _to_chat(self, kind: Any, frame: f.OnItem, **fields: Any) -> None:
        command = kind(
            tenant=self.identity.tenant,
            chat=frame.item,
            traceparent=traceparent(),
            sender=self._sender(frame.id),
            **fields,
        )
        self.link.to_session(self.identity.tenant, frame.item, command)

    def _signal(self, item: str, **fields: Any) -> None:
        tenant = self.identity.tenant
        self.link.to_session(tenant, item, c.Signal(tenant=tenant, chat=item, sender=self._sender("signal"), **fields))

    async def _identify(self, frame: f.IdentifyFrame) -> None:
        """R24: the CRM knows whether there is such a contact here, the floor whether the agent may say so."""
        contact = frame.contact
        try:
            # One after the other: what is said last stands, however long the CRM takes for what was said before.
            async with self._identifying:
                if contact is not None:
                    contact = await survivor(self.link, self.identity, contact)
                self._to_floor(c.Identify, frame, item=frame.item, contact=contact)
        except Refused as refusal:
            self.refuse(frame.id, refusal)

    def _resync(self, frame: f.Resync) -> None:
        if self.desk is None:
            raise Refused("unavailable", "The desk is not ready yet.")
        missed = self.desk.since(frame.after)
        self.ack(frame.id, version=self.desk.version)
        for event in [self.desk.snapshot(system_clock())] if missed is None else missed:
            self.send(event)

    # --- chats --------------------------------------------------------------------------------------------------------

    def _open(self, frame: f.OpenFrame) -> None:
        self._opened.add(frame.item)
        self._watch(frame.item, frame.id, frame.after)

    def _watch(self, chat: str, id: str, after: int) -> None:
        tenant = self.identity.tenant
        self._rooms.join(tenant, chat, self, None)
        command = c.WatchChat(
            tenant=tenant,
            chat=chat,
            traceparent=traceparent(),
            sender=self._sender(id),
            gateway=self.link.gateway,
            after=after,
        )
        self.link.to_session(tenant, chat, command)

    def _follow(self, chat: str, since: str) -> None:
        """Live entries of a chat that the agent owns: from `now` on, or from when it was `assigned`."""
        id = f"\x00follow {chat}"  # no client can send such an id
        self._following[id] = since
        self._owned.add(chat)
        self._watch(chat, id, 0)

    def watched(self, shown: ChatShown) -> None:
        """The ack of `open` with the chat's entries; or, of a chat that has become the agent's, what came since."""
        reply = shown.reply
        if reply is None:
            return
        since = self._following.pop(reply.id, None)
        if since is None:
            self._opened_chat(shown, reply.id)
        elif since == "assigned":
            for entry in shown.entries[_assignment(shown) :]:
                self.send({"type": "chat", "item": shown.chat, **agent_entry(entry)})

    def _opened_chat(self, shown: ChatShown, id: str) -> None:
        mine = shown.owner == self.identity.user or self.identity.role != "agent"
        if not mine and not (self.desk is not None and self.desk.serves(shown.queue)):
            self._opened.discard(shown.chat)
            self._forget(shown.chat)
            return self.refuse(id, Refused("forbidden", "This chat is in a queue that you do not serve."))
        events = [agent_entry(entry) for entry in shown.entries]
        self.ack(id, item=shown.chat, stage=shown.stage, seq=shown.seq, n=shown.n, events=events)
        return None

    def refused(self, frame: f.Command | None, reply: Reply) -> None:
        self._following.pop(reply.id, None)
        if isinstance(frame, f.OpenFrame):
            self._opened.discard(frame.item)
            self._forget(frame.item)

    def _forget(self, chat: str) -> None:
        if chat not in self._owned and chat not in self._opened:
            self._rooms.leave(self.identity.tenant, chat, self)

    def chat_closed(self, chat: str) -> None:
        """Nothing more will come of it."""
        self._owned.discard(chat)
        self._opened.discard(chat)
        self._forget(chat)

    def waits(self, position: int, wait_s: int) -> None:
        """Positions are for visitors: a desk shows the queues themselves."""

    # --- the floor ----------------------------------------------------------------------------------------------------

    def floor_changed(self, event: str | None) -> None:
        """The desk has changed; `event` is the encoded frame. Chats that have become the agent's are followed."""
        if self.desk is None:
            return
        if event is not None:
            self.send_text(event)
        owned = {item.item for item in self.desk.owned() if item.kind == "chat"}
        for chat in owned - self._owned:
            self._follow(chat, "assigned")
        for chat in self._owned - owned:
            # It went back to its queue or is closed: its last entry is on its way, then nothing more.
            item = self.desk.floor.items.get(chat)
            if item is not None:
                self._owned.discard(chat)
                self._forget(chat)

    def gone(self) -> None:
        SOCKETS.labels(self.label).dec()
        who = self.identity
        for chat in self._opened | self._owned:
            self._rooms.leave(who.tenant, chat, self)
        command = c.DisconnectAgent(
            tenant=who.tenant, traceparent=traceparent(), agent=who.user, connection=self.connection
        )
        self.link.to_router(who.tenant, command)


def _assignment(shown: ChatShown) -> int:
    """Where in the entries the chat was last assigned."""
    for index in range(len(shown.entries) - 1, -1, -1):
        if shown.entries[index].kind in ("joined", "assigned"):
            return index
    return 0


class Desks:
    """The agents' connections at this gateway, by agent."""

    def __init__(self, floors: Floors) -> None:
        self._floors = floors
        self._sockets: dict[tuple[str, str], set[AgentSocket]] = {}
        floors.listeners.append(self._floor_changed)

    def add(self, socket: AgentSocket) -> None:
        self._sockets.setdefault((socket.identity.tenant, socket.identity.user), set()).add(socket)

    def remove(self, socket: AgentSocket) -> None:
        key = (socket.identity.tenant, socket.identity.user)
        sockets = self._sockets.get(key, set())
        sockets.discard(socket)
        if not sockets:
            self._sockets.pop(key, None)
            self._floors.close_desk(*key)

    def _floor_changed(self, floor: Floor, change: FloorChange, moved: Moved) -> None:
        for (tenant, agent), sockets in list(self._sockets.items()):
            desk = next((socket.desk for socket in sockets if socket.desk is not None), None)
            if tenant != floor.tenant or desk is None:
                continue
            frame: dict[str, Any] | None
            if change.kind == "snapshot":
                frame = desk.anew(system_clock())
            else:
                frame = desk.event(change, moved)
            if frame is not None or change.kind == "snapshot":
                event = dumps(frame) if frame is not None else None
                for socket in list(sockets):
                    socket.floor_changed(event)
            shown = floor.agents.get(agent)
            if shown is not None and shown.state == "logged_out" and change.kind == "logged_out":
                if any(left.agent == agent for left in change.agents):
                    for socket in list(sockets):
                        # Behind the answer to the log-out itself.
                        asyncio.get_running_loop().call_soon(socket.close, LOGGED_OUT)
