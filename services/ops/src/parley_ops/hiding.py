"""What operators are shown of an event: facts. What people wrote, or are called, only where they say why they must read it; secrets
never.

A field that is in none of these tables is hidden: so are those of events that a newer version has written.
"""

from __future__ import annotations

from typing import Any

from parley_contracts.instant import rfc3339
from parley_gateway.domain.changes import SECRET

from .logs import Happening

SECRETS = SECRET | {"oidc", "token_id", "password_length", "sealed", "original"}

TEXTS = frozenset(
    [
        *("text", "note", "comment", "subject", "page", "dropped", "email", "to", "fields", "customer_number"),
        *("sender", "address", "cc", "quoted", "files", "message_id", "answered", "references", "url"),
    ]
)
"""What people write, or are reached at."""

NAMES = frozenset({"name"})
"""What people are called: an agent's name is a fact where the event says whose it is."""

FACTS = frozenset(
    [
        "absence_ms",
        "act",
        "agent",
        "agent_grace_s",
        "agent_figures",
        "timezone",
        "author",
        "because",
        "before",
        "answer",
        "attachments_mb",
        "burst",
        "cut",
        "html",
        "mailbox",
        "marks",
        "opens",
        "otherwise",
        "refused",
        "size",
        "thread",
        "uid",
        "validity",
        "burst_bytes",
        "by",
        "chat",
        "classifications",
        "code",
        "connection",
        "consent",
        "contact",
        "conversation",
        "count",
        "different",
        "digest",
        "due_at",
        "enabled",
        "expires_at",
        "extension_ms",
        "extensions",
        "from_queue",
        "grace_ms",
        "greeting",
        "handle_ms",
        "hours",
        "how",
        "interrupted_by",
        "interruptions",
        "into",
        "item",
        "kept",
        "kind",
        "language",
        "languages",
        "last_agent",
        "limit_ms",
        "mail",
        "mask",
        "masked",
        "messages_per_s",
        "origins",
        "out_of",
        "outcome",
        "own",
        "own_priority",
        "previous",
        "priority",
        "receipt",
        "privacy_url",
        "translations",
        "projection",
        "queue",
        "queues",
        "reason",
        "reasons",
        "region",
        "replies",
        "ring_ms",
        "role",
        "score",
        "second_factor",
        "seq",
        "service",
        "settings",
        "several",
        "skills",
        "started_at",
        "state",
        "to_agent",
        "token",
        "touched",
        "trace",
        "unread",
        "until",
        "user",
        "visitor_absence_s",
        "wait_ms",
        "waits",
        "who",
        "why",
        "without_origin",
        "wrap_up_ms",
        "ended_by",
        "reports_touch",
        "command_key",
    ]
)


def told(event: Happening, *, revealed: bool = False) -> dict[str, Any]:
    """An event as JSON: where it stands, what it is about, and its facts. `hidden` names what is left out."""
    fields = event.fields
    hidden = sorted(name for name in fields if not revealed and _is_hidden(event, name))
    shown = {
        name: value
        for name, value in fields.items()
        if name not in hidden and name not in SECRETS and not _only_for_retries(event, name) and value is not None
    }
    head: dict[str, Any] = {
        "at": rfc3339(event.at),
        "log": event.service,
        "position": event.position,
        "tenant": event.tenant,
        "item": event.item,
        "n": event.n,
        "type": event.type,
    }
    if event.contact is not None:
        head["contact"] = event.contact
    return {**shown, **head, **({"hidden": hidden} if hidden else {})}


def _is_hidden(event: Happening, name: str) -> bool:
    if event.fields[name] is None or name in SECRETS:
        return False
    if name in NAMES:
        return event.service != "gateway" and event.fields.get("agent") is None
    return name not in FACTS


def _only_for_retries(event: Happening, name: str) -> bool:
    """Whether the field only tells a retry from another command. A directory's `by` says who it was."""
    return name == "digest" or (name == "by" and event.service != "gateway")
