"""The sample as any reader would see it, read by a small reader of its own that shares no code with the project's."""

from __future__ import annotations

import csv
import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import pytest

from claims_audit.sample_practice import SampleSummary, write_sample_practice


@dataclass
class Line:
    """A service line as delivered, in the order in which the files are named."""

    order: int
    source: str
    claim: str
    number: int
    frequency: str
    replaces: str  # payer's number of the original; an original in CSV has its own
    payer: str
    member: str
    subscriber: str
    family: str
    npi: str
    place: str
    day: str
    code: str
    modifiers: tuple[str, ...]
    charge: str
    received: str
    session: str = ""
    start: str = ""
    diagnoses: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, int]:
        return self.claim, self.number

    @property
    def is_readable(self) -> bool:
        try:
            dt.date.fromisoformat(self.day)
            float(self.charge)
        except ValueError:
            return False
        return bool(self.member and self.place)


@dataclass
class Attendance:
    """A roster row."""

    session: str
    start: str
    end: str
    member: str
    family: str
    status: str
    facilitators: tuple[str, ...]
    size: str


@dataclass
class Service:
    """A service of a claim payment, in the order in which the files are named."""

    claim: str
    status: str
    frequency: str
    payer_number: str
    claim_charge: Decimal
    claim_paid: Decimal
    patient: str
    code: str
    charge: Decimal
    paid: Decimal
    paid_on: str
    payer: str
    number: int = 0
    day: str = ""
    allowed: str = ""
    adjustments: list[tuple[str, str, Decimal]] = field(default_factory=list)  # group, reason, amount


@dataclass
class Payment:
    """A payment (ST to SE): what was paid, and what was adjusted beside the claims."""

    payer: str
    paid_on: str
    total: Decimal
    payee: str = ""
    services: list[Service] = field(default_factory=list)
    adjustments: list[tuple[str, str, Decimal]] = field(default_factory=list)  # reason, reference, amount


@dataclass
class Sample:
    """What was delivered and what must be found in it."""

    folder: Path
    summary: SampleSummary
    lines: list[Line] = field(default_factory=list)
    attendance: list[Attendance] = field(default_factory=list)
    truth: list[dict[str, str]] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)
    _of_claims: defaultdict[tuple[str, str], list[Line]] = field(default_factory=lambda: defaultdict(list))

    def lines_of(self, service: Service) -> list[Line]:
        """Lines of the claim that a service was paid for, in all versions."""
        if not self._of_claims:
            for line in self.lines:
                self._of_claims[line.payer, line.claim].append(line)
        return self._of_claims[service.payer, service.claim]

    @property
    def services(self) -> list[Service]:
        """What was answered, in order."""
        return [service for payment in self.payments for service in payment.services]

    @property
    def current(self) -> list[Line]:
        """Lines of the last version of each claim, without the voided and the unreadable.

        Without a replacement or void, every original counts, also one that was sent again under its number.
        """
        versions: dict[tuple[str, str], list[Line]] = defaultdict(list)
        for line in self.lines:
            if line.is_readable:
                versions[line.payer, line.claim].append(line)
        found = []
        for lines in versions.values():
            if {line.frequency for line in lines} == {"1"}:
                found += lines
                continue
            last = max((line.received, line.frequency != "1", line.order) for line in lines)[0]
            found += [line for line in lines if line.received == last and line.frequency != "8"]
        return found


def read_segments(path: Path) -> list[list[str]]:
    return [segment.strip().split("*") for segment in path.read_text("ascii").split("~") if segment.strip()]


def read_professional(path: Path, lines: list[Line]) -> None:
    version = received = subscriber = patient = relation = payer = npi = replaces = ""
    is_of_other_payer = False
    claim: list[str] = []
    diagnoses: tuple[str, ...] = ()
    for segment in read_segments(path):
        match segment:
            case ["ST", _, _, implementation]:
                version = implementation
            case _ if version == "005010X223A2":
                continue
            case ["BHT", _, _, _, day, *_]:
                received = iso(day)
            case ["HL", *_]:
                claim = []
            case ["SBR", *_] if claim:
                is_of_other_payer = True
            case ["SBR", _, relation, *_]:
                patient = ""
            case ["NM1", "IL" | "PR", *_] if is_of_other_payer:
                pass
            case ["NM1", "IL", *rest]:
                subscriber = rest[-1]
            case ["NM1", "PR", *rest]:
                payer = rest[-1]
            case ["NM1", "QC", _, _, first_name]:
                patient = first_name
            case ["DMG", _, birth_date, _]:
                if patient:
                    patient = dependent_id(subscriber, patient, birth_date)
            case ["CLM", *claim]:
                replaces = ""
            case ["REF", "F8", replaces]:
                pass
            case ["HI", *codes]:
                diagnoses = tuple(code.split(":")[1] for code in codes)
            case ["NM1", "82", *rest]:
                npi = rest[-1]
            case ["LX", number]:
                line_number, is_of_other_payer = int(number), False
            case ["SV1", service, charge, *_]:
                _, code, *modifiers = service.split(":")
            case ["DTP", "472", _, day]:
                place, _, frequency = claim[4].split(":")
                lines.append(
                    Line(
                        order=len(lines),
                        source=path.name,
                        claim=claim[0],
                        number=line_number,
                        frequency=frequency,
                        replaces=replaces,
                        payer=payer,
                        member=subscriber if relation == "18" else patient,
                        subscriber=subscriber,
                        family="",
                        npi=npi,
                        place=place,
                        day=iso(day),
                        code=code,
                        modifiers=tuple(modifiers),
                        charge=f"{float(charge):.2f}",
                        received=received,
                        diagnoses=diagnoses,
                    )
                )


def read_remittances(path: Path, payments: list[Payment]) -> None:
    total = paid_on = ""
    claim: list[str] = []
    for segment in read_segments(path):
        match segment:
            case ["BPR", "I", total, *_, day]:
                paid_on = iso(day)
            case ["REF", "2U", payer]:
                payments.append(Payment(payer, paid_on, Decimal(total)))
            case ["N1", "PE", _, "XX", payee]:
                payments[-1].payee = payee
            case ["CLP", *claim]:
                pass
            case ["SVC", service, charge, paid, "", _]:
                payment = payments[-1]
                payment.services.append(
                    Service(
                        claim=claim[0],
                        status=claim[1],
                        frequency=claim[8],
                        payer_number=claim[6],
                        claim_charge=Decimal(claim[2]),
                        claim_paid=Decimal(claim[3]),
                        patient=claim[4],
                        code=service.split(":")[1],
                        charge=Decimal(charge),
                        paid=Decimal(paid),
                        paid_on=payment.paid_on,
                        payer=payment.payer,
                    )
                )
            case ["DTM", "472", day]:
                payments[-1].services[-1].day = iso(day)
            case ["CAS", group, *rest]:
                payments[-1].services[-1].adjustments += [
                    (group, rest[place], Decimal(rest[place + 1])) for place in range(0, len(rest), 3)
                ]
            case ["REF", "6R", control_number]:
                payments[-1].services[-1].number = int(control_number.rpartition("-")[2])
            case ["AMT", "B6", amount]:
                payments[-1].services[-1].allowed = amount
            case ["PLB", _, "20241231", *rest]:
                for place in range(0, len(rest), 2):
                    reason, reference = rest[place].split(":")
                    payments[-1].adjustments.append((reason, reference, Decimal(rest[place + 1])))


def iso(day: str) -> str:
    return f"{day[:4]}-{day[4:6]}-{day[6:]}"


def dependent_id(subscriber: str, first_name: str, birth_date: str) -> str:
    import hashlib

    return subscriber + "-" + hashlib.sha256(f"{subscriber}|{first_name}|{birth_date}".encode()).hexdigest()[:10]


def read_claim_csv(path: Path, lines: list[Line]) -> None:
    for row in read_rows(path):
        lines.append(
            Line(
                order=len(lines),
                source=path.name,
                claim=row["patient_control_number"],
                number=int(row["claim_line_number"]),
                frequency=row["claim_frequency_code"],
                replaces=row["payer_claim_control_number"],
                payer=row["payer_id"],
                member=row["member_id"],
                subscriber=row["subscriber_id"],
                family=row["family_id"],
                npi=row["rendering_provider_npi"],
                place=row["place_of_service_code"],
                day=row["date_of_service"],
                code=row["procedure_code"],
                modifiers=tuple(row[f"modifier_{n}"] for n in range(1, 5) if row[f"modifier_{n}"]),
                charge=row["charge_amount"],
                received=row["received_date"],
                session=row["session_id"],
                start=row["session_start_at"],
                diagnoses=tuple(row[f"diagnosis_code_{n}"] for n in range(1, 13) if row[f"diagnosis_code_{n}"]),
            )
        )


def read_attendance(path: Path, rows: list[Attendance]) -> None:
    rows += [
        Attendance(
            session=row["session_id"],
            start=row["session_start_at"],
            end=row["session_end_at"],
            member=row["member_id"],
            family=row["family_id"],
            status=row["attendance_status"],
            facilitators=tuple(row["facilitator_npis"].split(";")),
            size=row["documented_group_size"],
        )
        for row in read_rows(path)
    ]


def read_rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def make_sample(folder: Path, sessions: int, seed: int) -> Sample:
    sample = Sample(folder, write_sample_practice(folder, sessions=sessions, seed=seed))
    for path in sorted((folder / "inbox").iterdir()):
        if path.suffix == ".837":
            read_professional(path, sample.lines)
        elif path.suffix == ".835":
            read_remittances(path, sample.payments)
        elif "attendance" in path.name:
            read_attendance(path, sample.attendance)
        else:
            read_claim_csv(path, sample.lines)
    sample.truth = read_rows(folder / "truth.csv")
    return sample


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return make_sample(tmp_path_factory.mktemp("sample"), 600, 20240701)


@pytest.fixture(scope="session", params=[(600, 20240701), (150, 5), (4000, 1), (12000, 77)], ids=str)
def any_sample(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return make_sample(tmp_path_factory.mktemp("any_sample"), *request.param)
