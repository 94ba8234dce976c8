"""The search for contacts: from a query to those that it may mean, the likeliest first (R24)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any, NamedTuple

from ..domain.events import Fields
from ..domain.folding import LONGEST, closed_up, near, steps, words
from ..domain.query import Nearly, Query, Token, score, together, understood
from ..domain.terms import ADDRESS, CUSTOMER, JOINED, NUMBER, SOUNDS_LIKE, identifiers
from . import contacts
from .database import Database, held

MOST_CANDIDATES = 100
"""So many contacts are looked at to rank them."""
SOME, MANY = 3_000, 50_000
"""How far contacts with a term are counted: what matters is whether they are few, and if not, whether they are many."""
MOST_REMEMBERED = 10_000
A_LOOK_UP = 8
"""A contact looked up in an index costs as much as so many gone through in order."""
FEW = 5
"""With so many answers nobody looks for parts of words; of a number a part is often all that is known."""
CERTAIN = 3
"""Who has so many words of a query, all that there are, is meant: nobody looks for what is merely similar."""
MOST_NEAR = 200
MOST_TERMS = 50
"""So many terms are taken to stand for one word of a query, of each way in which they may."""
HIGHEST = "\U0010ffff"

WHY = {CUSTOMER: "customer_number", ADDRESS: "email", NUMBER: "phone", SOUNDS_LIKE: "name"}
_WEIGHT = {"customer_number": 4, "email": 3, "phone": 2, "name": 1}


def search(
    db: Database, cursor: Any, generation: int, tenant: str, text: str, limit: int, region: str = ""
) -> list[str]:
    """The contacts that a query may mean, the likeliest first, at most `limit`; of several that are merged the one that
    stands for all. Nothing in the query: the newest."""
    query = understood(text, region)
    if not query.tokens and not query.whole:
        return [] if text.strip() else contacts.newest(db, cursor, generation, tenant, limit)
    nearly: list[Nearly] = [{} for _ in query.tokens]
    looking = _Search(db, cursor, generation, tenant)
    others = together(query)
    looked_at = list(dict.fromkeys([*looking.written_together(others), *looking.candidates(query, limit, nearly)]))
    rows = contacts.by_name(db, cursor, generation, tenant, looked_at)
    points = {name: _points(query, nearly, others, contacts.fields_of(row)) for name, row in rows.items()}
    ranked = sorted(rows, key=lambda name: (-points[name], rows[name]["name"], name))
    merged = [name for name in ranked if rows[name]["merged_into"] is not None]
    chains = contacts.upwards(db, cursor, generation, tenant, merged)
    return list(dict.fromkeys(chains.get(name, [name])[-1] for name in ranked))[:limit]


def named(db: Database, cursor: Any, generation: int, tenant: str, text: str, region: str = "") -> list[str]:
    """The contacts whom a query names, not merely resembles, with all that are the same persons; at most MOST_CANDIDATES persons."""
    looking = _Search(db, cursor, generation, tenant)
    chains = contacts.upwards(db, cursor, generation, tenant, looking.named(understood(text, region)))
    heads = sorted({chain[-1] for chain in chains.values()})
    merged = contacts.downwards(db, cursor, generation, tenant, heads)
    return [*heads, *(name for names in merged.values() for name in names)]


def _points(query: Query, nearly: Sequence[Nearly], others: Sequence[Query], fields: Fields) -> float:
    return max(score(query, fields, nearly), *(score(other, fields) for other in others), 0.0)


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
        wide = [token.exact for token in query.tokens]
        found |= dict.fromkeys(self._with(wide))
        if found and len(query.tokens) >= CERTAIN:
            return list(found)
        if len(found) < limit:
            found |= dict.fromkeys(self._with([self._begins(token) for token in query.tokens]))
        if len(found) < FEW:
            found |= dict.fromkeys(self._with([self._begins_joined(token) for token in query.tokens]))
        if len(found) < limit:
            for place, token in enumerate(query.tokens):
                nearly[place].update(self._nearly(token))
                wide[place] = [*wide[place], *self._beginning(token), *nearly[place]]
            found |= dict.fromkeys(self._with(wide))
        if len(found) < (limit if any(token.number for token in query.tokens) else FEW):
            wide = [[*terms, *self._inside(token)] for terms, token in zip(wide, query.tokens, strict=True)]
            found |= dict.fromkeys(self._with(wide))
        if not found:
            found = dict.fromkeys(name for terms in wide for name in self._with([terms]))
        return list(found)[:MOST_CANDIDATES]

    def named(self, query: Query) -> list[str]:
        """Contacts whom a query names: a whole address or number of a customer; all its words; or else all as beginnings."""
        found = self._with([list(query.whole)]) if query.whole else []
        if not found and query.tokens:
            found = self._with([token.exact for token in query.tokens])
        if not found and query.tokens and all(token.part for token in query.tokens):
            found = self._with([self._begins(token) for token in query.tokens])
        return found

    def _with(self, groups: Sequence[Terms]) -> list[str]:
        """Contacts that have one term of each group."""
        conditions = [self._condition(terms) for terms in groups]
        found = self._intersection(conditions) if len(groups) > 1 else self._all(*conditions[0])
        if found is None:
            return []
        text, given = found
        rows = self.db.ask(self.cursor, f"{text} LIMIT {MOST_CANDIDATES}", given)
        return [row["contact"] for row in rows]

    def _condition(self, terms: Terms) -> tuple[str, list[Any]]:
        if isinstance(terms, str):
            return "tenant = ? AND term >= ? AND term < ?", [self.tenant, terms, terms + HIGHEST]
        condition, values = self.db.among("term", list(dict.fromkeys(terms)))
        return f"tenant = ? AND {condition}", [self.tenant, *values]

    def _all(self, condition: str, given: list[Any]) -> tuple[str, list[Any]]:
        return f"SELECT contact FROM $terms_{self.generation} WHERE {condition}", given

    def _intersection(self, conditions: list[tuple[str, list[Any]]]) -> tuple[str, list[Any]] | None:
        """Either all lists gone through from end to end, or each contact of the shortest looked up in the others: a planner
        that guesses their lengths does the wrong one now and then, so they are counted (as far as it matters)."""
        lengths = self._lengths(conditions)
        order = sorted(range(len(conditions)), key=lambda place: lengths[place])
        shortest, others = conditions[order[0]], [conditions[place] for place in order[1:]]
        if lengths[order[0]] == 0:
            return None
        if lengths[order[0]] * A_LOOK_UP > sum(lengths) and max(lengths) < MANY:
            lists = [self._all(*condition) for condition in (shortest, *others)]
            return " INTERSECT ".join(text for text, _ in lists), [value for _, given in lists for value in given]
        looked_up = " AND ".join(
            f"(SELECT 1 FROM $terms_{self.generation} t WHERE t.contact = shortest.contact AND {condition} LIMIT 1) = 1"
            for condition, _ in others
        )
        text = (
            f"WITH shortest AS MATERIALIZED (SELECT DISTINCT contact FROM (SELECT contact FROM $terms_{self.generation} "
            f"WHERE {shortest[0]} LIMIT {MANY}) AS first) SELECT contact FROM shortest WHERE {looked_up}"
        )
        return text, [*shortest[1], *(value for _, given in others for value in given)]

    def _lengths(self, conditions: list[tuple[str, list[Any]]]) -> list[int]:
        """How many contacts have a term, of each list; of long ones as it was counted once."""
        remembered = self.db.long_lists
        keys = [(self.generation, condition, repr(given)) for condition, given in conditions]
        lengths = {place: remembered[key] for place, key in enumerate(keys) if key in remembered}
        for most in (SOME, MANY):
            if lacking := [place for place in range(len(keys)) if lengths.get(place, SOME) == SOME]:
                lengths |= self._counted({place: conditions[place] for place in lacking}, most)
        if len(remembered) > MOST_REMEMBERED:
            remembered.clear()
        remembered.update({keys[place]: length for place, length in lengths.items() if length > SOME})
        return [lengths[place] for place in range(len(keys))]

    def _counted(self, conditions: dict[int, tuple[str, list[Any]]], most: int) -> dict[int, int]:
        counts = " UNION ALL ".join(
            f"SELECT {place} AS place, count(*) AS terms FROM (SELECT 1 FROM $terms_{self.generation} WHERE {condition} "
            f"LIMIT {most}) AS counted_{place}"
            for place, (condition, _) in conditions.items()
        )
        rows = self.db.ask(self.cursor, counts, [value for _, given in conditions.values() for value in given])
        return {row["place"]: int(row["terms"]) for row in rows}

    def _begins(self, token: Token) -> Terms:
        """Whatever begins with a word; of a number, which may be written in several ways, some."""
        return [*token.exact, *self._beginning(token)] if token.number else token.ways[0]

    def _begins_joined(self, token: Token) -> Terms:
        """Whatever begins with this as words written together, or as the end of a word in a script without spaces."""
        return token.exact if token.number else JOINED + token.ways[0]

    def written_together(self, others: Sequence[Query]) -> list[str]:
        """Contacts that have one of these other readings of a query."""
        return [name for other in others for name in self._with([token.exact for token in other.tokens])]

    def _beginning(self, token: Token) -> list[str]:
        found: list[str] = []
        for begin in token.begins:
            text = (
                f"SELECT p.term FROM $parts_{self.generation} p WHERE p.tenant = ? AND p.term > ? AND p.term < ? "
                f"AND {held(self.generation)} ORDER BY p.term LIMIT ?"
            )
            given = (self.tenant, begin, begin + HIGHEST, MOST_TERMS)
            found += [row["term"] for row in self.db.ask(self.cursor, text, given)]
        return found

    def _nearly(self, token: Token) -> dict[str, int]:
        found: dict[str, int] = {}
        for word in token.ways:
            if keys := near(word):
                condition, values = self.db.among("key", sorted(keys))
                text = f"SELECT DISTINCT term FROM $near_{self.generation} WHERE tenant = ? AND {condition} LIMIT {MOST_NEAR}"
                rows = self.db.ask(self.cursor, text, (self.tenant, *values))
                found |= {row["term"]: steps(word, row["term"]) for row in rows}
        nearest = sorted(found, key=lambda term: (found[term], term))[:MOST_TERMS]
        return {term: found[term] for term in nearest}

    def _inside(self, token: Token) -> list[str]:
        found: list[str] = []
        for part in token.part:
            found += self.db.terms_with(self.cursor, self.generation, self.tenant, part, MOST_TERMS)
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


def alike(db: Database, cursor: Any, generation: int, tenant: str, fields: Fields, limit: int) -> dict[str, list[str]]:
    """Who stands for contacts that may be the person of these fields, the likeliest first, each with why."""
    whys: dict[str, set[str]] = {}
    for term in sorted(identifiers(fields)):
        for name in holders_of(db, cursor, generation, tenant, term):
            whys.setdefault(name, set()).add(WHY[term[0]])
    for name in _of_the_same_name(db, cursor, generation, tenant, fields):
        whys.setdefault(name, set()).add("name")
    persons: dict[str, set[str]] = {}
    for name, chain in contacts.upwards(db, cursor, generation, tenant, list(whys)).items():
        persons.setdefault(chain[-1], set()).update(whys[name])
    ranked = sorted(persons, key=lambda name: (-sum(_WEIGHT[why] for why in persons[name]), name))[:limit]
    return {name: sorted(persons[name], key=lambda why: -_WEIGHT[why]) for name in ranked}


def _of_the_same_name(db: Database, cursor: Any, generation: int, tenant: str, fields: Fields) -> list[str]:
    """Contacts of just this name, of several words, that are not known to be of another organisation."""
    own = words(fields.name)
    if len(own) < 2:
        return []
    term = JOINED + "".join(own)[:LONGEST]
    rows = contacts.by_name(db, cursor, generation, tenant, holders_of(db, cursor, generation, tenant, term))
    others = {name: contacts.fields_of(row) for name, row in rows.items()}
    firms = {
        name: {closed_up(of.organisation) for of in (fields, other) if of.organisation}
        for name, other in others.items()
    }
    return [name for name, other in others.items() if words(other.name) == own and len(firms[name]) < 2]


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
