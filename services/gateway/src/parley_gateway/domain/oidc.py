"""Who comes from a company's own provider of logins (OpenID Connect), and as what."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec
from parley_contracts.refusal import Refused

USER = re.compile(r"[^\s/\x00]{1,64}")


class Provider(msgspec.Struct, frozen=True):
    """A company's provider. `roles`: which value of the claim `roles_claim` is which role here, the first that fits counts;
    `require_claim`: who is let in has one of `require_values` there, such as the directory that they belong to."""

    issuer: str
    client_id: str
    user_claim: str = "preferred_username"
    roles_claim: str = "roles"
    roles: dict[str, str] = {}
    require_claim: str = ""
    require_values: tuple[str, ...] = ()
    scope: str = "openid profile email"


class Comer(NamedTuple):
    """Somebody whom the provider vouches for. `subject` is theirs for good."""

    user: str
    name: str
    role: str
    email: str
    subject: str


def comer(provider: Provider, claims: Mapping[str, Any]) -> Comer:
    """Who it is by the claims of a checked ID token. Raises Refused `forbidden`."""
    if provider.require_claim and not _values(claims, provider.require_claim) & set(provider.require_values):
        raise Refused("forbidden", "Your provider's directory is not one that may come here.")
    had = _values(claims, provider.roles_claim)
    role = next((role for value, role in provider.roles.items() if value in had), None)
    if role is None:
        raise Refused("forbidden", "Your provider gives you no role here: ask an administrator.")
    user = str(claims.get(provider.user_claim, ""))
    if not USER.fullmatch(user):
        raise Refused("forbidden", f"Your provider's {provider.user_claim} cannot be a user's name here.")
    name, email = claims.get("name"), claims.get("email")
    return Comer(
        user,
        name.strip()[:100] if isinstance(name, str) and name.strip() else user,
        role,
        email if isinstance(email, str) and claims.get("email_verified") is True and len(email) <= 254 else "",
        f"{provider.issuer} {claims['sub']}",
    )


def _values(claims: Mapping[str, Any], path: str) -> set[str]:
    """A claim's values: one, or a list; `a.b` is within another."""
    found: Any = claims
    for part in path.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    listed = found if isinstance(found, list) else [found]
    return {each for each in listed if isinstance(each, str)}
