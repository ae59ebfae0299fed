"""The sample as any reader would see it, read by a small reader of its own that shares no code with the project's."""

from __future__ import annotations

import csv
import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
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
    replaces: str
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
class Sample:
    """What was delivered and what must be found in it."""

    folder: Path
    summary: SampleSummary
    lines: list[Line] = field(default_factory=list)
    attendance: list[Attendance] = field(default_factory=list)
    truth: list[dict[str, str]] = field(default_factory=list)

    @property
    def current(self) -> list[Line]:
        """Lines of the last version of each claim, without the voided and the unreadable."""
        versions: dict[tuple[str, str], list[Line]] = defaultdict(list)
        for line in self.lines:
            if line.is_readable:
                versions[line.payer, line.claim].append(line)
        found = []
        for lines in versions.values():
            last = max((line.received, line.frequency != "1", line.order) for line in lines)[0]
            found += [line for line in lines if line.received == last and line.frequency != "8"]
        return found


def read_segments(path: Path) -> list[list[str]]:
    return [segment.strip().split("*") for segment in path.read_text("ascii").split("~") if segment.strip()]


def read_professional(path: Path, lines: list[Line]) -> None:
    version = received = subscriber = patient = relation = payer = npi = replaces = ""
    claim: list[str] = []
    diagnoses: tuple[str, ...] = ()
    for segment in read_segments(path):
        match segment:
            case ["ST", _, _, implementation]:
                version = implementation
            case _ if version == "005010X223A2":
                continue
            case ["BHT", _, _, _, day, *_]:
                received = f"{day[:4]}-{day[4:6]}-{day[6:]}"
            case ["SBR", _, relation, *_]:
                patient = ""
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
                line_number = int(number)
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
                        day=f"{day[:4]}-{day[4:6]}-{day[6:]}",
                        code=code,
                        modifiers=tuple(modifiers),
                        charge=f"{float(charge):.2f}",
                        received=received,
                        diagnoses=diagnoses,
                    )
                )


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
