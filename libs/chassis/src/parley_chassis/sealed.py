"""Secrets that have to be read again, kept so that the database alone is not enough to read them."""

from __future__ import annotations

import base64
import hashlib
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE_BYTES = 12


class Sealing:
    """By a key that follows from the installation's secret. `about`: whose it is; elsewhere it cannot be opened."""

    def __init__(self, secret: str) -> None:
        key = HKDF(SHA256(), 32, salt=None, info=b"parley sealed").derive(hashlib.sha256(secret.encode()).digest())
        self._cipher = AESGCM(key)

    def seal(self, text: str, *about: str) -> str:
        """As it is stored."""
        nonce = os.urandom(NONCE_BYTES)
        return base64.b64encode(nonce + self._cipher.encrypt(nonce, text.encode(), _aad(about))).decode()

    def open(self, sealed: str, *about: str) -> str | None:
        """What was sealed; None where it was with another secret, for somebody else, or is nothing of ours."""
        try:
            raw = base64.b64decode(sealed)
            return self._cipher.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], _aad(about)).decode()
        except (ValueError, InvalidTag):
            return None


def _aad(about: tuple[str, ...]) -> bytes:
    return "\x00".join(about).encode("utf-8", "surrogatepass")
