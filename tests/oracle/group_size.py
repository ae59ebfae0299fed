"""R09 and R10 in plain Python: the size of groups whose sessions are named or whose start is known (A3, A4)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from tests.oracle.answers import Answer, answer
from tests.oracle.facts import (
    at_risk,
    class_of,
    current_lines,
    is_denied,
    name_of,
    policy,
    seed_policy,
    verdict_of,
)
from tests.oracle.practice import CLINICIANS, Draw, Practice, Row

CHECKS = ("undersized_group", "oversized_group")
VIEWS = ("provider", "provider_partial", "payer")


def draw(rng: Draw) -> Practice:
    """One to three groups on two days, with a roster, with a session id, or with a start only."""
    practice = Practice(data_view=rng.pick(VIEWS))
    if rng.chance(0.5):
        practice.add("payer", {"payer_id": "OURPLAN", "payer_name": "Our Plan"})
        for key, values in (("min_size", (1, 2, 4)), ("max_size", (2, 3, 12))):
            if rng.chance(0.6):
                practice.rule("OURPLAN", key, rng.pick(values), procedure_code=rng.pick((None, "90853")))
        if rng.chance(0.3) and any(row["rule_key"] == "max_size" for row in practice.rows("payer_policy")):
            practice.rule("OURPLAN", "max_size_two_facilitators", rng.pick((13, 14)))
    for number in range(rng.randint(1, 3)):
        day = rng.pick(("2025-03-04", "2025-03-05"))
        start = f"{day} {10 + number}:00"
        known = rng.pick(("roster", "session_id", "clock"))
        size = rng.pick((1, 2, 3, 4, 5, 10, 11, 13))
        leaders = CLINICIANS[: rng.randint(1, 2)] if known == "roster" else CLINICIANS[:1]
        for person in range(size):
            member = f"M{number}{person}"
            status = rng.pick(("attended", "attended", "attended", "no_show", "late_cancel", "observer"))
            if known == "roster":
                practice.seat(
                    session_id=f"S{number}",
                    session_start_at=start,
                    member_id=member,
                    attendance_status=status,
                    facilitator_npis=";".join(leaders),
                )
            if rng.chance(0.9):
                billed = practice.bill(
                    member_id=member,
                    payer_id=rng.pick(("OURPLAN", "OURPLAN", "CTMCD", "MEDICARE", "UNKNOWN")),
                    date_of_service=day,
                    session_id=f"S{number}" if known != "clock" else None,
                    session_start_at=start if known == "clock" else None,
                    paid_amount=rng.pick(("27.63", "40.25", "0.00")),
                )
                if rng.chance(0.1):
                    practice.void(billed)
    return practice


def expected(practice: Practice) -> Iterator[Answer]:
    """The sessions that were too small or too large, for each payer."""
    sessions: dict[str, list[Row]] = defaultdict(list)
    for line in current_lines(practice):
        if class_of(str(line["procedure_code"])) == "group":
            sessions[str(line.get("session_id") or line["session_start_at"])].append(line)
    for key, lines in sessions.items():
        roster = [row for row in practice.rows("attendance") if row["session_id"] == key]
        came = {row["member_id"] for row in roster if row["attendance_status"] == "attended"}
        members = came if roster else {line["member_id"] for line in lines}
        leaders = len(str(roster[0]["facilitator_npis"]).split(";")) if roster else 1
        for payer_id in sorted({str(line["payer_id"]) for line in lines}):
            own = [line for line in lines if line["payer_id"] == payer_id]
            yield from _undersized(practice, own, len(members), is_rostered=bool(roster))
            yield from _oversized(practice, own, len(members), leaders, is_rostered=bool(roster))


def _undersized(practice: Practice, lines: list[Row], size: int, *, is_rostered: bool) -> Iterator[Answer]:
    if not is_rostered and practice.data_view == "payer":
        return  # the members of other payers cannot be seen
    least, _ = policy(practice, lines[0], "min_size")
    seed, _ = seed_policy(practice, lines[0], "min_size")
    verdict = verdict_of(least, least is None or size >= int(least), size >= int(str(seed)))
    if verdict is None:
        return
    certainty = "C2" if is_rostered else "C3" if practice.data_view == "provider" else "C4"
    total = sum((at_risk(line) for line in lines), Decimal(0))
    yield answer(
        "undersized_group",
        map(name_of, lines),
        verdict,
        certainty,
        "lead" if certainty == "C4" else "overpayment",
        0 if verdict == "violates_seed_only" else total,
    )


def _oversized(practice: Practice, lines: list[Row], size: int, leaders: int, *, is_rostered: bool) -> Iterator[Answer]:
    most, _ = policy(practice, lines[0], "max_size")
    more, _ = policy(practice, lines[0], "max_size_two_facilitators")
    if leaders >= 2 and more is not None:
        most = more
    seed, _ = seed_policy(practice, lines[0], "max_size")
    verdict = verdict_of(most, most is None or size <= int(most), size <= int(str(seed)))
    if verdict is None:
        return
    limit = int(str(most if verdict == "violates_payer" else seed))
    paid = sum((at_risk(line) for line in lines if not is_denied(line)), Decimal(0))
    # Half a cent up, over the lines together: they add up to the session.
    share = Decimal((int(paid * 100) * 2 * (size - limit) + size) // (size * 2)) / 100
    yield answer(
        "oversized_group",
        map(name_of, lines),
        verdict,
        "C2" if is_rostered else "C3",
        "overpayment",
        0 if verdict == "violates_seed_only" else share,
    )
