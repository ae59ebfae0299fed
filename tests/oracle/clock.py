"""R32 to R36 and R50 in plain Python: what the clock and the record say of a session (A1, A4)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import combinations

from tests.oracle.answers import Answer, answer
from tests.oracle.facts import at_risk, class_of, current_lines, is_denied, name_of, policy, table
from tests.oracle.practice import CLINICIANS, Draw, Practice, Row

CHECKS = (
    "session_too_short",
    "time_not_documented",
    "provider_in_two_places",
    "member_in_two_places",
    "impossible_day",
    "treatment_plan_missing",
)
AUDIT_DATE = date(2025, 6, 30)
GRACE_MINUTES, SIGNED_DAYS = 5, 14
LEAD_MINUTES, HIGH_MINUTES = 720, 960
ELEMENTS = "type;amount;frequency;duration;goals"
# Codes of a level, from the shortest session to the longest (A1).
LEVELS = (("90832", "90834", "90837"), ("90833", "90836", "90838"))
MINUTES = (10, 15, 16, 25, 26, 29, 30, 37, 38, 44, 45, 52, 53, 54, 55, 59, 60, 74)


def draw(rng: Draw) -> Practice:
    """Sessions of some minutes, records of sessions, sessions at one time, or one long day."""
    practice = Practice()
    if rng.chance(0.6):
        practice.add("payer", {"payer_id": "OURPLAN", "payer_name": "Our Plan"})
    kind = rng.pick((_draw_minutes, _draw_records, _draw_places, _draw_long_day))
    kind(rng, practice)
    return practice


def _draw_minutes(rng: Draw, practice: Practice) -> None:
    """Each session on a day of its own."""
    if practice.rows("payer"):
        for key, values in (("min_minutes", (30, 45, 55)), ("max_minutes", (59, 60)), ("time_documented", None)):
            if rng.chance(0.5):
                code = rng.pick(("90853", "90837", "90847")) if key == "min_minutes" else "90853" if values else None
                practice.rule("OURPLAN", key, rng.pick(values or ("true", "false")), procedure_code=code)
    for number in range(rng.randint(2, 5)):
        code = rng.pick(("90832", "90834", "90837", "90833", "90836", "90838", "90847", "90839", "90853", "90849"))
        minutes = rng.pick(MINUTES)
        start = datetime(2025, 3, 4 + number, rng.pick((9, 23)), 30)
        told = rng.pick(("both", "both", "both", "start", "end", "total"))
        billed = practice.bill(
            date_of_service=start.date(),
            payer_id=rng.pick(("OURPLAN", "OURPLAN", "CTMCD", "NYMCD", "UNKNOWN")),
            procedure_code=code,
            session_start_at=f"{start:%Y-%m-%d %H:%M}" if told in ("both", "start", "total") else None,
            session_end_at=f"{start + timedelta(minutes=minutes):%Y-%m-%d %H:%M}" if told in ("both", "end") else None,
            unit_basis_code="MJ" if told == "total" else None,
            service_units=minutes if told == "total" else 1,
            paid_amount=rng.pick((_fee(code), _fee(code), Decimal("0.00"), Decimal("90.00"))),
        )
        if rng.chance(0.1):
            practice.void(billed)


def _draw_records(rng: Draw, practice: Practice) -> None:
    """Sessions with a roster, on days from which a note may or may not still be signed."""
    if practice.rows("payer"):
        if rng.chance(0.6):
            practice.rule("OURPLAN", "treatment_plan", rng.pick(("required", "not_required")))
        if rng.chance(0.6):
            practice.rule("OURPLAN", "note_signed_days", rng.pick((3, 13, 30)))
    has_days, has_elements, has_signatures = (rng.chance(0.7) for _ in range(3))
    # In each month somebody's record is whole: what stands in none is not delivered.
    for number, day in enumerate(("2025-03-03", "2025-06-02"), 8):
        times = {"session_start_at": f"{day} 10:00", "session_end_at": f"{day} 11:00", "session_id": f"S{number}"}
        practice.seat(
            member_id="M9",
            treatment_plan_from="2025-01-01" if has_days else None,
            treatment_plan_elements=ELEMENTS if has_elements else None,
            note_signed_at=f"{day} 12:00" if has_signatures else None,
            **times,
        )
        practice.bill(member_id="M9", date_of_service=day, **times)
    for number, day in enumerate(rng.some((date(2025, 3, 4), *(date(2025, 6, n) for n in (15, 16, 17))), 1, 3)):
        code = rng.pick(("90853", "90853", "90837"))
        for person in range(rng.randint(1, 3) if code == "90853" else 1):
            signed = rng.pick(
                (None, timedelta(hours=12), timedelta(3, 50000), timedelta(14, 85000), timedelta(15, 600))
            )
            begun = rng.pick((None, day, day, day + timedelta(1), date(2025, 1, 1)))
            ended = rng.pick((None, day, day - timedelta(1)))
            practice.seat(
                session_id=f"S{number}",
                session_start_at=f"{day} 10:00",
                session_end_at=f"{day} 11:00",
                member_id=f"M{number}{person}",
                attendance_status=rng.pick(("attended", "attended", "attended", "no_show")),
                treatment_plan_from=begun if has_days else None,
                treatment_plan_to=ended if has_days else None,
                treatment_plan_elements=rng.pick((ELEMENTS, ELEMENTS, ELEMENTS, None, ELEMENTS[:-6], ELEMENTS[5:]))
                if has_elements
                else None,
                note_signed_at=f"{datetime(day.year, day.month, day.day) + signed:%Y-%m-%d %H:%M}"
                if has_signatures and signed is not None
                else None,
            )
            billed = practice.bill(
                date_of_service=day,
                payer_id=rng.pick(("OURPLAN", "OURPLAN", "MEDICARE", "UNKNOWN")),
                member_id=f"M{number}{person}",
                procedure_code=code,
                session_id=f"S{number}",
                session_start_at=f"{day} 10:00",
                session_end_at=f"{day} 11:00",
                paid_amount=rng.pick(("27.63", "27.63", "0.00")),
            )
            if rng.chance(0.1):
                practice.void(billed)


def _draw_places(rng: Draw, practice: Practice) -> None:
    """Sessions of an hour, of one or two clinicians and few people, that begin minutes apart."""
    starts = rng.some(("10:00", "10:30", "10:54", "10:55", "10:56", "10:59", "11:00", "11:54"), 2, 4)
    for number, start in enumerate(starts):
        is_group = rng.chance(0.5)
        begin = datetime.fromisoformat(f"2025-03-04 {start}")
        times = {
            "session_id": f"S{number}",
            "session_start_at": f"{begin:%Y-%m-%d %H:%M}",
            "session_end_at": f"{begin + timedelta(hours=1):%Y-%m-%d %H:%M}",
        }
        leader = rng.pick((CLINICIANS[0], CLINICIANS[0], CLINICIANS[1]))
        place = rng.pick(("11", "11", "12", "10"))
        has_roster = rng.chance(0.4)
        leaders = ";".join(sorted({leader, rng.pick(CLINICIANS)}))
        for member in rng.some(("M1", "M2", "M3"), 1, 3 if is_group else 1):
            if has_roster:
                practice.seat(member_id=member, facilitator_npis=leaders, place_of_service_code=place, **times)
            billed = practice.bill(
                member_id=member,
                payer_id=rng.pick(("OURPLAN", "OURPLAN", "UNKNOWN")),
                procedure_code="90853" if is_group else "90837",
                rendering_provider_npi=leader,
                place_of_service_code=place,
                paid_amount=rng.pick(("27.63", "55.26", "152.12", "0.00")),
                **times,
            )
            if rng.chance(0.05):
                practice.void(billed)


def _draw_long_day(rng: Draw, practice: Practice) -> None:
    """Groups of a clinician, one after the other."""
    left, begin, number = rng.pick((719, 720, 721, 960, 961, 1440)), datetime(2025, 3, 4), 0
    while left > 0:
        minutes = min(left, rng.pick((60, 120, 240, 330)))
        end = begin + timedelta(minutes=minutes)
        for person in range(rng.randint(1, 2)):
            billed = practice.bill(
                member_id=f"M{number}{person}",
                payer_id=rng.pick(("OURPLAN", "OURPLAN", "UNKNOWN")),
                session_id=f"S{number}",
                session_start_at=f"{begin:%Y-%m-%d %H:%M}",
                session_end_at=f"{end:%Y-%m-%d %H:%M}",
                paid_amount=rng.pick(("27.63", "27.63", "40.25", "0.00")),
            )
            if rng.chance(0.03):
                practice.void(billed)
        left, begin, number = left - minutes, end, number + 1


def expected(practice: Practice) -> Iterator[Answer]:
    """What the clock and the record do not bear out."""
    for line in current_lines(practice):
        yield from _minutes_of(practice, line)
        yield from _untold(practice, line)
        yield from _record_of(practice, line)
    yield from _clinicians_twice(practice)
    yield from _members_twice(practice)
    yield from _long_days(practice)


def _fee(code: str) -> Decimal:
    return next(Decimal(row["fee_amount"]) for row in table("fee") if row["procedure_code"] == code)


def _code(code: str) -> dict[str, str]:
    return next(row for row in table("procedure_code") if row["procedure_code"] == code)


def _time(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None


def _minutes(line: Row) -> int | None:
    start, end = _time(line.get("session_start_at")), _time(line.get("session_end_at"))
    if start and end:
        return int((end - start).total_seconds() // 60)
    return int(str(line["service_units"])) if line.get("unit_basis_code") == "MJ" else None


def _fitting(code: str, minutes: int) -> str | None:
    """Another code of the same kind into whose band the minutes fall."""
    for other in next((level for level in LEVELS if code in level), ()):
        least, most = int(_code(other)["least_minutes"]), int(_code(other)["most_minutes"] or 10_000)
        if other != code and least <= minutes <= most:
            return other
    return None


def _minutes_of(practice: Practice, line: Row) -> Iterator[Answer]:
    code, minutes = str(line["procedure_code"]), _minutes(line)
    if minutes is None:
        return
    wanted, _ = policy(practice, line, "min_minutes")
    longest, _ = policy(practice, line, "max_minutes")
    least, most = _code(code)["least_minutes"], _code(code)["most_minutes"]
    breaks_payer = wanted is not None and minutes < int(wanted)
    breaks_code = bool(least) and minutes < int(least)
    right, worth = _fitting(code, minutes), at_risk(line)
    if breaks_payer or breaks_code:
        verdict = "violates_payer" if breaks_payer else "no_policy" if wanted is None else "violates_seed_only"
        difference = max(worth - _fee(right), Decimal(0)) if right else worth
        amount = Decimal(0) if verdict == "violates_seed_only" else difference
        yield answer("session_too_short", [name_of(line)], verdict, "C2", "overpayment", amount)
    elif longest is not None and minutes > int(longest):
        yield answer("session_too_short", [name_of(line)], "violates_payer", "C2", "overpayment", worth)
    elif most and minutes > int(most) and right and class_of(code) == "individual":
        amount = Decimal(0) if is_denied(line) else max(_fee(right) - worth, Decimal(0))
        yield answer("session_too_short", [name_of(line)], "no_policy", "C2", "underpayment", amount)


def _untold(practice: Practice, line: Row) -> Iterator[Answer]:
    """Start or end is missing, and no total of minutes stands in for them."""
    if _minutes(line) is not None:
        return
    wanted, _ = policy(practice, line, "time_documented")
    is_timed = bool(_code(str(line["procedure_code"]))["least_minutes"]) or any(
        policy(practice, line, key)[0] is not None for key in ("min_minutes", "max_minutes")
    )
    if wanted == "true":
        yield answer("time_not_documented", [name_of(line)], "violates_payer", "C2", "documentation", at_risk(line))
    elif is_timed and wanted == "false":
        yield answer("time_not_documented", [name_of(line)], "violates_seed_only", "C2", "documentation", 0)
    elif is_timed:
        yield answer("time_not_documented", [name_of(line)], "no_policy", "C2", "documentation", at_risk(line))


def _record_of(practice: Practice, line: Row) -> Iterator[Answer]:
    roster = practice.rows("attendance")
    note = next(
        (
            row
            for row in roster
            if row["session_id"] == line.get("session_id")
            and row["member_id"] == line["member_id"]
            and row["attendance_status"] == "attended"
        ),
        None,
    )
    if note is None:
        return
    day = date.fromisoformat(str(line["date_of_service"]))
    plan_rule, _ = policy(practice, line, "treatment_plan")
    sign_rule, _ = policy(practice, line, "note_signed_days")
    lacks_plan = _is_delivered(roster, "treatment_plan_from") and not (
        note.get("treatment_plan_from")
        and date.fromisoformat(str(note["treatment_plan_from"])) <= day
        and (not note.get("treatment_plan_to") or date.fromisoformat(str(note["treatment_plan_to"])) >= day)
    )
    lacks_element = _is_delivered(roster, "treatment_plan_elements") and (
        note.get("treatment_plan_elements") != ELEMENTS
    )
    signed = _time(note.get("note_signed_at"))
    waited = ((signed.date() if signed else AUDIT_DATE) - day).days
    is_late = _is_delivered(roster, "note_signed_at") and waited > int(sign_rule or SIGNED_DAYS)
    verdicts = []
    if (lacks_plan or lacks_element) and plan_rule != "not_required":
        verdicts.append("violates_payer" if plan_rule == "required" else "no_policy")
    if is_late:
        verdicts.append("violates_payer" if sign_rule is not None else "no_policy")
    if verdicts:
        verdict = "violates_payer" if "violates_payer" in verdicts else "no_policy"
        yield answer("treatment_plan_missing", [name_of(line)], verdict, "C2", "documentation", at_risk(line))


def _is_delivered(roster: list[Row], column: str) -> bool:
    return any(row.get(column) for row in roster)


def _sessions(practice: Practice) -> dict[str, list[Row]]:
    sessions: dict[str, list[Row]] = defaultdict(list)
    for line in current_lines(practice):
        if line.get("session_id"):
            sessions[str(line["session_id"])].append(line)
    return sessions


def _interval(line: Row) -> tuple[datetime, datetime]:
    return datetime.fromisoformat(str(line["session_start_at"])), datetime.fromisoformat(str(line["session_end_at"]))


def _overlap(one: Row, other: Row) -> float:
    (start, end), (other_start, other_end) = _interval(one), _interval(other)
    return (min(end, other_end) - max(start, other_start)).total_seconds() / 60


def _total(lines: list[Row]) -> Decimal:
    return sum(map(at_risk, lines), Decimal(0))


def _lesser(one: list[Row], other: list[Row]) -> tuple[list[Row], list[Row]]:
    """The session that was paid less, or of two that were paid alike the later, and the other one."""
    first, second = sorted((one, other), key=lambda lines: (_total(lines), -_interval(lines[0])[0].timestamp()))
    return first, second


def _clinicians_twice(practice: Practice) -> Iterator[Answer]:
    for one, other in combinations(_sessions(practice).values(), 2):
        if one[0]["rendering_provider_npi"] != other[0]["rendering_provider_npi"]:
            continue
        places = {str(lines[0]["place_of_service_code"]) for lines in (one, other)}
        is_two_places = len(places) == 2 and not places & {"02", "10"}
        if _overlap(one[0], other[0]) <= (0 if is_two_places else GRACE_MINUTES):
            continue
        has_second = any(
            ";" in str(row["facilitator_npis"])
            for row in practice.rows("attendance")
            if row["session_id"] in (one[0]["session_id"], other[0]["session_id"])
        )
        less, more = _lesser(one, other)
        for payer_id in sorted({str(line["payer_id"]) for line in less}):
            mine = [line for line in less if line["payer_id"] == payer_id]
            yield answer(
                "provider_in_two_places",
                map(name_of, mine + more),
                "no_policy",
                "C4" if has_second else "C2",
                "lead" if has_second else "overpayment",
                _total(mine),
            )


def _members_twice(practice: Practice) -> Iterator[Answer]:
    seats: dict[str, list[list[Row]]] = defaultdict(list)
    for lines in _sessions(practice).values():
        for member in sorted({str(line["member_id"]) for line in lines}):
            seats[member].append([line for line in lines if line["member_id"] == member])
    for own in seats.values():
        for one, other in combinations(own, 2):
            if _overlap(one[0], other[0]) > GRACE_MINUTES:
                less, more = _lesser(one, other)
                yield answer(
                    "member_in_two_places",
                    map(name_of, less + more),
                    "no_policy",
                    "C2",
                    "overpayment",
                    _total(less),
                )


def _long_days(practice: Practice) -> Iterator[Answer]:
    days: dict[tuple[str | None, ...], list[Row]] = defaultdict(list)
    for line in current_lines(practice):
        if line.get("session_id"):
            days[line["rendering_provider_npi"], line["date_of_service"]].append(line)
    for lines in days.values():
        minutes = sum({str(line["session_id"]): _minutes(line) or 0 for line in lines}.values())
        if minutes <= LEAD_MINUTES:
            continue
        is_lead = minutes <= HIGH_MINUTES
        excess = minutes - (LEAD_MINUTES if is_lead else HIGH_MINUTES)
        for payer_id in sorted({str(line["payer_id"]) for line in lines}):
            own = [line for line in lines if line["payer_id"] == payer_id]
            # Half a cent up, over the payer's lines together.
            share = Decimal((int(_total(own) * 100) * 2 * excess + minutes) // (minutes * 2)) / 100
            direction = "lead" if is_lead else "overpayment"
            yield answer("impossible_day", map(name_of, own), "no_policy", "C1", direction, share)
