"""Who may do what: the one place where logins, roles and tenants are checked, for HTTP and sockets alike.

A tenant is never taken from what a client sends, only from its login, or from a chat service's token.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
import secrets
import time
from collections.abc import Mapping

import jwt
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from parley_chassis.store import StoreDown
from parley_contracts.refusal import Refused

from ..domain.directory import ServiceSet, UserSet
from ..domain.identity import Identity
from ..domain.login import Login
from ..domain.tries import Key, Rule, keys_of
from ..metrics import LOGINS
from .callers import Caller
from .cookies import Cookies
from .directories import Directories
from .hashing import Hashing
from .identities import key_of
from .logins import Logins
from .second_factors import SecondFactors
from .tries_book import TriesBook

DEVICE = "parley_device"
DEVICE_S = 365 * 24 * 3_600
"""So long a browser is known as one of a user's."""

log = logging.getLogger("parley.gateway")


class Access:
    """Checks passwords and logins. `secret` is what chats' secrets follow from."""

    def __init__(
        self,
        directories: Directories,
        secret: str,
        logins: Logins,
        factors: SecondFactors,
        tries: TriesBook,
        cookies: Cookies,
    ) -> None:
        self._directories, self._secret, self._tries = directories, secret, tries
        self.logins, self.factors, self.cookies = logins, factors, cookies
        self._hasher = PasswordHasher()
        self._hashing = Hashing()
        self._nobody: str | None = None

    def hash(self, password: str) -> str:
        """The argon2 hash to store; takes tens of milliseconds."""
        return self._hasher.hash(password)

    async def log_in(
        self,
        tenant: str,
        user: str,
        password: str,
        address: str,
        device: str | None = None,
        browser: str = "",
        code: str | None = None,
    ) -> tuple[str, Identity]:
        """A login's token and whose it is. `device`: what `device_of` gave to the browser earlier; `browser`: what it calls itself; `code`:
        of the second factor, where the user has one.

        Raises Refused: `unauthorized`; `rate_limited` after too many wrong passwords, before this one is looked at; `unavailable`
        where too many log in at once. Tenants and users that there are none of are treated like all others.
        """
        rules = keys_of(tenant, user, address, self._same_device(tenant, user, device))
        try:
            await self._tries.reserve(rules)
        except Refused:
            LOGINS.labels("rate_limited").inc()
            raise
        directory = self._directories.tenants.get(tenant)
        found = directory.users.get(user) if directory is not None else None
        found = found if found is not None and found.enabled else None
        hashed = found.password if found is not None else None
        try:
            same = await self._same_password(rules, tenant, user, hashed, password, address)
        except Refused:
            LOGINS.labels("unavailable").inc()
            raise
        if not same or found is None:
            LOGINS.labels("wrong").inc()
            log.warning("a login failed", extra={"tenant": tenant if directory is not None else None})
            raise Refused("unauthorized", "Tenant, user or password is wrong.")
        factor = await self._check_factor(rules, tenant, user, code)
        LOGINS.labels("right").inc()
        await self._tries.right(rules)
        mark = mark_of(found.password)
        token, login = await self.logins.begin(tenant, user, found.role, mark, address, browser, int(factor))
        return token, self._identity(login, found)

    async def let_in(self, tenant: str, user: UserSet, address: str, browser: str) -> tuple[str, Identity]:
        """A login of somebody for whom the company's provider vouches, second factor and all."""
        LOGINS.labels("right").inc()
        mark = mark_of(user.password)
        token, login = await self.logins.begin(tenant, user.user, user.role, mark, address, browser, 1)
        return token, self._identity(login, user)

    async def _same_password(
        self, rules: dict[Key, Rule], tenant: str, user: str, hashed: str | None, password: str, address: str
    ) -> bool:
        try:
            return await self._hashing.run(address, f"{tenant}/{user}", lambda: self._verify(hashed, password))
        except Refused:
            await self._tries.give_back(rules)
            raise

    async def _check_factor(self, rules: dict[Key, Rule], tenant: str, user: str, code: str | None) -> bool:
        """Whether the user has a second factor, and its code is right. Raises Refused `unauthorized`, with the fact `second_factor`; a
        wrong code counts as a wrong password, none does not."""
        try:
            if not (await self.factors.standing(tenant, user)).on:
                return False
            if code is not None and await self.factors.check(tenant, user, code):
                return True
        except StoreDown:
            await self._tries.give_back(rules)
            raise
        if code is None:
            await self._tries.give_back(rules)
            raise Refused("unauthorized", "Give the code of your second factor as well.", second_factor="needed")
        LOGINS.labels("wrong").inc()
        raise Refused("unauthorized", "This code is wrong, or was used before.", second_factor="wrong")

    async def check_own_code(self, who: Identity, code: str, address: str) -> None:
        """Whether whoever has a login has its user's second factor as well. Raises Refused `forbidden`, `rate_limited`."""
        rules = keys_of(who.tenant, who.user, address, None)
        await self._tries.reserve(rules)
        if not await self.factors.check(who.tenant, who.user, code):
            raise Refused("forbidden", "code: is wrong, or was used before.")
        await self._tries.right(rules)

    async def confirm_factor(self, who: Identity, code: str, address: str) -> list[str]:
        """The second factor counts from now on, and this login is one with it; the recovery codes. Raises Refused."""
        rules = keys_of(who.tenant, who.user, address, None)
        await self._tries.reserve(rules)
        codes = await self.factors.confirm(who.tenant, who.user, code)
        await self._tries.right(rules)
        await self.logins.prove(who.login)
        await self.logins.end(who.tenant, who.user, but=who.login)
        return codes

    async def check_own_password(self, who: Identity, password: str, address: str) -> None:
        """Whether whoever has a login knows its user's password as well; who guesses waits as at a login. Raises Refused: `forbidden`,
        `rate_limited`, `unavailable`."""
        rules = keys_of(who.tenant, who.user, address, None)
        await self._tries.reserve(rules)
        user = self._directories.tenants[who.tenant].users[who.user]
        if not await self._same_password(rules, who.tenant, who.user, user.password, password, address):
            raise Refused("forbidden", "old: This is not your password.")
        await self._tries.right(rules)

    def device_of(self, identity: Identity, before: str | None) -> str:
        """What tells a browser in which this user has logged in from others: the one that it has, or a new one."""
        if before is not None and self._same_device(identity.tenant, identity.user, before) is not None:
            return before
        claims = {"dev": secrets.token_hex(16), "ten": identity.tenant, "sub": identity.user, "aud": DEVICE}
        return jwt.encode({**claims, "exp": int(time.time()) + DEVICE_S}, self._secret, algorithm="HS256")

    def _same_device(self, tenant: str, user: str, device: str | None) -> str | None:
        """The browser's own name, where it is one of this user's."""
        if not device:
            return None
        try:
            claims = jwt.decode(device, self._secret, algorithms=["HS256"], audience=DEVICE)
        except jwt.InvalidTokenError:
            return None
        return str(claims["dev"]) if (claims["ten"], claims["sub"]) == (tenant, user) else None

    def _verify(self, hashed: str | None, password: str) -> bool:
        if (
            self._nobody is None
        ):  # made by the first login, whosever it is: a hash takes longer than all the rest of a start
            self._nobody = self._hasher.hash(secrets.token_hex())
        try:
            return self._hasher.verify(hashed or self._nobody, password) and bool(hashed)
        except (VerificationError, InvalidHashError):
            return False

    async def identify(self, headers: Mapping[str, str], cookies: Mapping[str, str], scheme: str) -> Identity:
        """Whose login a request carries: `Authorization: Bearer`, else the cookie, which counts only for pages of ours. Raises Refused
        `unauthorized`, `origin_not_allowed`; StoreDown."""
        authorization = headers.get("authorization", "")
        if authorization[:7].lower() == "bearer ":
            token = authorization[7:].strip()
        elif token := self.cookies.login(cookies, scheme, headers.get("host", "")):
            Caller.of(headers, scheme).require_own_page()
        if not token:
            raise Refused("unauthorized", "Log in first: POST /v1/login.")
        login = await self.logins.find(token)
        found = self._user(login.tenant, login.user, login.role) if login is not None else None
        if login is None or found is None or mark_of(found.password) not in login.marks.split():
            raise Refused("unauthorized", "Your login has ended: log in again.")
        return self._identity(login, found)

    def _identity(self, login: Login, user: UserSet) -> Identity:
        enrols = not login.factor and login.role in self._directories.tenants[login.tenant].settings.second_factor
        ends = login.expires_at / 1_000
        return Identity(login.tenant, login.user, user.name, login.role, ends, enrols, login.login)

    def _user(self, tenant: str, user: str, role: str) -> UserSet | None:
        directory = self._directories.tenants.get(tenant)
        found = directory.users.get(user) if directory is not None else None
        return found if found is not None and found.enabled and found.role == role else None

    def still_holds(self, identity: Identity) -> bool:
        """Whether the login's user is still there, and has the same role (R5)."""
        return self._user(identity.tenant, identity.user, identity.role) is not None

    def name_of(self, identity: Identity) -> str:
        """What the login's user is called now."""
        user = self._user(identity.tenant, identity.user, identity.role)
        return identity.name if user is None else user.name

    async def hashed(self, password: str, old: UserSet | None = None) -> str:
        """The hash to store for a password: the old one where it is the same, so that nothing changes. Raises Refused
        `unavailable`."""

        def hash_or_old() -> str:
            return old.password if old is not None and self._verify(old.password, password) else self.hash(password)

        return await self._hashing.run("", "", hash_or_old)

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
        """The item that a message with this id becomes (R8), likewise; short enough to be told over a telephone."""
        name = self._derived(f"message/{tenant}/{service}/{id}")
        return "-".join((name[:4], name[4:8], name[8:12]))

    def _derived(self, what: str) -> str:
        digest = hmac.new(self._secret.encode(), what.encode(), hashlib.sha256).digest()
        return base64.b32encode(digest)[:26].decode().lower()

    def close(self) -> None:
        """Check no more."""
        self._hashing.close()
        self._tries.close()


def mark_of(password: str) -> str:
    """Tells a password, as it is stored, from a later one."""
    return hashlib.sha256(password.encode()).hexdigest()[:12]


def require(identity: Identity, *roles: str) -> Identity:
    """The identity, when it has one of these roles, or where any will do, and need not set up a second factor first. Raises Refused
    `forbidden`."""
    if identity.enrols:
        raise Refused("forbidden", "Set up your second factor first, at /account.", second_factor="missing")
    if roles and identity.role not in roles:
        raise Refused("forbidden", f"This needs the role {' or '.join(roles)}; you are {identity.role}.")
    return identity


def check_origin(service: ServiceSet, caller: Caller) -> None:
    """R2: a page's origin must be allowed by the chat service. Raises Refused `origin_not_allowed`."""
    if caller.origin is None:
        if not service.without_origin:
            raise Refused("origin_not_allowed", "This chat service is for web pages: send an Origin.")
    elif caller.origin not in service.origins and not ("self" in service.origins and caller.is_own_page):
        raise Refused("origin_not_allowed", f"This chat service does not allow pages of {caller.origin}.")
