"""R24: a company's website vouches for its visitor: a short-lived JWT, signed with the chat service's own key."""

from __future__ import annotations

import hashlib
import hmac
import time
from typing import Annotated, Any, NamedTuple

import jwt
from parley_contracts.contacts import ContactFields
from parley_contracts.refusal import Refused
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..contacts.contact_checks import ContactTyped
from ..typed import Clean

LONGEST_S = 600
LEEWAY_S = 10
"""So far the website's clock and ours may be apart."""

MOST_CHARACTERS = 4_000


class Claims(BaseModel):
    """The claims that the check goes by: the library looks at the times, but not at what kind of value they are."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")

    sub: Annotated[Clean, Field(min_length=1, max_length=200)]
    jti: Annotated[Clean, Field(min_length=1, max_length=64)]
    exp: Annotated[float, Field(allow_inf_nan=False)]


class Vouched(NamedTuple):
    """Whom the website has vouched for. `subject`: the website's own name for them; `expires_at` in milliseconds since 1970:
    until then `token_id` is good for one chat."""

    subject: str
    token_id: str
    expires_at: int
    fields: ContactFields


def key_of(secret: str, tenant: str, service: str, salt: str) -> str:
    """A chat service's key, from the installation's secret: the log holds only the salt, and another salt is another key."""
    return hmac.new(secret.encode(), f"identity/{tenant}/{service}/{salt}".encode(), hashlib.sha256).hexdigest()


def check_identity(token: str, key: str | None, audience: str, region: str) -> Vouched:
    """Who a token vouches for: signed with `key` by HS256, for the chat service whose public token is `audience`.

    Claims: `sub`, `jti`, `iat`, `exp` (ten minutes ahead at most), `aud`; and what is known of the visitor: `name`, `email`,
    `phone`, `customer_number`, `organisation`. Raises Refused `unauthorized`; `bad_request` for what is said of the visitor.
    """
    if key is None:
        raise _refused("this chat service has no key for identities: an administrator can make one")
    if not token.isascii():
        raise _refused("a token has only letters, digits, - and _, in three parts")
    needed = ["exp", "iat", "sub", "jti", "aud"]
    try:
        content = jwt.decode(
            token, key, algorithms=["HS256"], audience=audience, leeway=LEEWAY_S, options={"require": needed}
        )
        claims = Claims.model_validate(content)
    except jwt.ExpiredSignatureError:
        raise _refused("it has expired: the page needs a new one for each visit") from None
    except jwt.InvalidAudienceError:
        raise _refused("it is for another chat service: `aud` is the token of the snippet") from None
    except jwt.InvalidTokenError as error:
        raise _refused(str(error)) from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise _refused(f"`{first['loc'][0]}`: {first['msg']}") from None
    if claims.exp - time.time() > LONGEST_S + LEEWAY_S:
        raise _refused(f"it lives too long: `exp` may be {LONGEST_S} s ahead at most")
    return Vouched(claims.sub, claims.jti, int((claims.exp + LEEWAY_S) * 1000), _fields(content, region))


def _fields(claims: dict[str, Any], region: str) -> ContactFields:
    single = {name: claims.get(name) for name in ("organisation", "customer_number")}
    many = {"emails": claims.get("email"), "phones": claims.get("phone")}
    try:
        typed = ContactTyped.model_validate(
            {
                "name": claims.get("name") or claims.get("email") or claims["sub"],
                **single,
                **{name: (value,) for name, value in many.items() if value},
            }
        )
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise Refused("bad_request", f"identity: {first['loc'][0]}: {first['msg']}") from None
    return typed.fields(region)


def _refused(why: str) -> Refused:
    return Refused("unauthorized", f"The identity is not valid: {why}. Or leave it out.")
