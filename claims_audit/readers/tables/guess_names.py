"""How alike two names of columns are, by what their words mean: `Qty Billed` and `Units Billed` are the same.

Letters say less: `Line Number` and `Client Number` are nearly the same, and nothing of each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from functools import cache
from typing import Final

# Words that are written in their own way by every export, under the one that stands for all of them.
_MEANINGS: Final = {
    "id": "number num no nbr nr ident identifier ref reference key",
    "patient": "pt pat client member person participant attendee consumer resident enrollee beneficiary bene",
    "patient id": "mrn chart",
    "payer": "payor insurance insurer ins carrier plan coverage funder",
    "provider": "prov practitioner doctor physician",
    "rendering": "rend therapist clinician counselor counsellor treating servicing performing facilitator leader staff",
    "billing": "practice organization organisation org agency payto clinic",
    "service": "svc serv srvc visit session treatment tx meeting",
    "date": "dt day",
    "service date": "dos",
    "procedure": "proc cpt hcpcs",
    "modifier": "modifiers mod mods mdfr",
    "units": "unit qty quantity",
    "charge": "charges chrg fee gross price",
    "amount": "amt dollars",
    "allowed": "alowd contracted",
    "paid": "payment payments pmt",
    "place": "pos location setting",
    "diagnosis": "diagnoses dx diag icd",
    "claim": "clm invoice encounter enc superbill",
    "line": "ln",
    "start": "from begin",
    "end": "to until thru through finish stop",
    "status": "outcome",
    "attendance": "attended showed came",
    "authorization": "auth",
    "primary": "prim principal",
    "2": "secondary second",
    "code": "cd codes",
    "": "of the s a an co company entity by",
}
_MEANING: Final = {word: tuple(meaning.split()) for meaning, words in _MEANINGS.items() for word in words.split()}
_PHRASES: Final = (
    ("nat l", "national"),
    ("national id", "npi"),
    ("national provider id", "npi"),
    ("pay to", "payto"),
    ("cpt 4", "cpt"),
)
# What may be added to a name without making it another one.
_GENERIC: Final = frozenset({"service", "total", "primary", "amount", "id", "code"})
_NUMBERED: Final = frozenset({"modifier", "diagnosis"})
_LETTERS: Final = {"a": "1", "b": "2", "c": "3", "d": "4"}
_SAME_WORD: Final = 0.85
_SHORTENED: Final = 0.9


def meaning_likeness(name: str, known: Sequence[str]) -> float:
    """How alike a normal name is to the nearest of the `known` normal names, 0 to 1."""
    own = meanings(name)
    return max((_alike(own, meanings(other)) for other in known), default=0.0) if own else 0.0


@cache
def meanings(name: str) -> frozenset[str]:
    """What the words of a normal name mean; a word that is not known means itself."""
    for written, meant in _PHRASES:
        name = f" {name} ".replace(f" {written} ", f" {meant} ").strip()
    words = name.split()
    found = {meaning for word in words for meaning in _MEANING.get(word, (word,))}
    if found & _NUMBERED:
        found |= {_LETTERS[word] for word in words if word in _LETTERS}
    return frozenset(found)


def _alike(one: frozenset[str], other: frozenset[str]) -> float:
    shorter, other_shorter = one - _GENERIC, other - _GENERIC
    whole = _shared(one, other)
    if shorter and other_shorter:
        return max(whole, _SHORTENED * _shared(shorter, other_shorter))
    return whole


def _shared(one: frozenset[str], other: frozenset[str]) -> float:
    if not one or not other:
        return 0.0
    equal = one & other
    rest, others = one - equal, other - equal
    near = sum(any(_is_near(word, against) for against in others) for word in rest) if others else 0
    return min(1.0, 2 * (len(equal) + _SAME_WORD * near) / (len(one) + len(other)))


@cache
def _is_near(word: str, other: str) -> bool:
    return min(len(word), len(other)) > 3 and SequenceMatcher(None, word, other).ratio() >= _SAME_WORD
