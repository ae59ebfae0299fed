"""The numbers of claims, sessions and payers' claims over one sample."""

from __future__ import annotations

import itertools

from claims_audit.sample_practice.practice import DEFAULT_SEED


class Numbers:
    """Hands out the numbers of claims, sessions and payers' claims, in order over the whole sample.

    Samples of other seeds begin elsewhere: in one home, an answer to a claim must not be taken for that to another.
    """

    def __init__(self, seed: int) -> None:
        first = (seed - DEFAULT_SEED) % 983 * 100_000 + 1
        self._claims = itertools.count(first)
        self._sessions = itertools.count(first)
        self._payer_claims = itertools.count(first)

    def claim(self) -> str:
        """Returns the next patient control number."""
        return f"HLC{next(self._claims):08d}"

    def session(self) -> str:
        """Returns the next session id."""
        return f"S{next(self._sessions):08d}"

    def payer_claim(self) -> str:
        """Returns the next number that a payer gave to a claim."""
        return f"ICN{next(self._payer_claims):010d}"
