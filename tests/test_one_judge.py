"""R24, R31: what the gateway takes of a contact, the crm-logger takes as well, as it is."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from parley_contracts.contacts import ContactFields
from parley_crm_logger.domain.contacts import checked
from parley_gateway.contacts.contact_checks import ContactTyped
from pydantic import ValidationError

ODD = " \u00a0\u2028\x01\x0b\x1f\x7f\x85\xad\u200b\u202e\u2011\u0308\ufdfa\uff20\ud800<>@.+#*()/-x09aé٣"
TEXTS = st.text(st.characters(), max_size=30) | st.text(ODD, max_size=12)
MANY = st.lists(TEXTS, max_size=3)
NUMBERS = (
    st.sampled_from(
        ("0800 FLOWERS", "110", "#31#0171 5550177", "ext. 102", "030 5550151 / 0171 5550177", "call after 5")
    )
    | TEXTS
)
CONTACTS = st.fixed_dictionaries(
    {"name": TEXTS},
    optional={
        "emails": st.lists(TEXTS | st.emails(), max_size=3),
        "phones": st.lists(NUMBERS, max_size=3),
        "organisation": TEXTS,
        "language": TEXTS,
        "notes": TEXTS,
        "customer_number": TEXTS,
    },
)


@given(CONTACTS, st.sampled_from(("DE", "US", "ZZ")))
def test_R31_what_passes_the_one_passes_the_other(typed: dict[str, Any], region: str) -> None:
    try:
        told = ContactTyped.model_validate(typed).fields(region)
    except ValidationError:
        return
    kept = checked(ContactFields.model_validate_json(told.model_dump_json()))
    for field in ContactFields.model_fields:
        assert getattr(kept, field) == getattr(told, field)
