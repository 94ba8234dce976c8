"""`python -m bench.contacts --contacts 1000000 --interactions 1000000`: how long the search for contacts and a page of history
take in a CRM of that size, on PostgreSQL (PARLEY_DATABASE_URL, whose data of the crm-logger is thrown away). Prints JSON.

The tables are filled past the services, in bulk, by the same functions that say what a contact is found by; each question is
then asked as a gateway's is, in its own transaction, its answer put together. `--keep` asks again what was filled before.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from statistics import quantiles
from typing import Any

import psycopg
from parley_contracts.contacts import (
    AskCandidates,
    AskContact,
    AskDuplicates,
    AskHistory,
    SearchContacts,
    SearchTranscripts,
)
from parley_contracts.reading import EVERYTHING
from parley_contracts.refusal import Refused
from parley_contracts.shapes import Command
from parley_crm_logger.answers import answer
from parley_crm_logger.domain.events import Fields
from parley_crm_logger.domain.folding import near
from parley_crm_logger.domain.stemming import stems_of
from parley_crm_logger.domain.terms import parts, terms
from parley_crm_logger.store import EVERYBODY, Crm, contacts, open_crm
from parley_crm_logger.store.schema import TABLES

from .texts import dialogues

TENANT = "bench"
NOW = 1_790_000_000_000
AT_ONCE = 20_000
OFTEN = 30
"""The best-known names are so many times as frequent as the average."""

_SYLLABLES = [
    "ba",
    "be",
    "bi",
    "bo",
    "bu",
    "da",
    "de",
    "di",
    "do",
    "du",
    "fa",
    "fe",
    "fi",
    "fo",
    "ga",
    "ge",
    "go",
    "ha",
    "he",
    "hi",
    "ho",
    "ja",
    "jo",
    "ka",
    "ke",
    "ki",
    "ko",
    "la",
    "le",
    "li",
    "lo",
    "lu",
    "ma",
    "me",
    "mi",
    "mo",
    "mu",
    "na",
    "ne",
    "ni",
    "no",
    "pa",
    "pe",
    "po",
    "ra",
    "re",
    "ri",
    "ro",
    "ru",
    "sa",
    "se",
    "si",
    "so",
    "ta",
    "te",
    "ti",
    "to",
    "tu",
    "va",
    "ve",
    "vi",
    "wa",
    "we",
    "wi",
    "za",
    "ze",
    "zi",
    "schu",
    "stein",
    "berg",
    "mann",
    "bach",
    "hof",
    "feld",
    "meier",
    "müller",
    "strauß",
    "kö",
    "grä",
]
_COMMON_FIRST = [
    "Anna",
    "Peter",
    "Maria",
    "Thomas",
    "Sabine",
    "Michael",
    "Jürgen",
    "Wolfgang",
    "Ursula",
    "Klaus",
    "Hans",
    "Monika",
    "Petra",
    "Günter",
    "Jörg",
    "Karin",
    "Lukas",
    "Léa",
]
_COMMON_LAST = [
    "Müller",
    "Schmidt",
    "Schneider",
    "Fischer",
    "Weber",
    "Meyer",
    "Wagner",
    "Becker",
    "Schulz",
    "Hoffmann",
    "Schäfer",
    "Koch",
    "Bauer",
    "Richter",
    "Klein",
    "Wolf",
    "Schröder",
    "Neumann",
    "Schwarz",
    "Zimmermann",
    "Braun",
    "Krüger",
    "Hofmann",
    "Hartmann",
    "Lange",
]
_MAIL = ["example.com", "example.org", "example.net", "mail.example", "post.example", "firma.example"]


def _names(chance: random.Random, number: int, common: list[str]) -> list[str]:
    """Names, the common ones first; a name's place says how often it is met."""
    made = {"".join(chance.choices(_SYLLABLES, k=chance.choice((2, 3, 3)))).capitalize() for _ in range(2 * number)}
    return common + sorted(made - set(common), key=lambda name: chance.random())[: number - len(common)]


class People:
    """Made-up people: few first names, many last ones, the common ones common (Zipf's law)."""

    def __init__(self, seed: int = 1) -> None:
        self._chance = random.Random(seed)
        self.first = _names(self._chance, 3_000, _COMMON_FIRST)
        self.last = _names(self._chance, 150_000, _COMMON_LAST)
        self.organisations = [
            f"{self._chance.choice(self.last)} {kind}" for kind in ("GmbH", "AG", "& Söhne") for _ in range(10_000)
        ]
        self._by_rank = {n: _zipf(n) for n in (len(self.first), len(self.last))}

    def person(self, number: int) -> Fields:
        chance = self._chance
        first, last = (
            chance.choices(names, cum_weights=self._by_rank[len(names)])[0] for names in (self.first, self.last)
        )
        digits = chance.randrange(10**8, 10**9)
        return Fields(
            name=f"{first} {last}",
            emails=(f"{first}.{last}{number}@{chance.choice(_MAIL)}".lower(),),
            phones=(chance.choice((f"+49 30 {digits}", f"030/{digits}", f"+43 1 {digits}")),),
            organisation=chance.choice(self.organisations) if number % 4 == 0 else None,
            customer_number=f"K-{number:07d}",
        )


def _zipf(number: int) -> list[float]:
    total, summed = 0.0, []
    for rank in range(1, number + 1):
        total += 1 / (rank + OFTEN)
        summed.append(total)
    return summed


# --- filling ---------------------------------------------------------------------------------------------------------


def _copy(
    connection: psycopg.Connection[Any], table: str, columns: tuple[str, ...], rows: Iterator[tuple[Any, ...]]
) -> None:
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY crm_logger.{table} ({', '.join(columns)}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row(row)


def fill(url: str, people: int, interactions: int) -> dict[str, float]:
    """Empty tables, filled; the seconds that each part took."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA IF EXISTS crm_logger CASCADE")
    with closing(open_crm(url)) as crm:
        generation = crm.live_generation()
    spent: dict[str, float] = {}
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET synchronous_commit = off")
        began = time.monotonic()
        _fill_contacts(connection, generation, people)
        spent["contacts_s"] = round(time.monotonic() - began, 1)
        began = time.monotonic()
        _fill_interactions(connection, generation, people, interactions)
        spent["interactions_s"] = round(time.monotonic() - began, 1)
        connection.execute("VACUUM ANALYZE")
    return spent


def _fill_contacts(connection: psycopg.Connection[Any], generation: int, people: int) -> None:
    made = People()
    found: set[str] = set()
    everybody = (made.person(number) for number in range(people))
    number = 0
    while some := list(islice(everybody, AT_ONCE)):
        names = [f"c{number + place:07d}" for place in range(len(some))]
        _copy(
            connection,
            f"contacts_{generation}",
            contacts.COLUMNS,
            (
                tuple(
                    (
                        {
                            "tenant": TENANT,
                            "contact": name,
                            "version": 1,
                            "created_at": NOW - 1_000_000 + number,
                            "merged_into": None,
                        }
                        | contacts.as_columns(fields)
                    )[column]
                    for column in contacts.COLUMNS
                )
                for name, fields in zip(names, some, strict=True)
            ),
        )
        of_each = [(name, terms(fields)) for name, fields in zip(names, some, strict=True)]
        _copy(
            connection,
            f"terms_{generation}",
            ("tenant", "term", "contact"),
            ((TENANT, term, name) for name, its in of_each for term in its),
        )
        fresh = {term for _, its in of_each for term in parts(its)} - found
        found |= fresh
        _copy(connection, f"parts_{generation}", ("tenant", "term"), ((TENANT, term) for term in fresh))
        _copy(
            connection,
            f"near_{generation}",
            ("tenant", "key", "term"),
            ((TENANT, key, term) for term in fresh for key in near(term)),
        )
        number += len(some)
        print(f"{number} contacts", file=sys.stderr, flush=True)


def _fill_interactions(connection: psycopg.Connection[Any], generation: int, people: int, interactions: int) -> None:
    """A tenth of the people have half of the interactions, and one has 5,000."""
    chance = random.Random(2)
    spoken, _ = dialogues()
    words = [stems_of([text for _, text in dialogue]) for dialogue in spoken]
    for first in range(0, interactions, AT_ONCE):
        numbers = range(first, min(first + AT_ONCE, interactions))
        whose = {n: 0 if n % 200 == 0 else chance.randrange(people // 10 if n % 2 else people) for n in numbers}
        began = {n: NOW - (interactions - n) * 60_000 for n in numbers}
        facts = TABLES["interactions"].columns
        _copy(
            connection,
            f"interactions_{generation}",
            tuple(facts),
            (
                tuple(
                    {
                        "tenant": TENANT, "item": f"i{n:07d}", "kind": "call" if n % 3 == 0 else "chat", "queue": "support",
                        "service": "demo", "stage": "closed", "outcome": "handled", "agent": "anna", "started_at": began[n],
                        "ended_at": began[n] + 600_000, "closed_at": began[n] + 660_000, "wait_ms": 1, "handle_ms": 2,
                        "wrap_up_ms": 3, "interruptions": 0, "contact": f"c{whose[n]:07d}",
                    }.get(column)
                    for column in facts
                )
                for n in numbers
            ),
        )  # fmt: skip
        chats = [n for n in numbers if n % 3]
        _copy(
            connection,
            f"lines_{generation}",
            ("tenant", "item", "n", "seq", "at", "author", "agent", "name", "text"),
            (
                (
                    TENANT,
                    f"i{n:07d}",
                    place,
                    place,
                    began[n] + place,
                    who,
                    "anna" if who == "agent" else None,
                    None,
                    text,
                )
                for n in chats
                for place, (who, text) in enumerate(spoken[n % len(spoken)][:8], 1)
            ),
        )
        _copy(
            connection,
            f"participants_{generation}",
            ("tenant", "item", "agent", "name", "since"),
            ((TENANT, f"i{n:07d}", "anna", "Anna", began[n]) for n in numbers),
        )
        _copy(
            connection,
            f"texts_{generation}",
            ("tenant", "item", "at", "stems"),
            (
                (TENANT, f"i{n:07d}", began[n], " ".join(f"'{stem}'" for stem in words[n % len(words)].split()))
                for n in chats
            ),
        )
        print(f"{numbers[-1] + 1} interactions", file=sys.stderr, flush=True)


# --- asking ----------------------------------------------------------------------------------------------------------


def _misspelt(chance: random.Random, name: str) -> str:
    """One letter of a name's last word wrong, left out, or changed round with the next."""
    first, _, last = name.rpartition(" ")
    place = chance.randrange(1, max(2, len(last) - 1))
    changed = [
        last[:place] + last[place + 1 :],
        last[:place] + chance.choice("aeinrst") + last[place + 1 :],
        last[:place] + last[place : place + 2][::-1] + last[place + 2 :],
    ]
    return f"{first} {chance.choice(changed)}"


def questions(crm: Crm, people: int, seed: int = 3) -> dict[str, Callable[[], Command]]:
    """By kind: a maker of questions about somebody chosen by chance."""
    chance = random.Random(seed)
    made = People()

    def somebody() -> dict[str, Any]:
        name = f"c{chance.randrange(people):07d}"
        found: dict[str, Any] = answer(crm, AskContact(tenant=TENANT, contact=name), NOW)["contact"]
        return found

    def employed() -> tuple[str, str]:
        while not (who := somebody()).get("organisation"):
            pass
        return who["name"].split()[-1], who["organisation"]

    def search(query: Callable[[], str]) -> Callable[[], Command]:
        return lambda: SearchContacts(tenant=TENANT, query=query())

    def part(text: str, length: int) -> str:
        digits = "".join(filter(str.isdigit, text))
        begin = chance.randrange(2, max(3, len(digits) - length))
        return digits[begin : begin + length]

    return {
        "whole name": search(lambda: somebody()["name"]),
        "last name": search(lambda: somebody()["name"].split()[-1]),
        "misspelt name": search(lambda: _misspelt(chance, somebody()["name"])),
        "very common last name": search(lambda: chance.choice(_COMMON_LAST)),
        "very common whole name": search(lambda: f"{chance.choice(_COMMON_FIRST)} {chance.choice(_COMMON_LAST)}"),
        "very common name misspelt": search(
            lambda: _misspelt(chance, f"{chance.choice(_COMMON_FIRST)} {chance.choice(_COMMON_LAST)}")
        ),
        "rare last name": search(lambda: made.last[-chance.randrange(1, 10_000)]),
        "beginnings of both names": search(lambda: " ".join(word[:4] for word in somebody()["name"].split())),
        "three letters": search(lambda: somebody()["name"].split()[-1][:3]),
        "one letter": search(lambda: chance.choice("abcdefghklmnprstvw")),
        "nothing that there is": search(lambda: "Xqzwvj Qwxyzk"),
        "number": search(lambda: somebody()["phones"][0]),
        "part of a number (6)": search(lambda: part(somebody()["phones"][0], 6)),
        "part of a number (4)": search(lambda: part(somebody()["phones"][0], 4)),
        "part of a number (3)": search(lambda: part(somebody()["phones"][0], 3)),
        "e-mail address": search(lambda: somebody()["emails"][0]),
        "part of an e-mail address": search(lambda: somebody()["emails"][0].split("@")[0][2:]),
        "mail domain": search(lambda: chance.choice(_MAIL)),
        "customer number": search(lambda: somebody()["customer_number"]),
        "last name and organisation": search(lambda: " ".join(employed())),
        "last name and another's organisation": search(
            lambda: f"{somebody()['name'].split()[-1]} {chance.choice(made.organisations)}"
        ),
        "nothing typed": search(lambda: ""),
        "history": lambda: AskHistory(
            tenant=TENANT, reader=EVERYTHING, contact=f"c{chance.randrange(people // 10):07d}"
        ),
        "history of 5,000": lambda: AskHistory(tenant=TENANT, reader=EVERYTHING, contact="c0000000"),
        "history of 50 in a page": lambda: AskHistory(tenant=TENANT, reader=EVERYTHING, contact="c0000000", limit=50),
        "history of calls of 5,000": lambda: AskHistory(
            tenant=TENANT, reader=EVERYTHING, contact="c0000000", kind="call"
        ),
        "transcripts, words that nobody said": lambda: SearchTranscripts(
            tenant=TENANT, reader=EVERYTHING, query=chance.choice(("refund", "postcode", "museum", "guitar"))
        ),
        "transcripts, common word": lambda: SearchTranscripts(
            tenant=TENANT, reader=EVERYTHING, query=chance.choice(("help", "thank", "need"))
        ),
        "transcripts of one contact": lambda: SearchTranscripts(
            tenant=TENANT, reader=EVERYTHING, query="help", contact="c0000000"
        ),
        "candidates, nothing to go by": lambda: AskCandidates(
            tenant=TENANT, reader=EVERYTHING, item=f"i{1 + 3 * chance.randrange(1000):07d}", pattern=r"K-\d{7}"
        ),
        "duplicates of one": lambda: AskDuplicates(tenant=TENANT, contact=f"c{chance.randrange(people):07d}"),
    }


def _busy_ns(pid: int) -> int:
    """The processor time that a process of this machine has used; 0 where that cannot be read."""
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0])
    except OSError:
        return 0


def measure(crm: Crm, ask: Callable[[], Command], times: int) -> dict[str, float]:
    """Milliseconds from the question to the answer in its hands; and of those, what both processes (this one and the
    database's) spent working: on a machine that others use too, the rest is waiting for it."""
    with crm.transaction(write=False, tenant=EVERYBODY) as cursor:
        backend = int(crm.db.ask(cursor, "SELECT pg_backend_pid() AS pid")[0]["pid"])
    spent: list[float] = []
    worked: list[float] = []
    found = 0
    for _ in range(times):
        question = ask()
        began, busy = time.perf_counter(), time.process_time_ns() + _busy_ns(backend)
        try:
            told = answer(crm, question, NOW)
        except Refused as refusal:
            told = {"refused": refusal.code}
        spent.append((time.perf_counter() - began) * 1e3)
        worked.append((time.process_time_ns() + _busy_ns(backend) - busy) / 1e6)
        found += bool(told.get("items") or told.get("pairs"))
    cuts, work = quantiles(spent, n=100), quantiles(worked, n=100)
    return {
        "p50_ms": round(cuts[49], 2),
        "p95_ms": round(cuts[94], 2),
        "most_ms": round(max(spent), 2),
        "work_p50_ms": round(work[49], 2),
        "work_p95_ms": round(work[94], 2),
        "found": round(found / times, 3),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contacts", type=int, default=1_000_000)
    parser.add_argument("--interactions", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=200)
    parser.add_argument("--keep", action="store_true", help="ask what was filled before")
    parser.add_argument("--only", default="", help="only kinds whose name has this in it")
    given = parser.parse_args()
    url = os.environ.get("PARLEY_DATABASE_URL", "postgresql://postgres@127.0.0.1:5432/parley_bench_contacts")
    filled = {} if given.keep else fill(url, given.contacts, given.interactions)
    told: dict[str, Any] = {"contacts": given.contacts, "interactions": given.interactions, "filled": filled}
    with closing(open_crm(url)) as crm:
        for kind, ask in questions(crm, given.contacts).items():
            if given.only in kind:
                measure(crm, ask, 10)
                told[kind] = measure(crm, ask, given.times)
                print(kind, told[kind], file=sys.stderr, flush=True)
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "SELECT relname, pg_total_relation_size(oid) FROM pg_class WHERE relkind = 'r' "
            "AND relnamespace = 'crm_logger'::regnamespace ORDER BY relname"
        ).fetchall()
    told["mebibytes"] = {name: round(size / 2**20) for name, size in rows if size > 2**20}
    print(json.dumps(told, indent=1))


if __name__ == "__main__":
    main()
