"""R29 to R31 in plain Python: first diagnoses that say too little, and diagnoses or notes that are copies (A4)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from tests.oracle.answers import Answer, answer
from tests.oracle.facts import at_risk, class_of, current_lines, name_of, policy, table, verdict_of
from tests.oracle.practice import Draw, Practice, Row

CHECKS = ("unspecific_diagnosis", "cloned_diagnoses", "cloned_notes")
GRAVITY = ("violates_payer", "no_policy", "violates_seed_only")
# These look for the diagnosis, or are added to a service that has it.
NO_TREATMENT = {"evaluation", "visit", "interactive_complexity", "other"}
DIAGNOSES = ("F331", "F4310", "F99", "F489", "F419", "F32A", "R69", "Z630", "G4700", "F1020", None)
HASHES = "abcdefghij"
EARLY_DAYS, COPY_DAYS = 90, 31
LEAST_MEMBERS, LEAST_PANEL, LEAST_SESSIONS = 4, 4, 3


def draw(rng: Draw) -> Practice:
    """First diagnoses, groups with much the same diagnoses, or notes that are much alike."""
    practice = Practice()
    has_payer = rng.chance(0.6)
    if has_payer:
        practice.add("payer", {"payer_id": "OURPLAN", "payer_name": "Our Plan", "program": "ours"})
    kind = rng.pick(("first", "first", "groups", "notes"))
    if kind == "first":
        _draw_first(rng, practice, has_payer=has_payer)
    elif kind == "groups":
        _draw_groups(rng, practice)
    else:
        if has_payer and rng.chance(0.6):
            practice.rule("OURPLAN", "individual_note", rng.pick(("true", "false")))
        _draw_notes(rng, practice)
    return practice


def _draw_first(rng: Draw, practice: Practice, *, has_payer: bool) -> None:
    has_list = has_payer and rng.chance(0.5)
    if has_payer and rng.chance(0.7):
        wanted = rng.pick(("specific", "mental") if has_list else ("specific", "mental", "any"))
        until = rng.pick((None, None, "2025-03-03", "2025-03-04"))
        practice.rule("OURPLAN", "primary_diagnosis", wanted, eff_to=until)
    if has_list:
        edition: Row = {
            "edition_id": "ours",
            "kind_code": "icd10",
            "title": "Codes of the year",
            "program": "ours",
            "valid_from": "2024-10-01",
            "valid_to": "2025-03-04" if rng.chance(0.3) else "2025-09-30",
            "is_shipped": "false",
            "row_count": "1",
        }
        practice.add("reference_edition", edition)
        for code in (*DIAGNOSES, "F33"):
            if code is not None and rng.chance(0.7):
                listed: Row = {"edition_id": "ours", "diagnosis_code": code}
                practice.add("diagnosis_code", listed, is_billable="false" if code == "F33" else "true")
    for _ in range(rng.randint(1, 5)):
        pointed = rng.chance(0.2)
        # Counted back from 2025-03-05: 89, 90, 91 and 92 days.
        day = rng.pick(
            ("2025-03-04", "2025-03-04", "2025-03-05", "2024-12-06", "2024-12-05", "2024-12-04", "2024-12-03")
        )
        billed = practice.bill(
            date_of_service=day,
            payer_id=rng.pick(("OURPLAN", "OURPLAN", "OURPLAN", "UNKNOWN", "ILMCD")),
            member_id=rng.pick(("M1", "M1", "M1", "M2")),
            procedure_code=rng.pick(("90853", "90853", "90834", "90847", "90833", "90791", "99213", "90785")),
            diagnosis_code_1=rng.pick((*DIAGNOSES, "F33")),
            diagnosis_code_2=rng.pick((None, None, "F331", "F99")),
            diagnosis_pointers="2:1" if pointed else rng.pick((None, "1", "1:2")),
        )
        if rng.chance(0.1):
            practice.void(billed)


def _draw_groups(rng: Draw, practice: Practice) -> None:
    usual = rng.pick(("F331", "F1020", "F4310"))
    share = rng.pick((0.6, 0.8, 0.9, 1.0))
    for number in range(rng.randint(1, 4)):
        focus = rng.pick((None, None, "SUD recovery", "Trauma", "Children"))
        day = f"2025-03-{4 + number:02d}"
        for person in range(rng.randint(3, 7)):
            member = f"M{rng.pick((0, 0, number))}{person}"
            has_usual = rng.chance(share)
            practice.seat(
                session_id=f"S{number}",
                session_start_at=f"{day} 10:00",
                session_end_at=f"{day} 11:00",
                member_id=member,
                group_focus=focus,
            )
            billed = practice.bill(
                date_of_service=day,
                session_id=f"S{number}",
                member_id=member,
                payer_id=rng.pick(("OURPLAN", "OURPLAN", "UNKNOWN")),
                diagnosis_code_1=usual if has_usual else rng.pick(("F331", "F4310", None)),
                diagnosis_code_2="F411" if rng.chance(0.1) else None,
                paid_amount=rng.pick(("27.63", "27.63", "0.00")),
            )
            if rng.chance(0.05):
                practice.void(billed)
    for client in range(rng.pick((0, 3, 4, 6, 8))):
        practice.bill(
            date_of_service="2025-03-04",
            procedure_code="90834",
            member_id=f"P{client}",
            diagnosis_code_1=usual if rng.chance(0.5) else "F900",
        )


def _draw_notes(rng: Draw, practice: Practice) -> None:
    # 30, 31 and 32 days after the first.
    for number, day in enumerate(rng.some(("2025-03-04", "2025-04-03", "2025-04-04", "2025-04-05"), 1, 3)):
        for person in range(rng.randint(1, 3)):
            member = f"M{person}"
            practice.seat(
                session_id=f"S{number}",
                session_start_at=f"{day} 10:00",
                session_end_at=f"{day} 11:00",
                member_id=member,
                attendance_status=rng.pick(("attended", "attended", "attended", "attended", "no_show")),
                note_similarity=rng.pick((None, None, None, "0.89", "0.9", "0.95")),
                note_shingles=rng.pick(
                    (None, *(";".join(own) for own in (HASHES, HASHES[:9], HASHES[:8], HASHES[1:], "uvwxyz")))
                ),
            )
            for _ in range(rng.pick((0, 1, 1, 1, 2))):
                billed = practice.bill(
                    date_of_service=day,
                    session_id=f"S{number}",
                    member_id=member,
                    payer_id=rng.pick(("OURPLAN", "OURPLAN", "NHMCD", "UNKNOWN")),
                    diagnosis_code_1="F331",
                    paid_amount=rng.pick(("27.63", "40.25", "0.00")),
                )
                if rng.chance(0.1):
                    practice.void(billed)


def expected(practice: Practice) -> Iterator[Answer]:
    """Lines with too little of a diagnosis, groups with one diagnosis, and notes that are copies."""
    yield from _first_diagnoses(practice)
    yield from _same_diagnoses(practice)
    yield from _same_notes(practice)


def _day(line: Row) -> date:
    return date.fromisoformat(str(line["date_of_service"]))


def _first_diagnoses(practice: Practice) -> Iterator[Answer]:
    lines = current_lines(practice)
    found: dict[tuple[str | None, ...], list[tuple[str, Row]]] = defaultdict(list)
    for line in lines:
        if class_of(str(line["procedure_code"])) in NO_TREATMENT:
            continue
        pointer = str(line.get("diagnosis_pointers") or "1").split(":")[0]
        code = line.get(f"diagnosis_code_{pointer}")
        in_care = _day(line) - min(_day(other) for other in lines if other["member_id"] == line["member_id"])
        fault = _fault_of_first(practice, line, code, in_care.days)
        if fault is not None:
            names = ("payer_id", "member_id", "rendering_provider_npi", "date_of_service")
            found[(*(line[name] for name in names), fault[0])].append((fault[1], line))
    for faults in found.values():
        verdict = min((verdict for verdict, _ in faults), key=GRAVITY.index)
        # Dollars stand where the payer denied the line for its diagnosis: of these, nobody told.
        yield answer("unspecific_diagnosis", (name_of(line) for _, line in faults), verdict, "C1", "documentation", 0)


def _fault_of_first(practice: Practice, line: Row, code: str | None, days_in_care: int) -> tuple[str, str] | None:
    """What is wrong with the first diagnosis, and whose rule that breaks."""
    wanted, _ = policy(practice, line, "primary_diagnosis")
    if code is None:
        return "missing", verdict_of(wanted, keeps_payer=False, keeps_seed=False) or ""
    edition = next(iter(practice.rows("reference_edition")), None)
    if (
        line["payer_id"] == "OURPLAN"
        and edition is not None
        and str(edition["valid_from"]) <= str(line["date_of_service"]) <= str(edition["valid_to"])
        and not any(
            row["diagnosis_code"] == code and row["is_billable"] == "true" for row in practice.rows("diagnosis_code")
        )
    ):
        return "invalid", verdict_of(wanted, keeps_payer=False, keeps_seed=False) or ""
    kind = next(
        (
            row["class_code"]
            for row in table("unspecific_diagnosis")
            if row["diagnosis_code"] == code
            or (row["diagnosis_code"].endswith("%") and code.startswith(row["diagnosis_code"][:-1]))
        ),
        None,
    )
    if kind == "early_care" and days_in_care <= EARLY_DAYS:
        kind = None
    keeps_payer = wanted == "any" or (wanted == "specific" and kind is None) or (wanted == "mental" and code[0] == "F")
    verdict = verdict_of(wanted, keeps_payer, kind is None)
    if verdict is None:
        return None
    # What the payer wants is asked before what the code says.
    return "not_mental" if wanted == "mental" and code[0] != "F" else str(kind), verdict


def _diagnoses(line: Row) -> tuple[str, ...]:
    return tuple(code for number in range(1, 13) if (code := line.get(f"diagnosis_code_{number}")))


def _same_diagnoses(practice: Practice) -> Iterator[Answer]:
    lines = current_lines(practice)
    sessions: dict[str, list[Row]] = defaultdict(list)
    for line in lines:
        if line.get("session_id") and class_of(str(line["procedure_code"])) == "group":
            sessions[str(line["session_id"])].append(line)
    # A focus that explains the diagnosis clears its session, and such a session copies nothing.
    cloned = {key: found for key, own in sessions.items() if (found := _common_diagnoses(practice, key, own))}
    for key, (common, share) in cloned.items():
        own = sessions[key]
        members = {line["member_id"] for line in own}
        panel: dict[str | None, set[tuple[str, ...]]] = defaultdict(set)
        for line in lines:
            if line["member_id"] not in members and _diagnoses(line):
                panel[line["member_id"]].add(_diagnoses(line))
        with_it = sum(common in theirs for theirs in panel.values())
        # Among the clinician's other clients the list is not rare: more than half as frequent as in the group.
        is_usual = len(panel) >= LEAST_PANEL and 2 * Fraction(with_it, len(panel)) > share
        if is_usual and sum(other == common for other, _ in cloned.values()) < LEAST_SESSIONS:
            continue
        alike = [line for line in own if _diagnoses(line) == common]
        for payer_id in sorted({str(line["payer_id"]) for line in alike}):
            mine = [line for line in alike if line["payer_id"] == payer_id]
            total = sum(map(at_risk, mine), Decimal(0))
            yield answer("cloned_diagnoses", map(name_of, mine), "no_policy", "C4", "lead", total)


def _common_diagnoses(practice: Practice, key: str, lines: list[Row]) -> tuple[tuple[str, ...], Fraction] | None:
    """The list that nearly all in the room have, and how many; None if there is none, or the focus explains it."""
    counts = Counter(_diagnoses(line) for line in lines if _diagnoses(line))
    if not counts or len({line["member_id"] for line in lines}) < LEAST_MEMBERS:
        return None
    common, count = counts.most_common(1)[0]
    focus = next((row.get("group_focus") for row in practice.rows("attendance") if row["session_id"] == key), None)
    prefix = {"SUD recovery": "F1", "Trauma": "F43"}.get(str(focus))
    is_explained = prefix is not None and any(code.startswith(prefix) for code in common)
    share = Fraction(count, len(lines))
    return None if is_explained or share < Fraction(4, 5) else (common, share)


def _same_notes(practice: Practice) -> Iterator[Answer]:
    notes = [row for row in practice.rows("attendance") if row["attendance_status"] == "attended"]
    for note in notes:
        if not _is_copy(note, notes):
            continue
        billed = [
            line
            for line in current_lines(practice)
            if line.get("session_id") == note["session_id"] and line["member_id"] == note["member_id"]
        ]
        for payer_id in sorted({str(line["payer_id"]) for line in billed}):
            own = [line for line in billed if line["payer_id"] == payer_id]
            wanted, _ = policy(practice, own[0], "individual_note")
            verdict = verdict_of(wanted, keeps_payer=wanted == "false", keeps_seed=False)
            total = Decimal(0) if verdict == "violates_seed_only" else sum(map(at_risk, own), Decimal(0))
            yield answer("cloned_notes", map(name_of, own), str(verdict), "C2", "documentation", total)


def _is_copy(note: Row, notes: list[Row]) -> bool:
    """Like another member's of the session, or like the person's own of the month before."""
    if note.get("note_similarity") is not None and Decimal(str(note["note_similarity"])) >= Decimal("0.9"):
        return True
    day = date.fromisoformat(str(note["session_start_at"])[:10])
    for other in notes:
        before = day - date.fromisoformat(str(other["session_start_at"])[:10])
        is_beside = other["session_id"] == note["session_id"] and other["member_id"] != note["member_id"]
        is_earlier = other["member_id"] == note["member_id"] and timedelta(0) < before <= timedelta(COPY_DAYS)
        if (is_beside or is_earlier) and note.get("note_shingles") and other.get("note_shingles"):
            mine, theirs = (set(str(row["note_shingles"]).split(";")) for row in (note, other))
            if len(mine & theirs) * 10 >= len(mine | theirs) * 9:
                return True
    return False
