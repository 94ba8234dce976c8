"""Who may do what: the one place where logins, roles and tenants are checked, for HTTP and sockets alike.

A tenant is never taken from what a client sends, only from its login, or from a chat service's token.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import time
from collections import deque
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple
from urllib.parse import urlsplit

import jwt
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from parley_contracts.refusal import Refused

from .directories import Directories
from .domain.directory import ServiceSet, UserSet
from .identities import key_of

COOKIE = "parley_login"
WRONG_PASSWORDS = 10
WRONG_WITHIN_S = 300
MOST_REMEMBERED = 10_000


class Identity(NamedTuple):
    """Who a login belongs to."""

    tenant: str
    user: str
    name: str
    role: str
    expires_at: float
    mark: str = ""
    """Tells the password that was used from a later one."""


class Access:
    """Checks passwords and logins. `secret` signs them; `login_ttl_s` is how long one holds."""

    def __init__(self, directories: Directories, secret: str, login_ttl_s: int) -> None:
        self._directories, self._secret, self._ttl = directories, secret, login_ttl_s
        self._hasher = PasswordHasher()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="argon2")
        self._wrong: dict[tuple[str, str], deque[float]] = {}
        self._nobody: str | None = None

    def hash(self, password: str) -> str:
        """The argon2 hash to store; takes tens of milliseconds."""
        return self._hasher.hash(password)

    async def log_in(self, tenant: str, user: str, password: str) -> tuple[str, Identity]:
        """A signed login and whose it is. Raises Refused: `unauthorized`, or `rate_limited` after ten wrong passwords."""
        while len(self._wrong) > MOST_REMEMBERED:
            del self._wrong[next(iter(self._wrong))]
        wrong = self._wrong.setdefault((tenant, user), deque(maxlen=WRONG_PASSWORDS))
        while wrong and time.monotonic() - wrong[0] > WRONG_WITHIN_S:
            wrong.popleft()
        if len(wrong) >= WRONG_PASSWORDS:
            wait = int(WRONG_WITHIN_S - (time.monotonic() - wrong[0])) + 1
            raise Refused("rate_limited", f"Too many wrong passwords: wait {wait} s.", retry_after_s=wait)
        directory = self._directories.tenants.get(tenant)
        found = directory.users.get(user) if directory is not None else None
        loop = asyncio.get_running_loop()
        # Whether the user exists must not show in how long it takes.
        hashed = found.password if found is not None else None
        if not await loop.run_in_executor(self._pool, self._verify, hashed, password) or found is None:
            if directory is not None:
                wrong.append(time.monotonic())
            else:
                self._wrong.pop((tenant, user), None)
            raise Refused("unauthorized", "Tenant, user or password is wrong.")
        self._wrong.pop((tenant, user), None)
        identity = Identity(tenant, user, found.name, found.role, time.time() + self._ttl, _mark(found))
        claims = {
            "sub": user,
            "ten": tenant,
            "rol": found.role,
            "pwd": identity.mark,
            "exp": int(identity.expires_at),
        }
        return jwt.encode(claims, self._secret, algorithm="HS256"), identity

    def _verify(self, hashed: str | None, password: str) -> bool:
        if (
            self._nobody is None
        ):  # made by the first login, whosever it is: a hash takes longer than all the rest of a start
            self._nobody = self._hasher.hash("nobody")
        try:
            return self._hasher.verify(hashed or self._nobody, password)
        except (VerificationError, InvalidHashError):
            return False

    def identify(self, headers: Mapping[str, str], cookies: Mapping[str, str]) -> Identity:
        """Whose login a request carries: `Authorization: Bearer`, else the cookie. Raises Refused `unauthorized`."""
        authorization = headers.get("authorization", "")
        token = authorization[7:].strip() if authorization[:7].lower() == "bearer " else cookies.get(COOKIE, "")
        if not token:
            raise Refused("unauthorized", "Log in first: POST /v1/login.")
        try:
            claims = jwt.decode(token, self._secret, algorithms=["HS256"], options={"require": ["exp", "sub"]})
        except jwt.ExpiredSignatureError:
            raise Refused("unauthorized", "Your login has expired: log in again.") from None
        except jwt.InvalidTokenError:
            raise Refused("unauthorized", "This login is not valid: log in again.") from None
        tenant, user, role = str(claims.get("ten")), str(claims["sub"]), str(claims.get("rol"))
        identity = Identity(tenant, user, "", role, float(claims["exp"]), str(claims.get("pwd")))
        found = self._user(identity)
        if found is None:
            raise Refused("unauthorized", "This login is not valid any more: log in again.")
        return identity._replace(name=found.name)

    def _user(self, identity: Identity) -> UserSet | None:
        directory = self._directories.tenants.get(identity.tenant)
        found = directory.users.get(identity.user) if directory is not None else None
        return found if found is not None and (found.role, _mark(found)) == (identity.role, identity.mark) else None

    def still_holds(self, identity: Identity) -> bool:
        """Whether the login's user is still there, with the same role and the same password (R5)."""
        return self._user(identity) is not None

    async def hashed(self, password: str, old: UserSet | None = None) -> str:
        """The hash to store for a password: the old one where it is the same, so that nothing changes."""
        loop = asyncio.get_running_loop()
        if old is not None and await loop.run_in_executor(self._pool, self._verify, old.password, password):
            return old.password
        return await loop.run_in_executor(self._pool, self.hash, password)

    def secret_of(self, tenant: str, chat: str) -> str:
        """The secret that lets a visitor resume a chat, and tells its tenant: derived, so nothing is stored, and a
        repeated `start` gets it again."""
        mac = hmac.new(self._secret.encode(), f"secret/{tenant}/{chat}".encode(), hashlib.sha256).hexdigest()
        return f"{tenant}.{mac}"

    def tenant_of(self, chat: str, secret: str) -> str:
        """The tenant of a chat, when the secret is its own. Raises Refused `unauthorized`."""
        tenant = secret.rpartition(".")[0]
        if not hmac.compare_digest(secret.encode(), self.secret_of(tenant, chat).encode()):
            raise Refused("unauthorized", "There is no such chat, or the secret is not its own.")
        return tenant

    def identity_key(self, tenant: str, service: str, salt: str) -> str:
        """The key with which a chat service's website signs identities (R24)."""
        return key_of(self._secret, tenant, service, salt)

    def chat_of(self, tenant: str, service: str, command: str) -> str:
        """The chat that a `start` with this command id makes: the same for the same, so that it can be said twice."""
        return self._derived(f"chat/{tenant}/{service}/{command}")

    def message_of(self, tenant: str, service: str, id: str) -> str:
        """The item that a message with this id becomes (R8), likewise."""
        return self._derived(f"message/{tenant}/{service}/{id}")

    def _derived(self, what: str) -> str:
        digest = hmac.new(self._secret.encode(), what.encode(), hashlib.sha256).digest()
        return base64.b32encode(digest)[:26].decode().lower()

    def close(self) -> None:
        """Check no more."""
        self._pool.shutdown(wait=False)


def _mark(user: UserSet) -> str:
    return hashlib.sha256(user.password.encode()).hexdigest()[:12]


def require(identity: Identity, *roles: str) -> Identity:
    """The identity, when it has one of these roles. Raises Refused `forbidden`."""
    if identity.role not in roles:
        raise Refused("forbidden", f"This needs the role {' or '.join(roles)}; you are {identity.role}.")
    return identity


def check_origin(service: ServiceSet, origin: str | None, host: str) -> None:
    """R2: a page's origin must be allowed by the chat service. Raises Refused `origin_not_allowed`."""
    if origin is None:
        if not service.without_origin:
            raise Refused("origin_not_allowed", "This chat service is for web pages: send an Origin.")
    elif origin not in service.origins and not ("self" in service.origins and same_origin(origin, host)):
        raise Refused("origin_not_allowed", f"This chat service does not allow pages of {origin}.")


def same_origin(origin: str, host: str) -> bool:
    """Whether a page's origin is the host that it talks to."""
    return urlsplit(origin).netloc.lower() == host.lower()
