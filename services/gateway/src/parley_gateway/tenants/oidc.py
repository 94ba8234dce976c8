"""Logins by a company's own provider: OpenID Connect, the authorization code with PKCE."""

from __future__ import annotations

import hashlib
import hmac
import logging
from secrets import token_urlsafe
from time import monotonic
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx2
import msgspec
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from parley_chassis.clock import Clock, system_clock
from parley_chassis.sealed import Sealing
from parley_contracts.refusal import Refused

from ..bounded import Bounded
from ..domain.directory import Directory, UserSet
from ..domain.identity import Identity
from ..domain.licence import take_seat
from ..domain.oidc import Comer, Provider, comer
from .access import Access
from .directories import Directories
from .licences import Licences
from .tables import Asking, Tables

MADE_BY = (
    "CREATE TABLE IF NOT EXISTS $oidc_flows (state TEXT PRIMARY KEY, tenant TEXT NOT NULL, browser TEXT NOT NULL, "
    "sealed TEXT NOT NULL, nonce TEXT NOT NULL, back TEXT NOT NULL, target TEXT NOT NULL, expires_at BIGINT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS $oidc_secrets (tenant TEXT PRIMARY KEY, sealed TEXT NOT NULL)",
)
FLOW_MS = 10 * 60_000
"""So long somebody may take at their provider."""
KNOWN_S = 3_600.0
"""So long what a provider says of itself is not asked again; an unknown key is asked for, once a minute."""
ASKED_ANEW_S = 60.0
ANSWER_WITHIN_S = 10.0
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
"""Signatures by a key of the provider alone: none that its clients could make."""
LEEWAY_S = 60

log = logging.getLogger("parley.gateway")


class Flow(NamedTuple):
    """Somebody on their way to their provider and back."""

    tenant: str
    verifier: str
    nonce: str
    back: str
    target: str


class Oidc:
    """`issuers`: the providers that companies may use, comma-separated; of others nothing is asked."""

    def __init__(
        self,
        directories: Directories,
        access: Access,
        licences: Licences,
        tables: Tables,
        secret: str,
        issuers: str,
        clock: Clock = system_clock,
    ) -> None:
        self._directories, self._access, self._licences, self._tables = directories, access, licences, tables
        self._sealing, self.clock = Sealing(secret), clock
        self._issuers = {each.strip().rstrip("/") for each in issuers.split(",") if each.strip()}
        for issuer in self._issuers:
            if urlsplit(issuer).scheme not in ("https", "http") or not urlsplit(issuer).hostname:
                raise ValueError(f"PARLEY_OIDC_ISSUERS: {issuer} is no address: write https://…, comma-separated")
        self._known: Bounded[str, tuple[float, dict[str, Any]]] = Bounded()

    # --- what a company has set -----------------------------------------------------------------------------------------

    @property
    def allowed(self) -> tuple[str, ...]:
        """The providers that companies may use."""
        return tuple(sorted(self._issuers))

    def allows(self, issuer: str) -> bool:
        """Whether companies may use this provider here."""
        return issuer.rstrip("/") in self._issuers

    def provider(self, tenant: str) -> Provider | None:
        """A company's, where it has one that may be used."""
        directory = self._directories.tenants.get(tenant)
        found = directory.settings.oidc if directory is not None else {}
        provider = msgspec.convert(found, Provider) if found else None
        return provider if provider is not None and self.allows(provider.issuer) else None

    async def keep_secret(self, tenant: str, secret: str | None) -> None:
        """The client's secret at the provider; None: it has none, and PKCE is enough. Raises StoreDown."""

        def put(ask: Asking) -> None:
            ask("DELETE FROM $oidc_secrets WHERE tenant = ?", tenant)
            if secret is not None:
                ask("INSERT INTO $oidc_secrets VALUES (?, ?)", tenant, self._sealing.seal(secret, "oidc", tenant))

        await self._tables(put)

    async def has_secret(self, tenant: str) -> bool:
        """Raises StoreDown."""
        return await self._secret(tenant) is not None

    async def _secret(self, tenant: str) -> str | None:
        rows = await self._tables(lambda ask: ask("SELECT sealed FROM $oidc_secrets WHERE tenant = ?", tenant))
        return self._sealing.open(rows[0][0], "oidc", tenant) if rows else None

    # --- there and back ---------------------------------------------------------------------------------------------------

    async def begin(self, tenant: str, back: str, target: str) -> tuple[str, str]:
        """Where the browser goes, and what it has to bring back in a cookie. Raises Refused."""
        provider = self.provider(tenant)
        if provider is None:
            raise Refused("not_found", "This company has no provider of logins.")
        known = await self._described(provider)
        state, verifier, nonce, browser = (token_urlsafe(32) for _ in range(4))
        async with self._client(provider, None, back) as client:
            url, _ = client.create_authorization_url(
                known["authorization_endpoint"], state=state, code_verifier=verifier, nonce=nonce
            )
        now = self.clock()

        def put(ask: Asking) -> None:
            ask("DELETE FROM $oidc_flows WHERE expires_at <= ?", now)
            row = (
                _hash(state),
                tenant,
                _hash(browser),
                self._sealing.seal(verifier, "flow", state),
                nonce,
                back,
                target,
            )
            ask("INSERT INTO $oidc_flows VALUES (?, ?, ?, ?, ?, ?, ?, ?)", *row, now + FLOW_MS)

        await self._tables(put)
        return url, browser

    async def finish(self, state: str, browser: str, code: str, address: str, agent: str) -> tuple[str, Identity, str]:
        """A login's token, whose it is, and where they wanted to go. Raises Refused."""
        flow = await self._take(state, browser)
        provider = self.provider(flow.tenant)
        if provider is None:
            raise Refused("not_found", "This company has no provider of logins.")
        known = await self._described(provider)
        claims = await self._claims(provider, known, flow, code)
        user = await self._taken_in(flow.tenant, comer(provider, claims))
        token, identity = await self._access.let_in(flow.tenant, user, address, agent)
        return token, identity, flow.target

    async def _take(self, state: str, browser: str) -> Flow:
        text = (
            "DELETE FROM $oidc_flows WHERE state = ? RETURNING tenant, browser, sealed, nonce, back, target, expires_at"
        )
        rows = await self._tables(lambda ask: ask(text, _hash(state)))
        if rows and rows[0][6] > self.clock() and hmac.compare_digest(rows[0][1], _hash(browser)):
            tenant, _, sealed, nonce, back, target, _ = rows[0]
            verifier = self._sealing.open(sealed, "flow", state)
            if verifier is not None:
                return Flow(tenant, verifier, nonce, back, target)
        raise Refused("unauthorized", "This login was begun elsewhere, or too long ago: begin again.")

    async def _claims(self, provider: Provider, known: dict[str, Any], flow: Flow, code: str) -> dict[str, Any]:
        secret = await self._secret(flow.tenant)
        try:
            async with self._client(provider, secret, flow.back) as client:
                token = await client.fetch_token(known["token_endpoint"], code=code, code_verifier=flow.verifier)
            given = token.get("id_token")
            claims = await self._checked(provider, known, given if isinstance(given, str) else "")
        except (AuthlibBaseError, JoseError, httpx2.HTTPError, ValueError, KeyError, TypeError) as error:
            log.warning(
                "a provider's login failed",
                extra={"tenant": flow.tenant, "reason": f"{type(error).__name__}: {error}"[:300]},
            )
            raise Refused("unauthorized", "Your provider did not confirm this login: begin again.") from None
        if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), flow.nonce.encode()):
            raise Refused("unauthorized", "Your provider answered for another login: begin again.")
        return claims

    async def _checked(self, provider: Provider, known: dict[str, Any], token: str) -> dict[str, Any]:
        """The claims of an ID token that is the provider's, for us, and of now. Raises JoseError, ValueError."""
        try:
            decoded = jwt.decode(token, KeySet.import_key_set(known["keys"]), algorithms=ALGORITHMS)
        except ValueError:  # no such key: the provider may have new ones
            known = await self._described(provider, anew=True)
            decoded = jwt.decode(token, KeySet.import_key_set(known["keys"]), algorithms=ALGORITHMS)
        claims: dict[str, Any] = dict(decoded.claims)
        registry = jwt.JWTClaimsRegistry(
            now=self.clock() // 1_000,
            leeway=LEEWAY_S,
            iss={"essential": True, "value": known["issuer"]},
            aud={"essential": True, "value": provider.client_id},
            exp={"essential": True},
            iat={"essential": True},
            sub={"essential": True},
            nonce={"essential": True},
        )
        registry.validate(claims)
        if claims.get("azp", provider.client_id) != provider.client_id or not isinstance(claims["sub"], str):
            raise ValueError("the token is for another client")
        return claims

    async def _described(self, provider: Provider, anew: bool = False) -> dict[str, Any]:
        """What a provider says of itself, and its keys. Raises Refused `unavailable`."""
        found = self._known.get(provider.issuer)
        age = monotonic() - found[0] if found is not None else 0.0
        if found is not None and age < (ASKED_ANEW_S if anew else KNOWN_S):
            return found[1]
        here = provider.issuer.rstrip("/")
        try:
            async with httpx2.AsyncClient(timeout=ANSWER_WITHIN_S, follow_redirects=False) as client:
                told = (await client.get(f"{here}/.well-known/openid-configuration")).raise_for_status().json()
                if str(told["issuer"]).rstrip("/") != here:
                    raise ValueError(f"it calls itself {told['issuer']}")
                keys = (await client.get(told["jwks_uri"])).raise_for_status().json()
            known = {name: str(told[name]) for name in ("issuer", "authorization_endpoint", "token_endpoint")}
            if any(urlsplit(known[name]).scheme not in ("https", urlsplit(here).scheme) for name in known):
                raise ValueError("it speaks unencrypted")
        except (httpx2.HTTPError, ValueError, KeyError, TypeError) as error:
            log.error("a provider of logins does not answer", extra={"issuer": here, "reason": str(error)[:300]})
            raise Refused("unavailable", "Your provider does not answer at the moment: try again.") from None
        return self._known.set(provider.issuer, (monotonic(), {**known, "keys": keys}))[1]

    @staticmethod
    def _client(provider: Provider, secret: str | None, back: str) -> AsyncOAuth2Client:
        return AsyncOAuth2Client(
            client_id=provider.client_id,
            client_secret=secret,
            token_endpoint_auth_method="client_secret_basic" if secret else "none",
            scope=provider.scope,
            redirect_uri=back,
            code_challenge_method="S256",
            timeout=ANSWER_WITHIN_S,
        )

    # --- users ------------------------------------------------------------------------------------------------------------

    async def _taken_in(self, tenant: str, who: Comer) -> UserSet:
        """The user whom the provider vouches for: made at the first login, and kept as the provider has them. Raises Refused."""
        directory = self._directories.tenants[tenant]
        old = directory.users.get(who.user)
        if old is not None and old.subject != who.subject:
            raise Refused("conflict", f"There is another user {who.user} here: ask an administrator.")
        if old is not None and not old.enabled:
            raise Refused("unauthorized", "This user is disabled.")
        user = UserSet(
            at=self.clock(),
            by="system",
            user=who.user,
            name=who.name,
            role=who.role,  # type: ignore[arg-type]  # checked where it was set
            password="",
            skills=old.skills if old is not None else {},
            email=who.email,
            subject=who.subject,
        )
        await self._directories.change(tenant, user, lambda directory: self._seat(directory, user))
        if old is not None and old.role != user.role:
            await self._access.logins.end(tenant, user.user)
        return user

    def _seat(self, directory: Directory, user: UserSet) -> None:
        old = directory.users.get(user.user)
        if user.role == "agent" and (old is None or old.role != "agent"):
            take_seat(self._licences.seated(directory, user.at), directory.seats_used())


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
