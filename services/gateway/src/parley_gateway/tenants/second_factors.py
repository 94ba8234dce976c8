"""Second factors: codes that change every half minute (TOTP, RFC 6238), and recovery codes for whoever has lost the device."""

from __future__ import annotations

import hashlib
import hmac
import re
from secrets import choice
from typing import NamedTuple

import pyotp
from parley_chassis.clock import Clock, system_clock
from parley_chassis.sealed import Sealing
from parley_contracts.refusal import Refused

from .tables import Asking, Tables

MADE_BY = (
    "CREATE TABLE IF NOT EXISTS $second_factors (tenant TEXT NOT NULL, user_name TEXT NOT NULL, sealed TEXT NOT NULL, "
    "confirmed BIGINT NOT NULL, step BIGINT NOT NULL, PRIMARY KEY (tenant, user_name))",
    "CREATE TABLE IF NOT EXISTS $recovery_codes (tenant TEXT NOT NULL, user_name TEXT NOT NULL, hash TEXT NOT NULL, "
    "PRIMARY KEY (tenant, user_name, hash))",
)
STEP_S = 30
AROUND = 1
"""So many steps a clock may be wrong."""
CODES = 10
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
ISSUER = "Parley"


class Standing(NamedTuple):
    """Whether somebody has one, and how many recovery codes are left."""

    on: bool
    codes_left: int


class SecondFactors:
    """One a user. A code holds once: whoever has looked over a shoulder is late."""

    def __init__(self, tables: Tables, secret: str, clock: Clock = system_clock) -> None:
        self._tables, self._sealing, self._secret = tables, Sealing(secret), secret.encode()
        self.clock = clock

    async def standing(self, tenant: str, user: str) -> Standing:
        """Raises StoreDown."""

        def look(ask: Asking) -> Standing:
            rows = ask("SELECT confirmed FROM $second_factors WHERE tenant = ? AND user_name = ?", tenant, user)
            ((left,),) = ask("SELECT count(*) FROM $recovery_codes WHERE tenant = ? AND user_name = ?", tenant, user)
            return Standing(bool(rows and rows[0][0]), left)

        return await self._tables(look)

    async def begin(self, tenant: str, user: str) -> tuple[str, str]:
        """A new secret, and the address that authenticators read. It counts from when its first code was given. Raises Refused
        `conflict` where there is one that counts; StoreDown."""
        secret = pyotp.random_base32()
        sealed = self._sealing.seal(secret, "totp", tenant, user)

        def put(ask: Asking) -> bool:
            text = (
                "INSERT INTO $second_factors VALUES (?, ?, ?, 0, 0) ON CONFLICT (tenant, user_name) DO UPDATE SET "
                "sealed = excluded.sealed, step = 0 WHERE $second_factors.confirmed = 0 RETURNING user_name"
            )
            return bool(ask(text, tenant, user, sealed))

        if not await self._tables(put):
            raise Refused("conflict", "You have a second factor already: take it away first.")
        return secret, pyotp.TOTP(secret).provisioning_uri(name=f"{user} ({tenant})", issuer_name=ISSUER)

    async def confirm(self, tenant: str, user: str, code: str) -> list[str]:
        """It counts from now on; the recovery codes, which are not shown again. Raises Refused: `wrong_state`, `forbidden`."""
        if (await self.standing(tenant, user)).on:
            raise Refused("conflict", "You have a second factor already.")
        if not await self._is_code(tenant, user, re.sub(r"[\s-]", "", code), confirmed=0):
            raise Refused("forbidden", "code: is wrong: look at the clock of your device, and begin again.")
        return await self.new_codes(tenant, user, confirm=True)

    async def new_codes(self, tenant: str, user: str, *, confirm: bool = False) -> list[str]:
        """Recovery codes in the place of those before. Raises StoreDown."""
        codes = ["-".join("".join(choice(LETTERS) for _ in range(5)) for _ in range(2)) for _ in range(CODES)]

        def put(ask: Asking) -> None:
            if confirm:
                ask("UPDATE $second_factors SET confirmed = 1 WHERE tenant = ? AND user_name = ?", tenant, user)
            ask("DELETE FROM $recovery_codes WHERE tenant = ? AND user_name = ?", tenant, user)
            for code in codes:
                ask("INSERT INTO $recovery_codes VALUES (?, ?, ?)", tenant, user, self._hash(tenant, user, code))

        await self._tables(put)
        return codes

    async def check(self, tenant: str, user: str, code: str) -> bool:
        """Whether it is a code of theirs, of the device or a recovery code; it holds once. Raises StoreDown."""
        bare = re.sub(r"[\s-]", "", code.casefold())
        if bare.isdecimal() and len(bare) == 6:
            return await self._is_code(tenant, user, bare, confirmed=1)
        text = "DELETE FROM $recovery_codes WHERE tenant = ? AND user_name = ? AND hash = ? RETURNING hash"
        return bool(await self._tables(lambda ask: ask(text, tenant, user, self._hash(tenant, user, bare))))

    async def forget(self, tenant: str, user: str) -> None:
        """They have none any more. Raises StoreDown."""

        def take(ask: Asking) -> None:
            ask("DELETE FROM $second_factors WHERE tenant = ? AND user_name = ?", tenant, user)
            ask("DELETE FROM $recovery_codes WHERE tenant = ? AND user_name = ?", tenant, user)

        await self._tables(take)

    async def _is_code(self, tenant: str, user: str, code: str, confirmed: int) -> bool:
        now = self.clock() // 1_000 // STEP_S

        def look(ask: Asking) -> bool:
            text = "SELECT sealed FROM $second_factors WHERE tenant = ? AND user_name = ? AND confirmed = ?"
            rows = ask(text, tenant, user, confirmed)
            secret = self._sealing.open(rows[0][0], "totp", tenant, user) if rows else None
            if secret is None:
                return False
            totp = pyotp.TOTP(secret)
            for step in range(now - AROUND, now + AROUND + 1):
                if hmac.compare_digest(totp.at(step * STEP_S).encode(), code.encode("utf-8", "replace")):
                    # Later than the last one that was taken: by whichever gateway.
                    used = "UPDATE $second_factors SET step = ? WHERE tenant = ? AND user_name = ? AND step < ? RETURNING step"
                    return bool(ask(used, step, tenant, user, step))
            return False

        return await self._tables(look)

    def _hash(self, tenant: str, user: str, code: str) -> str:
        bare = re.sub(r"[\s-]", "", code.casefold())
        text = f"recovery/{tenant}/{user}/{bare}"
        return hmac.new(self._secret, text.encode("utf-8", "replace"), hashlib.sha256).hexdigest()
