"""The planted mistakes in the life of a claim: corrections, voids and reversals that do not hold together (R49).

Those that only a remittance can tell are planted in months whose claims go out as 837P.
"""

from __future__ import annotations

from typing import Final

from claims_audit.sample_practice.clinic_day import ClinicDay, Held
from claims_audit.sample_practice.encounters import REPLACEMENT, VOID, Claim, Denial
from claims_audit.sample_practice.people import pick
from claims_audit.sample_practice.practice import INDIVIDUAL_CODES, PAYERS, SUMMIT, Payer

CHECK_ID: Final = "broken_claim_lifecycle"

UNPROCESSABLE: Final = Denial("CO", "16", "MA130")
DUPLICATE: Final = Denial("OA", "18", "M86")


def plant_replacement_without_number(day: ClinicDay, turn: int) -> None:
    """A charge is corrected by a replacement that names no number of the payer, which refuses it."""
    # What Blue Harbor leaves unpaid would be told again when its time to file is nearly over.
    payer = SUMMIT if day.is_csv and turn % 4 == 0 else PAYERS[turn % 4]
    held = _hold_group(day, payer)
    wrong = held.claims[0]
    charge_cents = wrong.lines[0].charge_cents
    wrong.lines[0].charge_cents += 500
    day.pay(wrong)
    day.deliver(*held.claims)
    right = day.amend(wrong, REPLACEMENT)
    right.lines[0].charge_cents = charge_cents
    right.replaced_number = ""
    day.refuse(right, UNPROCESSABLE)
    day.deliver_later(right)
    day.label(CHECK_ID, [right], "A replacement does not name the payer's number of its original.")


def plant_void_with_wrong_number(day: ClinicDay, turn: int) -> None:
    """A client who did not come was billed; the void names another number, so that the payer finds nothing to void."""
    wrong = _bill_absent_client(day, turn + 1)
    void = day.amend(wrong, VOID)
    # The practice's own number of the claim, or one that the payer never gave.
    void.replaced_number = f"ICN9{wrong.payer_number[4:]}" if turn % 2 else wrong.patient_control_number
    day.refuse(void, UNPROCESSABLE)
    day.deliver_later(void)
    named = "a number that the payer never gave" if turn % 2 else "the practice's own number"
    day.label(CHECK_ID, [void], f"A void names {named} instead of the payer's number of its original.")


def plant_repeat_of_decided_claim(day: ClinicDay, turn: int) -> None:
    """A claim that was paid is sent again as an original at another charge: paid again, or denied as a duplicate."""
    first = day.hold(pick(day.rng, INDIVIDUAL_CODES), day.draw_clients(1, PAYERS[(turn + 2) % 4])).claims[0]
    day.pay(first)
    day.deliver(first)
    again = day.send_again(first)
    again.lines[0].charge_cents += 500
    if turn % 2:
        day.refuse(again, DUPLICATE)
    day.deliver_later(again)
    outcome = "denied" if turn % 2 else "paid again"
    if turn % 2 and not day.is_csv:
        day.label("denied_but_correctable", [again], "Denied as OA 18 with M86: there is nothing to correct.")
    day.label(CHECK_ID, [again], f"A claim that was paid was sent again as an original, and {outcome}.")


def plant_payment_after_void(day: ClinicDay, turn: int) -> None:
    """A claim is paid, voided and taken back, and a month later paid once more."""
    wrong = _bill_absent_client(day, turn + 3)
    void = day.amend(wrong, VOID)
    day.deliver_later(void)
    day.pay_later(wrong, months=2)
    day.label(CHECK_ID, [void], "A claim was paid again after it was voided and the payment taken back.")


def plant_reversal_without_reissue(day: ClinicDay, turn: int) -> None:
    """A payment is taken back, and the claim is never decided on again."""
    held = _hold_group(day, PAYERS[turn % 4])
    reversed_claim = held.claims[0]
    day.pay(reversed_claim)
    day.deliver(*held.claims)
    day.reverse_later(reversed_claim)
    day.label(CHECK_ID, [reversed_claim], "A payment was taken back and the claim was not paid again.")


def _hold_group(day: ClinicDay, payer: Payer) -> Held:
    """Holds a group whose first member has one payer."""
    return day.hold("90853", [*day.draw_clients(1, payer), *day.draw_clients(day.between(3, 7))])


def _bill_absent_client(day: ClinicDay, turn: int) -> Claim:
    """Delivers the claims of a group and, paid like them, one for a client who did not come."""
    absent, clients = day.draw_clients(1, PAYERS[turn % 4]), day.draw_clients(day.between(4, 8))
    held = day.hold("90853", clients, absent=absent, with_roster=True)
    wrong = day.bill(held.session, "90853", absent[0])
    day.pay(wrong)
    day.deliver(*held.claims, wrong)
    return wrong
