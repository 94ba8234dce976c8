"""What an agent's connection asks about e-mails: the record answers, one thing after the other (R35)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from parley_contracts.mail_items import ComposeMail
from parley_contracts.refusal import Refused

from ..contacts.answered_mail import Written, answer_mail, withdraw_mail
from ..contacts.composed_mail import composed_mail
from ..contacts.drafts import keep_draft
from ..shown.readers import reader_at
from . import frames as f

if TYPE_CHECKING:
    from .agent import AgentSocket


class AgentMails:
    """Of one connection."""

    def __init__(self, socket: AgentSocket) -> None:
        self._socket = socket
        self._writing = asyncio.Lock()

    async def reply(self, frame: f.ReplyFrame) -> None:
        """R35: one after the other, as they were written."""
        try:
            async with self._writing:
                self._socket.ack(
                    frame.id,
                    **await answer_mail(
                        self._socket.link,
                        self._socket.identity,
                        frame.id,
                        frame.item,
                        Written(
                            frame.text,
                            *frame.recipients,
                            frame.subject,
                            tuple(frame.attachments),
                            frame.forward,
                            frame.language if frame.forward is not None else None,
                        ),
                    ),
                )
        except Refused as refusal:
            self._socket.refuse(frame.id, refusal)

    async def compose(self, frame: f.ComposeFrame) -> None:
        """R35: the record has whom and what it is about; the floor makes it theirs."""
        try:
            if self._socket.desk is None:
                raise Refused("unavailable", "The desk is not ready yet.")
            reader = reader_at(self._socket.desk.floor, self._socket.identity)
            item = self._socket.desk.floor.items.get(frame.item)
            about = (frame.id, frame.item, frame.to, frame.subject, item.contact if item is not None else None)
            self._socket.to_floor(
                ComposeMail, frame, **await composed_mail(self._socket.link, self._socket.identity, reader, *about)
            )
        except Refused as refusal:
            self._socket.refuse(frame.id, refusal)

    async def undo(self, frame: f.UndoFrame) -> None:
        """R35: after whatever was written before it."""
        try:
            async with self._writing:
                self._socket.ack(
                    frame.id,
                    **await withdraw_mail(self._socket.link, self._socket.identity, frame.id, frame.item, frame.seq),
                )
        except Refused as refusal:
            self._socket.refuse(frame.id, refusal)

    async def draft(self, frame: f.DraftFrame) -> None:
        """R35: after what was written before it. One that is asked again and was answered meanwhile does not replace what was kept since."""
        try:
            async with self._writing:
                if frame.id in self._socket.asked:
                    self._socket.ack(
                        frame.id,
                        **await keep_draft(self._socket.link, self._socket.identity, frame.id, frame.item, frame.text),
                    )
        except Refused as refusal:
            self._socket.refuse(frame.id, refusal)
