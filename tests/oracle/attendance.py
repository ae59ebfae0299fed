"""R11, R12, R37, R38 and R39 in plain Python: the roster against the claims (A3, A4, A5)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from tests.oracle.answers import Answer, answer
from tests.oracle.facts import at_risk, class_of, current_lines, is_denied, name_of, policy, table
from tests.oracle.practice import CLINICIANS, Draw, Practice, Row

CHECKS = (
    "too_few_facilitators",
    "documented_group_size_mismatch",
    "billed_not_attended",
    "attended_not_billed",
    "co_facilitator_double_bill",
)
AUDIT_DATE = date(2025, 6, 30)
STATUSES = ("attended", "attended", "attended", "attended", "no_show", "late_cancel", "observer")


@dataclass
class Session:
    """A session of the roster, with the lines that name it."""

    day: date
    leaders: tuple[str, ...] = ()
    lines: list[Row] = field(default_factory=list)
    statuses: dict[str, str] = field(default_factory=dict)
    sizes: list[int] = field(default_factory=list)

    @property
    def members(self) -> list[str]:
        return [member for member, status in self.statuses.items() if status == "attended"]

    def codes(self) -> Iterator[tuple[str, str, list[Row]]]:
        """Group and multiple-family lines of one payer and code."""
        bills: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for line in self.lines:
            if class_of(str(line["procedure_code"])) in ("group", "multi_family_group"):
                bills[str(line["payer_id"]), str(line["procedure_code"])].append(line)
        for (payer_id, code), lines in bills.items():
            yield payer_id, code, lines


def draw(rng: Draw) -> Practice:
    """One or two sessions on the roster, whose lines name them; most people came and were billed."""
    practice = Practice()
    practice.add("payer", {"payer_id": "OURPLAN", "payer_name": "Our Plan"})
    if rng.chance(0.6):
        practice.rule("OURPLAN", "max_size", rng.pick((1, 2, 3)), procedure_code="90853")
        practice.rule("OURPLAN", "max_size_two_facilitators", rng.pick((3, 4)), procedure_code="90853")
    if rng.chance(0.4):
        practice.rule("OURPLAN", "co_facilitator_fees", rng.pick((1, 2)))
    for npi in CLINICIANS:
        if rng.chance(0.8):
            practice.add(
                "provider_enrolment",
                {
                    "edition_id": "e",
                    "rendering_provider_npi": npi,
                    "is_supervisee": rng.pick(("true", "false", "false")),
                },
            )
    for number in range(rng.randint(1, 2)):
        day = rng.pick(("2025-03-16", "2025-03-17", "2025-06-15", "2025-06-16"))
        start = f"{day} {10 + 2 * number}:00"
        leaders = CLINICIANS[: rng.randint(1, 2)]
        size = rng.pick((None, None, 1, 2, 3, 4))
        code = rng.pick(("90853", "90853", "90853", "90847", "90834"))
        for person in range(rng.randint(1, 5)):
            member = f"M{person}"
            if rng.chance(0.95):
                practice.seat(
                    session_id=f"S{number}",
                    session_start_at=start,
                    session_end_at=f"{day} {11 + 2 * number}:00",
                    member_id=member,
                    attendance_status=rng.pick(STATUSES),
                    facilitator_npis=";".join(leaders),
                    documented_group_size=size,
                )
            payer_id = rng.pick(("OURPLAN", "OURPLAN", "UNKNOWN"))
            for leader in CLINICIANS[:1] if rng.chance(0.8) else leaders:
                if rng.chance(0.85):
                    billed = practice.bill(
                        member_id=member,
                        session_id=f"S{number}",
                        date_of_service=day,
                        rendering_provider_npi=leader,
                        payer_id=payer_id,
                        procedure_code=code,
                        paid_amount=rng.pick((f"27.6{person}", f"40.2{person}", "0.00")),
                    )
                    if rng.chance(0.08):
                        practice.void(billed)
    return practice


def expected(practice: Practice) -> Iterator[Answer]:
    """The findings of each session that stands on the roster."""
    sessions: dict[str, Session] = {}
    for seat in practice.rows("attendance"):
        day = date.fromisoformat(str(seat["session_start_at"])[:10])
        session = sessions.setdefault(str(seat["session_id"]), Session(day))
        session.leaders = tuple(str(seat["facilitator_npis"]).split(";"))
        session.statuses[str(seat["member_id"])] = str(seat["attendance_status"])
        if seat.get("documented_group_size"):
            session.sizes.append(int(str(seat["documented_group_size"])))
    for line in current_lines(practice):
        day = date.fromisoformat(str(line["date_of_service"]))
        sessions.setdefault(str(line["session_id"]), Session(day)).lines.append(line)
    for session in sessions.values():
        yield from _double_bill(practice, session)
        if session.statuses:
            yield from _too_few(practice, session)
            yield from _stated_size(session)
            yield from _missed(session)
            yield from _unbilled(practice, session)


def _too_few(practice: Practice, session: Session) -> Iterator[Answer]:
    supervised = {
        str(row["rendering_provider_npi"]): row["is_supervisee"] == "true"
        for row in practice.rows("provider_enrolment")
    }
    able = [leader for leader in session.leaders if not supervised.get(leader)]  # as far as anybody knows
    known = [leader for leader in session.leaders if leader in supervised]
    for _, _, lines in session.codes():
        most, _ = policy(practice, lines[0], "max_size")
        more, _ = policy(practice, lines[0], "max_size_two_facilitators")
        size = len(session.members)
        if most is None or more is None or (len(able) >= 2 and (not known or len(known) == len(session.leaders))):
            continue  # led by two, or nothing is loaded of either
        if not int(most) < size <= int(more):
            continue  # small enough for one, or too large whoever leads it
        certainty = "C4" if len(able) >= 2 else "C2"
        paid = sum((at_risk(line) for line in lines if not is_denied(line)), Decimal(0))
        share = Decimal((int(paid * 100) * 2 * (size - int(most)) + size) // (size * 2)) / 100
        direction = "lead" if certainty == "C4" else "overpayment"
        yield answer(CHECKS[0], map(name_of, lines), "violates_payer", certainty, direction, share)


def _stated_size(session: Session) -> Iterator[Answer]:
    if not session.sizes:
        return
    stated = max(session.sizes)
    billed = {line["member_id"] for _, _, lines in session.codes() for line in lines}
    guests = sum(1 for status in session.statuses.values() if status == "observer")
    worth: dict[str | None, Decimal] = defaultdict(Decimal)
    for _, _, lines in session.codes():
        for line in lines:
            worth[line["member_id"]] += at_risk(line)
    unsupported = sorted(worth, key=lambda member: worth[member], reverse=True)[stated:]
    for _, _, lines in session.codes():
        came = len(session.members)
        if stated >= len(billed) and came <= stated <= came + guests:
            continue
        exposure = sum((at_risk(line) for line in lines if line["member_id"] in unsupported), Decimal(0))
        yield answer(CHECKS[1], map(name_of, lines), "no_policy", "C2", "documentation", exposure)


def _missed(session: Session) -> Iterator[Answer]:
    groups: dict[tuple[str | None, ...], list[Row]] = defaultdict(list)
    for line in session.lines:
        groups[line["member_id"], line["payer_id"], line["procedure_code"]].append(line)
    for (member, _, code), lines in groups.items():
        status = session.statuses.get(str(member))
        if status == "attended":
            continue
        if class_of(str(code)) == "family" and {"attended", "observer"} & set(session.statuses.values()):
            continue  # held with whoever came
        is_walk_in = status is None and bool(session.sizes) and max(session.sizes) > len(session.members)
        certainty = "C4" if is_walk_in else "C2"
        total = sum((at_risk(line) for line in lines), Decimal(0))
        direction = "lead" if is_walk_in else "overpayment"
        yield answer(CHECKS[2], map(name_of, lines), "no_policy", certainty, direction, total)


def _unbilled(practice: Practice, session: Session) -> Iterator[Answer]:
    codes = Counter(str(line["procedure_code"]) for _, _, lines in session.codes() for line in lines)
    if not codes or AUDIT_DATE - session.day <= timedelta(days=14):
        return
    rostered = {seat["session_id"] for seat in practice.rows("attendance")}
    for member in session.members:
        billed = [line for line in current_lines(practice) if line["member_id"] == member]
        if any(line in session.lines for line in billed) or not billed:
            continue  # who was never billed to a payer has none that is known
        code = max(codes, key=lambda c: codes[c])
        if any(
            line["session_id"] not in rostered
            and line["date_of_service"] == session.day.isoformat()
            and class_of(str(line["procedure_code"])) == class_of(code)
            for line in billed
        ):
            continue  # a line of the day whose session is on no roster may be this one's
        fee = Decimal(next(row["fee_amount"] for row in table("fee") if row["procedure_code"] == code))
        # Long after the person was last billed, or long before, whether the payer covers them is not known.
        gap = min(abs((date.fromisoformat(str(line["date_of_service"])) - session.day).days) for line in billed)
        certainty, direction = ("C4", "lead") if gap > 90 else ("C2", "underpayment")
        yield answer(CHECKS[3], [], "no_policy", certainty, direction, fee)


def _double_bill(practice: Practice, session: Session) -> Iterator[Answer]:
    groups: dict[tuple[str | None, ...], list[Row]] = defaultdict(list)
    for line in session.lines:
        if class_of(str(line["procedure_code"])) in ("group", "multi_family_group", "family") and not is_denied(line):
            groups[line["member_id"], line["payer_id"]].append(line)
    for lines in groups.values():
        paid = {line["rendering_provider_npi"] for line in lines}
        fees, _ = policy(practice, lines[0], "co_facilitator_fees")
        # The default policy says nothing of it: who is paid by a payer without a word on it is paid once.
        kept = int(fees or 1)
        if len(paid) <= kept:
            continue
        verdict = "violates_payer" if fees else "no_policy"
        exposure = sum(sorted((at_risk(line) for line in lines), reverse=True)[kept:], Decimal(0))
        certainty = "C2" if session.statuses else "C3"
        yield answer(CHECKS[4], map(name_of, lines), verdict, certainty, "overpayment", exposure)
