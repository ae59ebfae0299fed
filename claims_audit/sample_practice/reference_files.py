"""Writes what an operator loads beside the claims: who is enrolled, who is covered, and what payers agreed to pay."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Final

from claims_audit.sample_practice.csv_files import CsvFile, dollars
from claims_audit.sample_practice.people import Person
from claims_audit.sample_practice.practice import FEES, MEDICARE, PAYERS, SOCIAL_WORKER, Clinician, allowed_cents
from claims_audit.sample_practice.site import Site

PROVIDER_COLUMNS: Final = (
    *("rendering_provider_npi", "payer_id", "taxonomy_code", "enrolled_from", "enrolled_to"),
    *("excluded_from", "excluded_to", "is_supervisee", "supervising_provider_npi"),
)
ELIGIBILITY_COLUMNS: Final = (
    *("member_id", "payer_id", "coverage_from", "coverage_to", "coverage_order"),
    *("prior_authorization_number", "procedure_code", "authorized_units"),
)
FEE_COLUMNS: Final = (
    *("payer_id", "procedure_code", "modifier_code", "place_of_service_code", "taxonomy_code"),
    *("fee_amount", "eff_from", "eff_to"),
)
LONG_AGO: Final = dt.date(2020, 1, 1)

Span = tuple[dt.date | None, dt.date | None]


class ReferenceFiles:
    """The files for `reference load`. Those who come and work there all year are written at the end, site by site."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "reference"
        self._folder.mkdir(parents=True, exist_ok=True)
        self.file_names: list[str] = []
        self._providers = self._open("providers.csv", PROVIDER_COLUMNS)
        self._eligibility = self._open("eligibility.csv", ELIGIBILITY_COLUMNS)
        fees = self._open("fee_schedule.csv", FEE_COLUMNS)
        for payer in PAYERS:
            for code in FEES:
                for taxonomy_code in ("", *([SOCIAL_WORKER] if payer is MEDICARE else [])):
                    fees.write(
                        {
                            "payer_id": payer.payer_id,
                            "procedure_code": code,
                            "taxonomy_code": taxonomy_code,
                            "fee_amount": dollars(allowed_cents(payer, taxonomy_code, code)),
                            "eff_from": LONG_AGO.isoformat(),
                        }
                    )
        fees.close()

    def add_enrolment(
        self,
        clinician: Clinician,
        enrolled: Span = (None, None),
        excluded: Span = (None, None),
        supervisor: Clinician | None = None,
    ) -> None:
        """Writes how a clinician is enrolled with every payer."""
        self._providers.write(
            {
                "rendering_provider_npi": clinician.npi,
                "taxonomy_code": clinician.taxonomy_code,
                "enrolled_from": _iso(enrolled[0] or LONG_AGO),
                "enrolled_to": _iso(enrolled[1]),
                "excluded_from": _iso(excluded[0]),
                "excluded_to": _iso(excluded[1]),
                "is_supervisee": "false" if supervisor is None else "true",
                "supervising_provider_npi": "" if supervisor is None else supervisor.npi,
            }
        )

    def add_coverage(self, person: Person, first: dt.date | None = None, last: dt.date | None = None) -> None:
        """Writes from when to when the plan covers a person."""
        self._eligibility.write(
            {
                "member_id": person.member_id,
                "payer_id": person.payer.payer_id,
                "coverage_from": _iso(first or LONG_AGO),
                "coverage_to": _iso(last),
                "coverage_order": "1" if person.other_payer is None else "2",
            }
        )

    def add_authorization(
        self, person: Person, number: str, code: str, units: int, first: dt.date | None, last: dt.date | None
    ) -> None:
        """Writes what the plan authorized for a person beforehand."""
        self._eligibility.write(
            {
                "member_id": person.member_id,
                "payer_id": person.payer.payer_id,
                "coverage_from": _iso(first or LONG_AGO),
                "coverage_to": _iso(last),
                "prior_authorization_number": number,
                "procedure_code": code,
                "authorized_units": str(units),
            }
        )

    def add_site(self, site: Site) -> None:
        """Writes those who work at a site and come there all year."""
        for clinician in site.clinicians:
            self.add_enrolment(clinician)
        for home in site.households():
            for person in home.members:
                self.add_coverage(person)

    def close(self) -> None:
        """Closes the files."""
        self._providers.close()
        self._eligibility.close()

    def _open(self, name: str, columns: tuple[str, ...]) -> CsvFile:
        self.file_names.append(f"reference/{name}")
        return CsvFile(self._folder / name, columns)


def _iso(day: dt.date | None) -> str:
    return "" if day is None else day.isoformat()
