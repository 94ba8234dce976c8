"""`parley licence`: keys and licences, made and read without any server (R1)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from parley_contracts.instant import rfc3339
from parley_gateway.domain.licence import WEBCHAT, Licence
from parley_gateway.tenants.licences import BadLicence, Licences, public_text, read


def write_secretly(path: Path, text: str) -> None:
    """Write a new file that only its owner may read. Raises OSError when there is one already."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)


def new_key(path: Path) -> str:
    """Make a key pair: the private half into a new file, the public half as text. Raises OSError."""
    key = Ed25519PrivateKey.generate()
    write_secretly(path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode())
    return public_text(key.public_key())


def read_key(path: Path) -> Ed25519PrivateKey:
    """The private key in a file. Raises OSError, ValueError."""
    try:
        key = load_pem_private_key(path.read_bytes(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError(f"{path} holds no Ed25519 private key: parley licence key makes one")
    return key


def shown(text: str, trusted: str, at: int) -> dict[str, Any]:
    """What a licence says, and whether it would hold at `at`, when the keys in `trusted` count. Raises BadLicence."""
    licence = read(text)
    try:
        Licences(trusted).check(licence.tenant, text.strip())
        why_not = licence.why_not(WEBCHAT, at)
    except BadLicence as bad:
        why_not = str(bad)
    told = {
        "tenant": licence.tenant,
        "customer": licence.customer,
        "features": list(licence.features),
        "seats": licence.seats,
        "issued_at": rfc3339(licence.issued_at),
        "expires_at": rfc3339(licence.expires_at),
        "valid": why_not is None,
    }
    return told if why_not is None else {**told, "reason": why_not}


def made(tenant: str, customer: str, features: tuple[str, ...], seats: int, issued: int, expires: int) -> Licence:
    """A licence. Raises ValueError when it would never hold."""
    if expires <= issued:
        raise ValueError(f"a licence that expires at {rfc3339(expires)} never holds: give a later --expires")
    return Licence(tenant, customer, features, seats, issued, expires)
