"""The files that are read: a made-up practice from a fixed seed, sorted by format, the same bytes on every machine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.fhir_claims import write_fhir_claims
from claims_audit.sample_practice import write_sample_practice

SEED: Final = 20240701
# The validator of pyx12 is some thirty times slower than its reader: it gets one file of a practice of its own. One,
# because it loads its maps for each file anew.
SMALL_PART: Final = 20

PROFESSIONAL: Final = "837P"
REMITTANCE: Final = "835"
CSV: Final = "CSV"
FHIR: Final = "FHIR"
FORMATS: Final = (PROFESSIONAL, REMITTANCE, CSV, FHIR)

_PATTERNS: Final = {PROFESSIONAL: "*.837", REMITTANCE: "*.835", CSV: "*claims.csv", FHIR: "*.ndjson"}


@dataclass(frozen=True, slots=True)
class Dataset:
    """The files of one format, in the order in which they are read."""

    format: str
    paths: tuple[Path, ...]

    @property
    def byte_count(self) -> int:
        """Of all files."""
        return sum(path.stat().st_size for path in self.paths)


@dataclass(frozen=True, slots=True)
class Data:
    """Datasets by format: those for everybody, and small ones for who is too slow for them."""

    whole: dict[str, Dataset]
    small: dict[str, Dataset]


def make_data(folder: Path, sessions: int) -> Data:
    """Makes a practice of that many sessions (a session is about four claim lines) below `folder`."""
    whole, small = _make(folder / "whole", sessions), _make(folder / "small", max(sessions // SMALL_PART, 20))
    return Data(whole, {name: Dataset(name, (_largest(dataset),)) for name, dataset in small.items()})


def _make(folder: Path, sessions: int) -> dict[str, Dataset]:
    write_sample_practice(folder, sessions=sessions, seed=SEED)
    inbox = folder / "inbox"
    write_fhir_claims(sorted(inbox.glob(_PATTERNS[CSV])), inbox / "claims.ndjson")
    return {name: Dataset(name, tuple(sorted(inbox.glob(pattern)))) for name, pattern in _PATTERNS.items()}


def _largest(dataset: Dataset) -> Path:
    return max(dataset.paths, key=lambda path: path.stat().st_size)
