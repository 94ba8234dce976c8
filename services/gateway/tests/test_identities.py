"""R24, R31: for whom a website may vouch, and that no token does more than be refused."""

from __future__ import annotations

import json
import time
from typing import Any

import jwt
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from jwt.api_jws import PyJWS
from parley_contracts.contacts import ContactFields
from parley_contracts.refusal import Refused
from parley_gateway.tenants.identities import LEEWAY_S, LONGEST_S, Vouched, check_identity, key_of

KEY = key_of("secret", "t", "s", "salt")
NOTHING = object()


def signed(key: str = KEY, algorithm: str = "HS256", **changed: Any) -> str:
    """A token with these claims, whatever they are; NOTHING takes one away."""
    now = int(time.time())
    usual = {"sub": "u-1", "iat": now, "exp": now + 300, "jti": "j-1", "aud": "shop"}
    content = {name: value for name, value in {**usual, **changed}.items() if value is not NOTHING}
    return PyJWS().encode(json.dumps(content).encode(), key, algorithm, headers={"typ": "JWT"})


def checked(token: str) -> Vouched:
    return check_identity(token, KEY, "shop", "DE")


def code_of(token: str, key: str | None = KEY) -> str:
    with pytest.raises(Refused) as refused:
        check_identity(token, key, "shop", "DE")
    return refused.value.code


def test_R24_a_website_vouches_with_what_it_knows() -> None:
    at = int(time.time()) + 60
    told = {"name": "Kim Vogel", "email": "Kim@Example.org", "phone": "030 1234567", "customer_number": "K-1"}
    vouched = checked(signed(exp=at, organisation="Krug & Söhne", **told))
    assert (vouched.subject, vouched.token_id, vouched.expires_at) == ("u-1", "j-1", (at + LEEWAY_S) * 1000)
    assert vouched.fields.model_dump(exclude_defaults=True) == {
        "name": "Kim Vogel",
        "emails": ("Kim@example.org",),
        "phones": ("030 1234567",),
        "numbers": ("+49301234567",),
        "organisation": "Krug & Söhne",
        "customer_number": "K-1",
    }


def test_R24_who_has_no_name_is_called_by_their_address_else_by_the_websites_own_name() -> None:
    assert checked(signed(email="kim@example.org")).fields.name == "kim@example.org"
    assert checked(signed()).fields.name == "u-1"


def test_R24_each_tenant_service_and_making_has_a_key_of_its_own() -> None:
    others = [("secret", "t2", "s", "salt"), ("secret", "t", "s2", "salt"), ("secret", "t", "s", "salt2")]
    assert len({KEY, key_of("other", "t", "s", "salt"), *(key_of(*each) for each in others)}) == 5


def named(value: Any) -> str:
    return "nothing" if value is NOTHING else repr(value)


@pytest.mark.parametrize("claim", ["sub", "iat", "exp", "jti", "aud"])
@pytest.mark.parametrize("value", [NOTHING, None, "", [], {}, "\ud800", "a\x00b", "x" * 201, float("inf")], ids=named)
def test_R31_a_claim_that_is_missing_or_of_another_kind_is_refused(claim: str, value: Any) -> None:
    assert code_of(signed(**{claim: value})) == "unauthorized"


def test_R31_a_time_in_words_is_refused() -> None:
    assert code_of(signed(exp=str(int(time.time()) + 60))) == "unauthorized"


def test_R31_a_token_lives_ten_minutes_at_most() -> None:
    now = int(time.time())
    assert checked(signed(exp=now + LONGEST_S)).subject == "u-1"
    assert code_of(signed(exp=now + LONGEST_S + LEEWAY_S + 60)) == "unauthorized"
    assert code_of(signed(exp=now - LEEWAY_S - 1)) == "unauthorized"


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_R31_only_one_algorithm_is_taken(algorithm: str) -> None:
    assert code_of(signed(algorithm=algorithm)) == "unauthorized"
    assert code_of(jwt.encode({"sub": "u-1"}, None, algorithm="none")) == "unauthorized"


def test_R31_another_key_another_service_or_no_key_at_all() -> None:
    assert code_of(signed(key="k" * 64)) == "unauthorized"
    assert code_of(signed(aud="another")) == "unauthorized"
    assert code_of(signed(), key=None) == "unauthorized"


@pytest.mark.parametrize(
    ("said", "kept", "why"),
    [
        ({"email": "nobody"}, {"emails": ()}, "unusable"),
        ({"email": "kim@firma.local"}, {"emails": ("kim@firma.local",)}, None),
        ({"email": ["kim@firma.local", 7, "kim@firma.local"]}, {"emails": ("kim@firma.local",)}, "unusable"),
        ({"email": [f"a{n}@example.org" for n in range(21)]}, {}, "cut"),
        ({"phone": "03\x00"}, {"phones": ("03",)}, "cleaned"),
        ({"phone": 305550151}, {"phones": ("305550151",)}, None),
        ({"name": "x" * 201}, {"name": "x" * 200}, "cut"),
        ({"name": "a\x00b"}, {"name": "ab"}, "cleaned"),
        ({"name": {"first": "Kim"}}, {"name": "u-1"}, "unusable"),
        ({"name": " "}, {"name": "u-1"}, None),
        ({"customer_number": 4711}, {"customer_number": "4711"}, None),
        ({"customer_number": "4" * 65}, {"customer_number": None}, "unusable"),
        ({"organisation": True}, {"organisation": None}, "unusable"),
    ],
    ids=repr,
)
def test_R31_what_is_said_of_the_visitor_is_taken_as_far_as_it_is_usable(
    said: dict[str, Any], kept: dict[str, Any], why: str | None
) -> None:
    vouched = checked(signed(**said))
    assert vouched.dropped == ({} if why is None else {f"identity.{claim}": why for claim in said})
    assert {field: getattr(vouched.fields, field) for field in kept} == kept


@given(st.text() | st.from_regex(r"[\w-]*\.[\w-]*\.[\w-]*", fullmatch=True))
@example("\ud800")
@example("é.é.é")
def test_R31_whatever_text_comes_as_a_token_is_refused(token: str) -> None:
    assert code_of(token) == "unauthorized"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
CLAIMS = ("sub", "iat", "exp", "nbf", "jti", "aud", "iss", "name", "email", "phone", "organisation", "customer_number")


@given(st.dictionaries(st.sampled_from(("name", "email", "phone", "organisation", "customer_number")), JSON), JSON)
def test_R31_no_claim_about_the_visitor_keeps_them_out(said: dict[str, Any], sub: Any) -> None:
    named = sub if isinstance(sub, str) and 0 < len(sub) <= 200 and "\x00" not in sub and sub.isprintable() else "u-1"
    vouched = checked(signed(**said, sub=named))
    assert ContactFields.model_validate_json(vouched.fields.model_dump_json()) == vouched.fields
    assert set(vouched.dropped) <= {f"identity.{claim}" for claim in said}


@given(st.dictionaries(st.sampled_from(CLAIMS), JSON, max_size=4))
def test_R31_whatever_a_website_signs_is_taken_or_refused(claims: dict[str, Any]) -> None:
    try:
        vouched = checked(signed(**claims))
    except Refused:
        return
    vouched.fields.model_dump_json()
    assert vouched.subject.encode()
    assert vouched.token_id.encode()
