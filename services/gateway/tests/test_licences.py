"""R1: whose licence counts, for whom, and how it is read."""

from __future__ import annotations

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from parley_contracts.refusal import Refused
from parley_gateway.domain.directory import Directory, LicenceSet, UserSet
from parley_gateway.domain.licence import Licence, take_seat
from parley_gateway.tenants.licences import BadLicence, Licences, demo_licence, public_text, read, sign

KEY, OTHER = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
TRUSTED = public_text(KEY.public_key())
GIVEN = Licence("acme", "Acme", ("webchat",), 2, 1_000, 100_000)


def directory(licence: str | None, tenant: str = "acme") -> Directory:
    return Directory(tenant).evolve(LicenceSet(at=0, by="ada", licence=licence))


def test_R1_what_a_trusted_key_has_signed_is_read_as_it_was_written() -> None:
    text = sign(GIVEN, KEY)
    assert read(text) == GIVEN == Licences(f" {public_text(OTHER.public_key())} , {TRUSTED},").check("acme", text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (sign(GIVEN, OTHER), "not signed by a key that is trusted"),
        (sign(Licence("other", "Other", (), 1, 0, 1), KEY), "for the tenant other"),
        (jwt.encode({"tenant": "acme"}, KEY, algorithm="EdDSA"), "malformed: customer"),
        (jwt.encode({"tenant": "acme"}, None, algorithm="none"), "malformed"),
        (jwt.encode({}, "a shared secret that is long enough, all in all", algorithm="HS256"), "malformed"),
        ("nothing", "no licence"),
        ("", "no licence"),
        ("x" * 8_001, "at most"),
    ],
)
def test_R1_everything_else_is_refused_with_the_reason(text: str, says: str) -> None:
    with pytest.raises(BadLicence, match=says):
        Licences(TRUSTED).check("acme", text)


def test_R1_a_licence_without_a_signature_is_none_however_right_its_content() -> None:
    body = jwt.decode(sign(GIVEN, KEY), options={"verify_signature": False})
    for forged in (
        jwt.encode(body, None, algorithm="none"),
        jwt.encode(body, TRUSTED * 2, algorithm="HS256"),
        jwt.encode(body, OTHER, algorithm="EdDSA"),
    ):
        with pytest.raises(BadLicence, match="not signed"):
            Licences(TRUSTED).check("acme", forged)


def test_R1_the_built_in_key_counts_for_the_demonstration_alone() -> None:
    assert Licences("").check("demo", demo_licence()).tenant == "demo"
    with pytest.raises(BadLicence, match="not signed"):
        Licences(TRUSTED).check("acme", demo_licence())


@pytest.mark.parametrize("bad", ["x", "AAAA", "ü"])
def test_R1_a_key_that_is_none_is_said_at_the_start(bad: str) -> None:
    with pytest.raises(BadLicence, match="no public key"):
        Licences(bad)


@pytest.mark.parametrize(
    ("licence", "at", "says"),
    [
        (None, 0, "There is no licence"),
        (sign(GIVEN, OTHER), 0, "not signed"),
        (sign(GIVEN, KEY), 99_999, None),
        (sign(GIVEN, KEY), 100_000, "expired at 1970-01-01T00:01:40.000Z"),
        (sign(Licence("acme", "Acme", ("voice",), 2, 0, 100_000), KEY), 0, "feature webchat"),
    ],
)
def test_R1_it_holds_or_says_why_not(licence: str | None, at: int, says: str | None) -> None:
    licences = Licences(TRUSTED)
    why_not = licences.standing(directory(licence), at).why_not
    if says is None:
        assert why_not is None
        licences.require(directory(licence), at)
        return
    assert why_not is not None
    assert says in why_not
    with pytest.raises(Refused) as refused:
        licences.require(directory(licence), at)
    assert refused.value.code == "licence_required"


def test_R1_seats_are_for_agents_and_end_with_the_licence() -> None:
    licences, tenant = Licences(TRUSTED), directory(sign(GIVEN, KEY))
    for user, role in (("anna", "agent"), ("ben", "agent"), ("ada", "admin")):
        tenant.evolve(UserSet(at=0, by="ada", user=user, name=user, role=role, password=""))  # type: ignore[arg-type]
    assert tenant.seats_used() == 2
    take_seat(licences.seated(tenant, 0), 1)
    for licence, used in ((licences.seated(tenant, 0), 2), (licences.seated(tenant, 100_000), 0), (None, 0)):
        with pytest.raises(Refused) as refused:
            take_seat(licence, used)
        assert refused.value.code == "licence_required"
