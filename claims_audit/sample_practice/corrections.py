"""Claims that looked like a mistake until they were put right: replaced (7), voided (8), or reversed and paid anew.

What is current is in order.
"""

from __future__ import annotations

from dataclasses import replace

from claims_audit.sample_practice.clinic_day import ClinicDay
from claims_audit.sample_practice.encounters import REPLACEMENT, VOID, SessionMark
from claims_audit.sample_practice.ordinary import hold_group_and_individual_visits
from claims_audit.sample_practice.practice import FEES, PAYERS


def add_missing_modifier(day: ClinicDay, turn: int) -> None:
    """A group and an individual session without a modifier; the replacement has it on the second."""
    visits = hold_group_and_individual_visits(day, PAYERS[turn % 4])
    later = visits.in_order[1]
    later_line = later.lines[0]
    claims = visits.claims(on_one=turn % 2 == 0)
    day.deliver(*visits.rest, *claims)
    wrong = next(claim for claim in claims if later_line in claim.lines)
    right = day.amend(wrong, REPLACEMENT)
    right.lines = [
        replace(line, modifiers=("59",)) if line.number == later_line.number else line for line in right.lines
    ]
    day.deliver_later(right)


def void_duplicate(day: ClinicDay, turn: int) -> None:
    """A claim billed twice; the second was voided."""
    held = day.hold("90853", [*day.draw_clients(1, PAYERS[turn % 4]), *day.draw_clients(day.between(3, 7))])
    again = day.bill_again(held.claims[0])
    day.deliver(*held.claims, replace(again, received_date=held.claims[0].received_date))
    day.deliver_later(day.amend(again, VOID))


def void_eleventh_member(day: ClinicDay, turn: int) -> None:
    """A group of ten without a roster; eleven were billed, and the claim of the one who was not there was voided."""
    mark = SessionMark.NUMBER_AND_CLOCK if day.is_csv else SessionMark.NOTHING
    at = day.book(clear_of=("90853",), without_roster=not day.is_csv)
    held = day.hold("90853", day.draw_clients(11), at=at, mark=mark, with_roster=False)
    day.deliver(*held.claims)
    day.deliver_later(day.amend(held.claims[-1], VOID))


def replace_code_twice(day: ClinicDay, turn: int) -> None:
    """A member of a group billed as 90847, then as 90853 at a wrong charge, then right."""
    held = day.hold("90853", day.draw_clients(day.between(4, 8)), with_roster=True)
    wrong = held.claims[0] = day.bill(held.session, "90847", held.claims[0].person)
    day.deliver(*held.claims)
    right = day.bill(held.session, "90853", wrong.person, charge_cents=FEES["90853"].charge_cents + 100)
    second = day.amend(wrong, REPLACEMENT)
    second.lines = [replace(right.lines[0])]
    third = day.amend(second, REPLACEMENT)
    third.lines = [replace(right.lines[0], charge_cents=FEES["90853"].charge_cents)]
    day.deliver_later(second, months=1)
    day.deliver_later(third, months=2)


def drop_second_line(day: ClinicDay, turn: int) -> None:
    """A claim with the same group twice; the replacement has it once."""
    held = day.hold("90853", [*day.draw_clients(1, PAYERS[turn % 4]), *day.draw_clients(day.between(3, 7))])
    wrong = held.claims[0]
    wrong.lines.append(replace(wrong.lines[0], number=2, charge_cents=wrong.lines[0].charge_cents + 500))
    day.deliver(*held.claims)
    right = day.amend(wrong, REPLACEMENT)
    del right.lines[1:]
    day.deliver_later(right)


def void_absent_member(day: ClinicDay, turn: int) -> None:
    """A client who did not come was billed, replaced by an individual code by mistake, and voided at last."""
    clients, absent = day.draw_clients(day.between(4, 8)), day.draw_clients(1)
    held = day.hold("90853", clients, absent=absent, with_roster=True)
    wrong = day.bill(held.session, "90853", absent[0])
    day.deliver(*held.claims, wrong)
    second = day.amend(wrong, REPLACEMENT)
    second.lines = [replace(day.bill(held.session, "90832", absent[0]).lines[0])]
    day.deliver_later(second, months=1)
    day.deliver_later(day.amend(second, VOID), months=2)


def take_back_overpayment(day: ClinicDay, turn: int) -> None:
    """The payer allowed too much; a month later it reverses the claim and pays it right, and so takes back the rest.

    Every other time it leaves the money there at first, and holds it back from a payment one more month later.
    """
    held = day.hold("90853", [*day.draw_clients(1, PAYERS[turn % 4]), *day.draw_clients(day.between(3, 7))])
    overpaid = held.claims[0]
    day.pay(overpaid)
    right = replace(overpaid, version=2, lines=[replace(line) for line in overpaid.lines])
    excess_cents = 900
    overpaid.lines[0].allowed_cents += excess_cents
    overpaid.lines[0].paid_cents += excess_cents
    day.deliver(*held.claims)
    day.reverse_later(overpaid)
    day.pay_later(right)
    if turn % 2:
        day.adjust_later(overpaid, -excess_cents, months=1)
        day.adjust_later(overpaid, excess_cents, months=2)
