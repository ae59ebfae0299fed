"""The planted mistakes of the family `modifiers`: services of one day that are not set apart, or cannot be."""

from __future__ import annotations

from claims_audit.sample_practice.clinic_day import Booking, ClinicDay, put_on_one_claim
from claims_audit.sample_practice.encounters import SessionMark
from claims_audit.sample_practice.ordinary import (
    hold_group_and_family_visits,
    hold_group_and_individual_visits,
    hold_group_and_medical_visit,
    hold_individual_and_family_visits,
)
from claims_audit.sample_practice.practice import MEDICARE, PAYERS


def plant_missing_distinct_modifier(day: ClinicDay, turn: int) -> None:
    """Group and individual therapy on one day with one clinician and no modifier on either line."""
    visits = hold_group_and_individual_visits(day, PAYERS[turn % 4])
    codes = f"90853 and {visits.other_claim.lines[0].procedure_code}"
    claims = visits.claims(on_one=turn % 2 == 0)
    day.deliver(*visits.rest, *claims)
    day.label("missing_distinct_modifier", claims, f"{codes} on one day with one clinician, without 59 or X{{EPSU}}.")


def plant_distinct_modifier_on_wrong_line(day: ClinicDay, turn: int) -> None:
    """The modifier on the first session of the day. Start times must be known, so this needs CSV."""
    payer = PAYERS[turn % 4]
    mark = (SessionMark.NUMBER_AND_CLOCK, SessionMark.CLOCK, SessionMark.NUMBER)[turn % 3]
    # Without a clock on the lines, the rosters of both sessions tell when they began.
    visits = hold_group_and_individual_visits(
        day, payer, mark=mark, with_roster=True if mark is SessionMark.NUMBER else None
    )
    visits.mark_earlier("59")
    claims = visits.claims(on_one=turn % 2 == 1)
    day.deliver(*visits.rest, *claims)
    ending = "; Medicare accepts either line: advisory." if payer is MEDICARE else "."
    day.label(
        "distinct_modifier_on_wrong_line", claims, f"59 is on the first session of the day, not the second{ending}"
    )


def plant_group_and_family_same_day(day: ClinicDay, turn: int) -> None:
    """Group and family therapy on one day with one clinician and no modifier."""
    payer = PAYERS[turn % 4]
    family_code = ("90847", "90846", "90849")[turn % 3]
    if payer is MEDICARE and family_code == "90849":
        family_code = "90847"
    visits = hold_group_and_family_visits(day, payer, family_code)
    claims = visits.claims(on_one=turn % 2 == 1)
    day.deliver(*visits.rest, *claims)
    day.label(
        "group_and_family_same_day", claims, f"90853 and {family_code} on one day with one clinician, without 59."
    )


def plant_individual_and_family_same_day(day: ClinicDay, turn: int) -> None:
    """Individual and family therapy on one day with one clinician and no modifier."""
    visits = hold_individual_and_family_visits(day, PAYERS[turn % 4])
    code = visits.group_claim.lines[0].procedure_code
    claims = visits.claims(on_one=turn % 2 == 0)
    day.deliver(*claims)
    day.label("individual_and_family_same_day", claims, f"{code} and 90847 on one day with one clinician, without 59.")


def plant_codes_never_together(day: ClinicDay, turn: int) -> None:
    """Two codes that no modifier sets apart: an evaluation with a group, or two individual codes."""
    payer = PAYERS[turn % 4]
    booking = day.book(hours=2)
    first, second = (Booking(booking.clinician, (hour,)) for hour in booking.hours)
    mark = SessionMark.CLOCK if day.is_csv else SessionMark.NOTHING
    if turn % 2:
        clients, codes = day.draw_clients(1, payer), ("90834", "90837")
        rest = []
    else:
        clients, codes = [*day.draw_clients(1, payer), *day.draw_clients(day.between(3, 6))], ("90791", "90853")
    one = day.hold(codes[0], clients[:1], at=first, mark=mark, with_roster=False)
    if turn % 2:
        other = day.hold(codes[1], clients, at=second, mark=mark, with_roster=False)
    else:
        other = day.hold(codes[1], clients, at=second, with_roster=True)
        rest = other.claims[1:]
    other.claims[0].lines[0].modifiers = ("59",) if turn % 4 == 2 else ()
    claims = [one.claims[0], other.claims[0]]
    if turn % 3 == 0:
        claims = [put_on_one_claim(*claims)]
    day.deliver(*rest, *claims)
    day.label(
        "codes_never_together",
        claims,
        f"{codes[0]} and {codes[1]} on one day with one clinician are never paid together.",
    )


def plant_distinct_modifier_without_reason(day: ClinicDay, turn: int) -> None:
    """59 on the only service of the day, or 59 and XE on one line."""
    payer = PAYERS[turn % 4]
    if turn % 2:
        visits = hold_group_and_individual_visits(day, payer)
        marked = visits.in_order[1]
        marked.lines[0].modifiers = ("59", "XE")
        day.deliver(*visits.rest, *visits.claims(on_one=False))
        day.label("distinct_modifier_without_reason", [marked], "59 and XE stand on one line.")
    else:
        held = day.hold("90853", [*day.draw_clients(1, payer), *day.draw_clients(day.between(3, 7))])
        held.claims[0].lines[0].modifiers = ("59",)
        day.deliver(*held.claims)
        day.label("distinct_modifier_without_reason", held.claims[:1], "59 on the only service of the day.")


def plant_visit_with_group_without_modifier(day: ClinicDay, turn: int) -> None:
    """A medical visit and a group on one day with one clinician, and neither 25 nor 59."""
    visits = hold_group_and_medical_visit(day, PAYERS[turn % 4])
    claims = visits.claims(on_one=turn % 2 == 0)
    day.deliver(*visits.rest, *claims)
    code = visits.other_claim.lines[0].procedure_code
    day.label("visit_with_group_without_modifier", claims, f"{code} and 90853 on one day, without 25 or 59.")
