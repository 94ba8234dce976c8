"""Licences on the way in and out: signed texts (a compact JWS with Ed25519), checked offline against trusted keys (R1)."""

from __future__ import annotations

import base64
import binascii
import json
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from parley_contracts.instant import Instant, rfc3339
from parley_contracts.refusal import Refused
from parley_contracts.shapes import Key
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..domain.directory import Directory
from ..domain.licence import WEBCHAT, Licence

ALGORITHM = "EdDSA"
MOST_CHARACTERS = 8_000

DEMO_TENANT = "demo"
DEMO_KEY = "I04jUAHJyVYkBKXa259uNMt7jS09tk98FKcJ8HpoqlU="
"""Trusted for the demonstration's tenant and no other; nobody has its private half any more."""
DEMO_LICENCE = Path(__file__).parent / "demo.licence"


class BadLicence(ValueError):
    """A text that is no licence, or of nobody who is trusted; the message says which and what to do."""


class LicenceBody(BaseModel):
    """What is signed."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    tenant: Key
    customer: str = Field(min_length=1, max_length=200)
    features: tuple[Key, ...] = Field(max_length=50)
    seats: int = Field(ge=0, le=1_000_000, strict=True)
    issued: Instant
    expires: Instant


def public_key(text: str) -> Ed25519PublicKey:
    """A public key from its 32 bytes in base64. Raises BadLicence."""
    try:
        return Ed25519PublicKey.from_public_bytes(base64.b64decode(text.strip(), validate=True))
    except (binascii.Error, ValueError):
        raise BadLicence(f"{text!r} is no public key: 32 bytes in base64, as `parley licence key` prints it") from None


def public_text(key: Ed25519PublicKey) -> str:
    """A public key as `public_key` reads it."""
    raw = key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return base64.b64encode(raw).decode()


def sign(licence: Licence, key: Ed25519PrivateKey) -> str:
    """The licence as a signed text."""
    body = {
        "tenant": licence.tenant,
        "customer": licence.customer,
        "features": list(licence.features),
        "seats": licence.seats,
        "issued": rfc3339(licence.issued_at),
        "expires": rfc3339(licence.expires_at),
    }
    return jwt.encode(body, key, algorithm=ALGORITHM, headers={"typ": "licence"})


def read(text: str) -> Licence:
    """What a text says, whoever signed it. Raises BadLicence."""
    try:
        content: Any = jwt.decode(text.strip(), options={"verify_signature": False})
    except jwt.InvalidTokenError:
        raise BadLicence("This is no licence: paste the whole text of the file, three parts with dots.") from None
    return _licence(content)


def verify(text: str, keys: list[Ed25519PublicKey]) -> Licence:
    """The licence, when one of the keys has signed it. Whether it has expired is not looked at. Raises BadLicence."""
    read(text)  # so that what is no licence at all is told so, and not that nobody signed it
    for key in keys:
        try:
            # The times have names of their own: what has expired is still somebody's licence.
            content = jwt.api_jws.decode(text.strip(), key, algorithms=[ALGORITHM])
        except jwt.InvalidTokenError:
            continue
        return _licence(json.loads(content))
    raise BadLicence("This licence is not signed by a key that is trusted here: see PARLEY_LICENCE_KEYS.")


def _licence(content: Any) -> Licence:
    try:
        body = LicenceBody.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        raise BadLicence(f"This licence is malformed: {field}: {first['msg']}") from None
    return Licence(body.tenant, body.customer, body.features, body.seats, body.issued, body.expires)


class LicenceStanding(NamedTuple):
    """A tenant's licence as it stands: `why_not` is None when chats may start."""

    licence: Licence | None
    why_not: str | None


class Licences:
    """Checks tenants' licences. `trusted`: public keys in base64, comma-separated. Raises BadLicence for a bad one."""

    def __init__(self, trusted: str) -> None:
        self._keys = [public_key(each) for each in trusted.split(",") if each.strip()]
        self._demo_key = public_key(DEMO_KEY)
        self._checked = lru_cache(maxsize=1_000)(self._check)

    def check(self, tenant: str, text: str) -> Licence:
        """A tenant's licence from its text. Raises BadLicence with the reason."""
        if len(text) > MOST_CHARACTERS:
            raise BadLicence(f"A licence has at most {MOST_CHARACTERS} characters.")
        found = self._checked(tenant, text)
        if isinstance(found, BadLicence):
            raise found
        return found

    def _check(self, tenant: str, text: str) -> Licence | BadLicence:
        keys = [*self._keys, self._demo_key] if tenant == DEMO_TENANT else self._keys
        try:
            licence = verify(text, keys)
        except BadLicence as bad:
            return bad
        if licence.tenant != tenant:
            return BadLicence(f"This licence is for the tenant {licence.tenant}: get one for {tenant}.")
        return licence

    def standing(self, directory: Directory, at: int) -> LicenceStanding:
        """R1: whether a tenant's chats may start at `at` (milliseconds since 1970)."""
        text = directory.licence.licence
        if text is None:
            return LicenceStanding(None, "There is no licence: an administrator puts one in place.")
        try:
            licence = self.check(directory.tenant, text)
        except BadLicence as bad:
            return LicenceStanding(None, str(bad))
        return LicenceStanding(licence, licence.why_not(WEBCHAT, at))

    def seated(self, directory: Directory, at: int) -> Licence | None:
        """The licence whose seats count at `at`: one that has not expired."""
        licence = self.standing(directory, at).licence
        return licence if licence is not None and at < licence.expires_at else None

    def require(self, directory: Directory, at: int) -> None:
        """R1: a chat may start only with a licence. Raises Refused `licence_required`."""
        if self.standing(directory, at).why_not is not None:
            # Why is the administrators' affair: they read it with the licence.
            raise Refused("licence_required", "The chat is not available at the moment: leave a message.")


def demo_licence() -> str:
    """The demonstration's licence."""
    return DEMO_LICENCE.read_text().strip()
