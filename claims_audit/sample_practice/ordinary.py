"""Normal life in the practice: sessions in order, and look-alikes of mistakes that an audit must let pass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from claims_audit.sample_practice.clinic_day import Booking, ClinicDay, Held, put_on_one_claim
from claims_audit.sample_practice.csv_files import CSV_FLAWS
from claims_audit.sample_practice.encounters import Claim, Record, SessionMark
from claims_audit.sample_practice.people import HouseholdKind, Person, pick
from claims_audit.sample_practice.practice import (
    BLUE_HARBOR,
    CT_MEDICAID,
    INDIVIDUAL_CODES,
    MEDICARE,
    OPENING_HOURS,
    PAYERS,
    PAYERS_OF_MULTI_FAMILY_GROUPS,
    PRESCRIBER,
    TELEHEALTH_HOME,
    Payer,
)
from claims_audit.sample_practice.professional_files import PROFESSIONAL_FLAWS

PAYERS_OF_ADD_ON: Final = (BLUE_HARBOR, CT_MEDICAID, MEDICARE)  # Summit does not pay 90785 apart


def hold_group(day: ClinicDay, turn: int) -> None:
    """A group of clients of several payers; now and then somebody does not come or a trainee looks on."""
    absent = day.draw_clients(day.between(1, 2)) if day.chance(0.15) else []
    held = day.hold("90853", day.draw_clients(day.between(4, 9)), absent=absent, observers=int(day.chance(0.04)))
    day.deliver(*held.claims)


def hold_individual(day: ClinicDay, turn: int) -> None:
    """One client and one clinician; some by video from home, some with interactive complexity."""
    held = day.hold(pick(day.rng, INDIVIDUAL_CODES), day.draw_clients(1))
    claim = held.claims[0]
    if claim.payer is not CT_MEDICAID and day.chance(0.2):
        held.session.place_of_service_code = claim.place_of_service_code = TELEHEALTH_HOME
        # Medicare asks for the place alone.
        claim.lines[0].modifiers = () if claim.payer is MEDICARE else ("95",)
    if claim.payer in PAYERS_OF_ADD_ON and day.chance(0.08):
        day.add_line(claim, "90785", held.session, claim.lines[0].modifiers)
    day.deliver(claim)


def hold_smallest_group(day: ClinicDay, turn: int) -> None:
    """A group of exactly three: just large enough."""
    held = day.hold("90853", day.draw_clients(3), absent=day.draw_clients(turn % 3))
    day.deliver(*held.claims)


def hold_largest_group(day: ClinicDay, turn: int) -> None:
    """Exactly ten; some with two more who did not come, some with a trainee who does not count."""
    absent = day.draw_clients(2) if turn % 2 else []
    held = day.hold("90853", day.draw_clients(10), absent=absent, observers=turn // 2 % 2, with_roster=True)
    day.deliver(*held.claims)


def hold_co_led_group(day: ClinicDay, turn: int) -> None:
    """A group with two clinicians, of whom each bills for a part: one alone may have less than three."""
    day.deliver(*day.hold_co_led(day.draw_clients(day.between(4, 9))).claims)


def hold_multi_family_group(day: ClinicDay, turn: int) -> None:
    """Three or four families in one room; 90849 is reported once for each family."""
    billed, others = draw_families(day)
    day.deliver(*day.hold("90849", billed, unbilled=others).claims)


def hold_couple(day: ClinicDay, turn: int) -> None:
    """A couple: two came, one of them is the identified client."""
    home = day.draw_household(kind=HouseholdKind.COUPLE)
    held = day.hold("90847", [home.client], unbilled=[one for one in home.members if one is not home.client])
    day.deliver(*held.claims)


def hold_family(day: ClinicDay, turn: int) -> None:
    """A family with its identified client (90847), or without (90846)."""
    home = day.draw_household(kind=HouseholdKind.FAMILY)
    others = [one for one in home.members if one is not home.client]
    if turn % 3:
        held = day.hold("90847", [home.client], unbilled=others)
    else:
        held = day.hold("90846", [home.client], at=day.book(clear_of=("90846",)), unbilled=others)
    day.deliver(*held.claims)


def hold_group_and_individual(day: ClinicDay, turn: int) -> None:
    """Group and individual therapy on one day with one clinician, the second session marked as distinct."""
    visits = hold_group_and_individual_visits(day, PAYERS[turn % 4])
    visits.mark_later("XE" if turn % 4 == 3 else "59")
    day.deliver(*visits.rest, *visits.claims(on_one=turn % 2 == 0))


def hold_group_and_other_clinician(day: ClinicDay, turn: int) -> None:
    """Group and individual therapy on one day with two clinicians: no modifier is needed."""
    clients = day.draw_clients(day.between(4, 8))
    group_booking = day.book()
    own_booking = day.book(apart_from=group_booking)
    group = day.hold("90853", clients, at=group_booking)
    individual = day.hold(pick(day.rng, INDIVIDUAL_CODES), clients[:1], at=own_booking)
    day.deliver(*group.claims, *individual.claims)


def hold_group_and_family(day: ClinicDay, turn: int) -> None:
    """Group and family therapy on one day with one clinician, the second session marked as distinct."""
    visits = hold_group_and_family_visits(day, PAYERS[turn % 4], "90847")
    visits.mark_later("59")
    day.deliver(*visits.rest, *visits.claims(on_one=turn % 2 == 1))


def hold_individual_and_family(day: ClinicDay, turn: int) -> None:
    """Individual and family therapy on one day with one clinician, the second session marked as distinct."""
    visits = hold_individual_and_family_visits(day, PAYERS[turn % 4])
    visits.mark_later("59")
    day.deliver(*visits.claims(on_one=turn % 2 == 0))


def hold_group_and_visit(day: ClinicDay, turn: int) -> None:
    """A medical visit and a group on one day with one clinician, and 25 on the visit."""
    visits = hold_group_and_medical_visit(day, PAYERS[turn % 4])
    visits.other_claim.lines[0].modifiers = ("25",)
    day.deliver(*visits.rest, *visits.claims(on_one=turn % 2 == 0))


def hold_recovery_group(day: ClinicDay, turn: int) -> None:
    """A group for one disorder, which its focus names: everybody rightly has the same diagnosis."""
    clients = day.draw_clients(day.between(5, 8))
    held = day.hold("90853", clients, with_roster=True, record=Record(focus="early recovery"))
    for claim in held.claims:
        claim.own_diagnosis_codes = ("F1020",)
    day.deliver(*held.claims)


def begin_care(day: ClinicDay, turn: int) -> None:
    """A new client, with an authorization, of whom nothing more specific is known yet."""
    client = day.invite(PAYERS[turn % 4]).client
    held = day.hold("90834", [client])
    number = held.claims[0].authorization_number = f"AUTH{held.claims[0].patient_control_number}"
    day.authorize(client, number, "90834", 12, (day.date, None))
    held.claims[0].own_diagnosis_codes = (("F419",), ("F32A",))[turn % 2]
    day.deliver(*held.claims)


def share_interactive_complexity(day: ClinicDay, turn: int) -> None:
    """A group in which one member is hard to talk with."""
    held = day.hold("90853", [*day.draw_clients(1, PAYERS_OF_ADD_ON[turn % 3]), *day.draw_clients(day.between(4, 6))])
    day.add_line(held.claims[0], "90785", held.session)
    day.deliver(*held.claims)


def bill_with_a_flaw(day: ClinicDay, turn: int) -> None:
    """An individual session whose claim is broken, so that the quarantine has something to show."""
    held = day.hold("90834", day.draw_clients(1))
    held.claims[0].flaw = pick_in_turn(tuple(CSV_FLAWS) if day.is_csv else PROFESSIONAL_FLAWS, turn)
    day.deliver(*held.claims)


def pick_in_turn(choices: tuple[str, ...], turn: int) -> str:
    """Returns one choice after the other."""
    return choices[turn % len(choices)]


def draw_families(day: ClinicDay, payer: Payer | None = None) -> tuple[list[Person], list[Person]]:
    """Takes three or four households for a multi-family group: who is billed for each, and who comes along."""
    billed: list[Person] = []
    others: list[Person] = []
    for n in range(day.between(3, 4)):
        kind = HouseholdKind.COUPLE if n == 2 else HouseholdKind.FAMILY
        home = day.draw_household(payer or pick(day.rng, PAYERS_OF_MULTI_FAMILY_GROUPS), kind)
        billed.append(home.client)
        others.append(next(one for one in home.members if one is not home.client))
    return billed, others


@dataclass(slots=True)
class TwoVisits:
    """A client's group and other session on one day with one clinician, and the claims of the others there."""

    group_claim: Claim
    other_claim: Claim
    rest: list[Claim]

    @property
    def in_order(self) -> tuple[Claim, Claim]:
        """The two as they took place."""
        both = (self.group_claim, self.other_claim)
        return both if both[0].lines[0].session.start_at < both[1].lines[0].session.start_at else both[::-1]

    def mark_later(self, modifier: str) -> None:
        """Puts a modifier on the second session of the day."""
        self.in_order[1].lines[0].modifiers = (modifier,)

    def mark_earlier(self, modifier: str) -> None:
        """Puts a modifier on the first session of the day."""
        self.in_order[0].lines[0].modifiers = (modifier,)

    def claims(self, *, on_one: bool) -> list[Claim]:
        """Returns the two visits as one claim with two lines, or as two claims."""
        return (
            [put_on_one_claim(self.group_claim, self.other_claim)] if on_one else [self.group_claim, self.other_claim]
        )


def hold_group_and_individual_visits(
    day: ClinicDay, payer: Payer, *, mark: SessionMark | None = None, with_roster: bool | None = None
) -> TwoVisits:
    """Holds a group and, with the same clinician, an individual session of one of its members, without modifiers."""
    clients = [*day.draw_clients(1, payer), *day.draw_clients(day.between(3, 7))]
    mark = mark or day.draw_mark()
    if mark is SessionMark.NUMBER and with_roster is None:
        mark = SessionMark.NUMBER_AND_CLOCK
    group_booking, own_booking = _in_any_order(day, day.book(hours=2))
    group = day.hold("90853", clients, at=group_booking, mark=mark, with_roster=with_roster)
    individual = day.hold(
        pick(day.rng, INDIVIDUAL_CODES), clients[:1], at=own_booking, mark=mark, with_roster=bool(with_roster)
    )
    return TwoVisits(group.claims[0], individual.claims[0], group.claims[1:])


def hold_group_and_family_visits(day: ClinicDay, payer: Payer, family_code: str) -> TwoVisits:
    """Holds a group and, with the same clinician, a family session of one of its members, without modifiers.

    Two rosters of one clinician with one person can be told apart only by claim lines that name their session; where
    they cannot, as in an 837P, neither session gets a roster.
    """
    home = day.draw_household(payer, HouseholdKind.FAMILY)
    billed, unbilled = [home.client], [one for one in home.members if one is not home.client]
    if family_code == "90849":
        more_billed, more_unbilled = draw_families(day)
        billed, unbilled = [*billed, *more_billed], [*unbilled[:1], *more_unbilled]
    clients = [home.client, *day.draw_clients(day.between(3, 7))]
    mark = SessionMark.NUMBER_AND_CLOCK if day.is_csv else SessionMark.NOTHING
    booking = day.book(hours=2, clear_of=() if day.is_csv else ("90853", family_code), without_roster=not day.is_csv)
    group_booking, family_booking = _in_any_order(day, booking)
    group = day.hold("90853", clients, at=group_booking, mark=mark, with_roster=day.is_csv)
    family = day.hold(family_code, billed, at=family_booking, unbilled=unbilled, mark=mark, with_roster=day.is_csv)
    return TwoVisits(group.claims[0], family.claims[0], [*group.claims[1:], *family.claims[1:]])


def _in_any_order(day: ClinicDay, booking: Booking) -> tuple[Booking, Booking]:
    first, second = (Booking(booking.clinician, (hour,)) for hour in booking.hours)
    return (first, second) if day.chance(0.5) else (second, first)


def hold_individual_and_family_visits(day: ClinicDay, payer: Payer) -> TwoVisits:
    """Holds an individual and a family session of one client with one clinician, without modifiers or rosters."""
    home = day.draw_household(payer, HouseholdKind.FAMILY)
    others = [one for one in home.members if one is not home.client]
    mark = SessionMark.CLOCK if day.is_csv else SessionMark.NOTHING
    booking = day.book(hours=2, clear_of=() if day.is_csv else ("90847",))
    own_booking, family_booking = _in_any_order(day, booking)
    own = day.hold(pick(day.rng, INDIVIDUAL_CODES), [home.client], at=own_booking, mark=mark, with_roster=False)
    family = day.hold("90847", [home.client], at=family_booking, unbilled=others, mark=mark, with_roster=False)
    return TwoVisits(own.claims[0], family.claims[0], [])


def hold_group_and_medical_visit(day: ClinicDay, payer: Payer) -> TwoVisits:
    """Holds a group and a medical visit of one of its members with a clinician who prescribes, without modifiers."""
    prescriber = day.engage(PRESCRIBER)
    hour = pick(day.rng, OPENING_HOURS[:4])
    clients = [*day.draw_clients(1, payer), *day.draw_clients(day.between(3, 6))]
    mark = SessionMark.NUMBER_AND_CLOCK if day.is_csv else SessionMark.NOTHING
    visit = day.hold(
        pick(day.rng, ("99213", "99214")), clients[:1], at=Booking(prescriber, (hour,)), mark=mark, with_roster=False
    )
    group = day.hold("90853", clients, at=Booking(prescriber, (hour + 2,)), with_roster=True)
    return TwoVisits(group.claims[0], visit.claims[0], group.claims[1:])


def hold_group_of_payer(
    day: ClinicDay,
    payer: Payer,
    size: int,
    absent: int = 0,
    *,
    record: Record | None = None,
    mark: SessionMark | None = None,
) -> Held:
    """Holds a group whose members all have one payer, with a roster."""
    away = day.draw_clients(absent, payer)
    return day.hold("90853", day.draw_clients(size, payer), absent=away, with_roster=True, record=record, mark=mark)
