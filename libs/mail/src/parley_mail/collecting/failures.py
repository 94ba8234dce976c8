"""Why a mailbox cannot be read now. Each has a sentence for the operator."""

from __future__ import annotations


class NotCollected(Exception):
    """The mailbox cannot be read now; it is tried again."""


class NotReached(NotCollected):
    """The server does not answer, or the connection is gone."""


class LoginRefused(NotCollected):
    """The server knows neither this user with this password, nor this token."""


class FolderMissing(NotCollected):
    """The server does not open the folder."""


class NotServed(NotCollected):
    """The server says no to a command that it should carry out."""


class NotUnderstood(NotCollected):
    """The server says what is no IMAP, or more than is taken in."""
