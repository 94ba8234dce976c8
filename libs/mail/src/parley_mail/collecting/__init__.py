"""The way in of mails: mailboxes on IMAP servers are followed, and each mail is handed to a `Taker`, in order and never left out.

The client is our own and small (`connection.py`, `responses.py`), because no kept library would do:

- `aioimaplib` is under the GPL, version 3 only, which a product under Apache-2.0 cannot ship; its IDLE hangs for ever when the server closes the
  connection instead of answering (its issue 110, open).
- `IMAPClient` (BSD) and `imap-tools` (Apache-2.0) stand on `imaplib` of the standard library and block a thread for each mailbox. Their IDLE polls
  the socket although the line is in the reader's buffer already: a mail that comes while IDLE begins (`+ idling` and `* 1 EXISTS` in one packet,
  as Dovecot sends it) is seen only when the wait is over. A closed connection looks like no news (IMAPClient's issue 565).
- `imaplib` itself has IDLE from Python 3.14 on only, and reads a literal of whatever size a server names.

What is spoken is ten commands of RFC 3501 with IDLE (2177), MOVE (6851) and XOAUTH2; everything that a server sends is bounded.
"""

from .collector import Collector
from .failures import FolderMissing, LoginRefused, NotCollected, NotReached, NotServed, NotUnderstood
from .following import Following
from .mailbox import Mailbox, Pace
from .taker import Taker

__all__ = [
    "Collector",
    "FolderMissing",
    "Following",
    "LoginRefused",
    "Mailbox",
    "NotCollected",
    "NotReached",
    "NotServed",
    "NotUnderstood",
    "Pace",
    "Taker",
]
