"""What an event is about, read from its bytes without its class: also of versions that are not known here."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec
from parley_crm_logger.domain.events import contact_of, item_of

from .form import Event


class Facts(NamedTuple):
    """When it happened (milliseconds since 1970; 0 where that cannot be told), and whom and what it is about."""

    at: int
    tenant: str
    item: str | None
    agent: str | None
    queue: str | None
    contact: str | None
    trace: str | None


class _Told(msgspec.Struct):
    at: int = 0
    item: str | None = None
    chat: str | None = None
    agent: str | None = None
    queue: str | None = None
    contact: str | None = None
    trace: str | None = None


_told = msgspec.json.Decoder(_Told).decode
_NAMES = _Told.__struct_fields__


def _fields(state: bytes) -> Any:
    try:
        return _told(state)
    except msgspec.ValidationError:
        found = msgspec.json.decode(state)
        fields = found if isinstance(found, dict) else {}
        kinds = {name: int if name == "at" else str for name in _NAMES}
        return _Told(**{name: fields[name] for name in _NAMES if type(fields.get(name)) is kinds[name]})
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _Told()


def facts_of(event: Event) -> Facts:
    """What an event of any log is about."""
    told = _fields(event.state)
    tenant, _, rest = event.stream.partition("/")
    if event.log == "crm-logger":
        linked, own = item_of(event.stream), contact_of(event.stream)
        item = told.chat if linked is None else linked[1]
        contact = told.contact if own is None else own[1]
    else:
        item, contact = rest or told.item, told.contact
    return Facts(told.at, tenant, item, told.agent, told.queue, contact, told.trace)
