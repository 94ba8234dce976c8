"""R24: a company's website vouches for its visitor: a short-lived JWT, signed with the chat service's own key."""

from __future__ import annotations

import hashlib
import hmac
import time
from typing import Annotated, Any, NamedTuple

import jwt
from parley_contracts import contact_values as judge
from parley_contracts.contacts import LONGEST_CUSTOMER_NUMBER, LONGEST_ORGANISATION, MOST_VALUES, ContactFields
from parley_contracts.refusal import Refused
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..contacts.contact_checks import ContactTyped
from ..contacts.optional_texts import Judge, Why, all_taken, line, taken, whole_line
from ..typed import Clean

LONGEST_S = 600
LEEWAY_S = 10
"""So far the website's clock and ours may be apart."""

_LINES: dict[str, Judge] = {
    "name": judge.name,
    "organisation": line(LONGEST_ORGANISATION),
    "customer_number": whole_line(LONGEST_CUSTOMER_NUMBER),
}


class Claims(BaseModel):
    """The claims that the check goes by: the library looks at the times, but not at what kind of value they are."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")

    sub: Annotated[Clean, Field(min_length=1, max_length=200)]
    jti: Annotated[Clean, Field(min_length=1, max_length=64)]
    exp: Annotated[float, Field(allow_inf_nan=False)]


class Vouched(NamedTuple):
    """Whom the website has vouched for. `subject`: the website's own name for them; `expires_at` in milliseconds since 1970:
    until then `token_id` is good for one chat. `dropped`: which claims about the visitor were not taken as they are, and why."""

    subject: str
    token_id: str
    expires_at: int
    fields: ContactFields
    dropped: dict[str, Why]


def key_of(secret: str, tenant: str, service: str, salt: str) -> str:
    """A chat service's key, from the installation's secret: the log holds only the salt, and another salt is another key."""
    return hmac.new(secret.encode(), f"identity/{tenant}/{service}/{salt}".encode(), hashlib.sha256).hexdigest()


def check_identity(token: str, key: str | None, audience: str, region: str) -> Vouched:
    """Who a token vouches for: signed with `key` by HS256, for the chat service whose public token is `audience`.

    Claims: `sub`, `jti`, `iat`, `exp` (ten minutes ahead at most), `aud`; and what is known of the visitor: `name`, `email`,
    `phone`, `customer_number`, `organisation`, taken as far as they are usable. Raises Refused `unauthorized`.
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
    fields, dropped = _fields(content, region)
    return Vouched(claims.sub, claims.jti, int((claims.exp + LEEWAY_S) * 1000), fields, dropped)


def _fields(claims: dict[str, Any], region: str) -> tuple[ContactFields, dict[str, Why]]:
    """What a new contact begins with, and what was not taken as it was said; no claim about the visitor is a reason to refuse."""
    lines, dropped = all_taken(claims, _LINES)
    emails, phones = _several(claims, "email", judge.address, dropped), _several(claims, "phone", judge.number, dropped)
    called = (lines.pop("name"), *emails, claims["sub"])
    name = next(filter(None, (judge.name(text).value for text in called if text)), "?")
    typed = ContactTyped(name=name, emails=emails, phones=phones, **lines)
    return typed.fields(region), {f"identity.{claim}": why for claim, why in dropped.items()}


def _several(claims: dict[str, Any], claim: str, how: Judge, dropped: dict[str, Why]) -> tuple[str, ...]:
    """The values of a claim that may be one or a list."""
    said = claims.get(claim)
    found = [taken(one, how) for one in (said if isinstance(said, list) else [said])]
    whys = [why for _, why in found if why is not None]
    values = tuple(dict.fromkeys(value for value, _ in found if value is not None))
    if whys or len(values) > MOST_VALUES:
        dropped[claim] = (whys or ["cut"])[0]
    return values[:MOST_VALUES]


def _refused(why: str) -> Refused:
    return Refused("unauthorized", f"The identity is not valid: {why}. Or leave it out.")
