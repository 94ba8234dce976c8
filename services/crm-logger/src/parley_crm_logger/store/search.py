"""The search for contacts: from a query to those that it may mean, the likeliest first (R24)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any, NamedTuple

from ..domain.folding import ADDRESS, CUSTOMER, NUMBER, SOUNDS_LIKE, identifiers, near, steps
from ..domain.query import Nearly, Query, Token, score, understood
from . import contacts
from .database import Database

MOST_CANDIDATES = 200
"""So many contacts are looked at to rank them."""
MOST_TERMS = 100
"""So many terms are taken to stand for one word of a query, of each way in which they may."""
HIGHEST = "\U0010ffff"

WHY = {CUSTOMER: "customer_number", ADDRESS: "email", NUMBER: "phone", SOUNDS_LIKE: "name"}
_WEIGHT = {"customer_number": 4, "email": 3, "phone": 2, "name": 1}


def search(db: Database, cursor: Any, generation: int, tenant: str, text: str, limit: int) -> list[str]:
    """The contacts that a query may mean, the likeliest first, at most `limit`; of several that are merged the one that
    stands for all. Nothing in the query: the newest."""
    query = understood(text)
    if not query.tokens and not query.whole:
        return [] if text.strip() else contacts.newest(db, cursor, generation, tenant, limit)
    nearly: list[Nearly] = [{} for _ in query.tokens]
    looked_at = _Search(db, cursor, generation, tenant).candidates(query, limit, nearly)
    rows = contacts.by_name(db, cursor, generation, tenant, looked_at)
    points = {name: score(query, contacts.fields_of(row), nearly) for name, row in rows.items()}
    ranked = sorted(rows, key=lambda name: (-points[name], rows[name]["name"], name))
    merged = [name for name in ranked if rows[name]["merged_into"] is not None]
    chains = contacts.upwards(db, cursor, generation, tenant, merged)
    return list(dict.fromkeys(chains.get(name, [name])[-1] for name in ranked))[:limit]


Terms = Sequence[str] | str
"""Some terms; or all that begin with a text."""


class _Search(NamedTuple):
    db: Database
    cursor: Any
    generation: int
    tenant: str

    def candidates(self, query: Query, limit: int, nearly: list[Nearly]) -> list[str]:
        """Contacts by ever wider readings of the query, until there are enough: what each token is; what it begins; what it
        is nearly (which `nearly` gets to know); what has it in the middle; and if there is none that has all, those that
        have any."""
        found = dict.fromkeys(self._with([list(query.whole)])) if query.whole else {}
        if found or not query.tokens:
            return list(found)  # a whole address, or a whole number of a customer: nobody else is meant
        exact = [token.exact for token in query.tokens]
        wide = exact
        found |= dict.fromkeys(self._with(exact))
        if len(found) < limit:
            found |= dict.fromkeys(self._with([self._begins(token) for token in query.tokens]))
        for widen in (self._nearly, self._inside):
            if len(found) >= limit:
                break
            for place, token in enumerate(query.tokens):
                more = widen(token)
                begun = self._beginning(token) if wide is exact else {}
                wide = [[*terms, *begun, *more] if at == place else terms for at, terms in enumerate(wide)]
                if widen == self._nearly:
                    nearly[place].update(more)
            found |= dict.fromkeys(self._with(wide))
        if not found:
            found = dict.fromkeys(name for terms in wide for name in self._with([terms]))
        return list(found)[:MOST_CANDIDATES]

    def _with(self, groups: Sequence[Terms]) -> list[str]:
        """Contacts that have one term of each group."""
        conditions: list[str] = []
        given: list[Any] = []
        for number, terms in enumerate(groups):
            if isinstance(terms, str):
                condition, values = f"t{number}.term >= ? AND t{number}.term < ?", [terms, terms + HIGHEST]
            else:
                condition, values = self.db.among(f"t{number}.term", list(dict.fromkeys(terms)))
            conditions.append(f"t{number}.tenant = ? AND {condition}")
            given += [self.tenant, *values]
        joins = " ".join(
            f"JOIN $terms_{self.generation} t{number} ON t{number}.contact = t0.contact"
            for number in range(1, len(groups))
        )
        text = (
            f"SELECT t0.contact FROM $terms_{self.generation} t0 {joins} WHERE {' AND '.join(conditions)} "
            f"LIMIT {MOST_CANDIDATES}"
        )
        return [row["contact"] for row in self.db.ask(self.cursor, text, given)]

    def _begins(self, token: Token) -> Terms:
        """Whatever begins with a word; of a number, which may be written in several ways, some."""
        return [*token.exact, *self._beginning(token)] if token.number else token.ways[0]

    def _beginning(self, token: Token) -> dict[str, int]:
        found: dict[str, int] = {}
        for begin in token.exact:
            text = f"SELECT term FROM $parts_{self.generation} WHERE tenant = ? AND term > ? AND term < ? LIMIT ?"
            given = (self.tenant, begin, begin + HIGHEST, MOST_TERMS)
            found |= {row["term"]: 0 for row in self.db.ask(self.cursor, text, given)}
        return found

    def _nearly(self, token: Token) -> dict[str, int]:
        found: dict[str, int] = {}
        for word in token.ways:
            if keys := near(word):
                condition, values = self.db.among("key", sorted(keys))
                text = f"SELECT DISTINCT term FROM $near_{self.generation} WHERE tenant = ? AND {condition} LIMIT 300"
                rows = self.db.ask(self.cursor, text, (self.tenant, *values))
                found |= {row["term"]: steps(word, row["term"]) for row in rows}
        nearest = sorted(found, key=lambda term: (found[term], term))[:MOST_TERMS]
        return {term: found[term] for term in nearest}

    def _inside(self, token: Token) -> dict[str, int]:
        found: dict[str, int] = {}
        for part in token.part:
            terms = self.db.terms_with(self.cursor, self.generation, self.tenant, part, MOST_TERMS)
            found |= dict.fromkeys(terms, 0)
        return found


# --- duplicates ------------------------------------------------------------------------------------------------------


class Pair(NamedTuple):
    """Two contacts that may be the same person, and what they have in common."""

    contacts: tuple[str, str]
    why: tuple[str, ...]


def duplicates(db: Database, cursor: Any, generation: int, tenant: str, contact: str | None, limit: int) -> list[Pair]:
    """Pairs of contacts that may be the same person and are not merged, the likeliest first."""
    if contact is None:
        shared = _shared_terms(db, cursor, generation, tenant, limit)
    else:
        rows = contacts.by_name(db, cursor, generation, tenant, [contact])
        shared = sorted(identifiers(contacts.fields_of(rows[contact]))) if rows else []
    whys: dict[tuple[str, str], set[str]] = {}
    for term in shared:
        holders = holders_of(db, cursor, generation, tenant, term)
        if contact is None:
            pairs_here = list(combinations(sorted(holders), 2))
        else:
            pairs_here = [(min(contact, other), max(contact, other)) for other in holders if other != contact]
        for pair in pairs_here:
            whys.setdefault(pair, set()).add(WHY[term[0]])
    chains = contacts.upwards(db, cursor, generation, tenant, sorted({name for pair in whys for name in pair}))
    pairs = [
        Pair(pair, tuple(sorted(why, key=lambda one: -_WEIGHT[one])))
        for pair, why in whys.items()
        if chains[pair[0]][-1] != chains[pair[1]][-1]
    ]
    return sorted(pairs, key=lambda pair: (-sum(_WEIGHT[why] for why in pair.why), pair.contacts))[:limit]


def holders_of(db: Database, cursor: Any, generation: int, tenant: str, term: str, most: int = 20) -> list[str]:
    """The contacts that have a term."""
    text = f"SELECT contact FROM $terms_{generation} WHERE tenant = ? AND term = ? ORDER BY contact LIMIT ?"
    return [row["contact"] for row in db.ask(cursor, text, (tenant, term, most))]


def _shared_terms(db: Database, cursor: Any, generation: int, tenant: str, limit: int) -> list[str]:
    """Terms that several contacts have, of those that mean something."""
    found: list[str] = []
    for kind in WHY:
        text = (
            f"SELECT term FROM $terms_{generation} WHERE tenant = ? AND term > ? AND term < ? "
            "GROUP BY term HAVING count(*) > 1 ORDER BY term LIMIT ?"
        )
        found += [row["term"] for row in db.ask(cursor, text, (tenant, kind, kind + HIGHEST, 5 * limit))]
    return found
