"""Which scenario is played when: so many of each, spread evenly over the year, no random needed."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final

from claims_audit.sample_practice import (
    add_on_mistakes,
    attendance_mistakes,
    coding_mistakes,
    corrections,
    coverage_mistakes,
    diagnosis_mistakes,
    documentation_mistakes,
    duplicate_mistakes,
    group_size_mistakes,
    lifecycle_mistakes,
    modifier_mistakes,
    ordinary,
    payment_mistakes,
    provider_mistakes,
    time_mistakes,
)
from claims_audit.sample_practice.clinic_day import ClinicDay
from claims_audit.sample_practice.practice import FORMAT_OF_MONTH, MONTHS, ClaimFormat

DEFAULT_SESSIONS: Final = 600


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario, its share of all sessions, and how often a sample of the default size has it at least."""

    play: Callable[[ClinicDay, int], None]
    share: float = 0.0
    least: int = 0
    sessions: int = 1  # how many sessions it takes
    months: Collection[int] = MONTHS
    is_filler: bool = False

    def wanted(self, sessions: int) -> float:
        """Returns how often the scenario is played in a sample of this many sessions."""
        return max(self.share * sessions, self.least * min(1.0, sessions / DEFAULT_SESSIONS))


CSV_MONTHS: Final = tuple(month for month in MONTHS if FORMAT_OF_MONTH[month] is ClaimFormat.CSV)
PROFESSIONAL_MONTHS: Final = tuple(month for month in MONTHS if FORMAT_OF_MONTH[month] is ClaimFormat.PROFESSIONAL)
MONTHS_WITH_TWO_MORE: Final = MONTHS[:-1]
PLANTED_SHARE: Final = 0.0045


def _planted(
    play: Callable[[ClinicDay, int], None], least: int = 4, sessions: int = 1, months: Collection[int] = MONTHS
) -> Scenario:
    return Scenario(play, PLANTED_SHARE, least, sessions, months)


def _lifecycle(play: Callable[[ClinicDay, int], None], least: int = 2, months: Collection[int] = MONTHS) -> Scenario:
    """A mistake of which several kinds belong to one check."""
    return Scenario(play, PLANTED_SHARE / 2, least, months=months)


def _rare(
    play: Callable[[ClinicDay, int], None], least: int = 3, sessions: int = 1, months: Collection[int] = MONTHS
) -> Scenario:
    """A mistake that is found in a small sample a few times only: there are many kinds."""
    return Scenario(play, PLANTED_SHARE / 3, least, sessions, months)


SCENARIOS: Final = (
    _planted(coding_mistakes.plant_group_code_for_one_family),
    _planted(coding_mistakes.plant_family_group_code_for_one_family),
    _planted(coding_mistakes.plant_family_code_for_group),
    _planted(coding_mistakes.plant_mixed_codes_in_session),
    _planted(group_size_mistakes.plant_oversized_group, least=5),
    _planted(group_size_mistakes.plant_undersized_group),
    _planted(modifier_mistakes.plant_missing_distinct_modifier, sessions=2),
    _planted(modifier_mistakes.plant_distinct_modifier_on_wrong_line, least=5, sessions=2, months=CSV_MONTHS),
    _planted(modifier_mistakes.plant_group_and_family_same_day, sessions=2),
    _planted(duplicate_mistakes.plant_exact_duplicate_line),
    _planted(duplicate_mistakes.plant_same_code_twice_in_day),
    _lifecycle(lifecycle_mistakes.plant_replacement_without_number),
    _lifecycle(lifecycle_mistakes.plant_void_with_wrong_number, 3, PROFESSIONAL_MONTHS),
    _lifecycle(lifecycle_mistakes.plant_repeat_of_decided_claim),
    _lifecycle(lifecycle_mistakes.plant_payment_after_void, 3, PROFESSIONAL_MONTHS),
    _lifecycle(lifecycle_mistakes.plant_reversal_without_reissue, 3, PROFESSIONAL_MONTHS),
    _rare(coding_mistakes.plant_individual_code_for_shared_session),
    _rare(coding_mistakes.plant_family_session_billed_per_member),
    _rare(coding_mistakes.plant_family_group_units_per_member),
    _rare(coding_mistakes.plant_family_code_presence_mismatch),
    _rare(group_size_mistakes.plant_too_few_facilitators),
    _rare(group_size_mistakes.plant_large_co_led_group, least=1),
    _rare(group_size_mistakes.plant_documented_group_size_mismatch),
    _rare(modifier_mistakes.plant_individual_and_family_same_day, sessions=2),
    _rare(modifier_mistakes.plant_codes_never_together, sessions=2),
    _rare(modifier_mistakes.plant_distinct_modifier_without_reason),
    _rare(modifier_mistakes.plant_visit_with_group_without_modifier),
    _rare(duplicate_mistakes.plant_two_groups_at_hospital, least=1, sessions=2, months=(8, 9)),
    _rare(duplicate_mistakes.plant_units_over_limit),
    _rare(duplicate_mistakes.plant_whole_group_on_one_line),
    _rare(duplicate_mistakes.plant_visits_over_frequency_limit, sessions=4, months=MONTHS_WITH_TWO_MORE),
    _rare(add_on_mistakes.plant_add_on_without_primary),
    _rare(add_on_mistakes.plant_add_on_with_family_or_crisis),
    _rare(add_on_mistakes.plant_add_on_saturation),
    _rare(add_on_mistakes.plant_add_on_not_payable),
    _rare(diagnosis_mistakes.plant_unspecific_diagnosis, least=4),
    _rare(diagnosis_mistakes.plant_cloned_diagnoses, least=2),
    _rare(diagnosis_mistakes.plant_cloned_notes, least=2),
    _rare(time_mistakes.plant_session_too_short),
    _rare(time_mistakes.plant_time_not_documented),
    _rare(time_mistakes.plant_provider_in_two_places, sessions=2),
    _rare(time_mistakes.plant_member_in_two_places, sessions=2),
    _rare(time_mistakes.plant_impossible_day, least=2, sessions=8),
    _rare(attendance_mistakes.plant_billed_not_attended),
    _rare(attendance_mistakes.plant_attended_not_billed, sessions=2, months=MONTHS_WITH_TWO_MORE),
    _rare(attendance_mistakes.plant_co_facilitator_double_bill),
    _rare(coverage_mistakes.plant_provider_not_eligible),
    _rare(coverage_mistakes.plant_code_not_covered),
    _rare(coverage_mistakes.plant_telehealth_mismatch, least=4),
    _rare(coverage_mistakes.plant_wrong_program, sessions=2),
    _rare(coverage_mistakes.plant_timely_filing, months=range(1, 5)),
    _rare(coverage_mistakes.plant_coverage_or_authorization),
    _rare(payment_mistakes.plant_denied_but_correctable, least=8, months=PROFESSIONAL_MONTHS),
    _rare(payment_mistakes.plant_underpaid),
    _rare(payment_mistakes.plant_group_paid_at_other_rate),
    _rare(documentation_mistakes.plant_treatment_plan_missing, least=4),
    Scenario(provider_mistakes.plant_outlier, least=1, sessions=30, months=(1, 2)),
    Scenario(provider_mistakes.hold_part_time, 0.05, 30, months=range(1, 7)),
    Scenario(provider_mistakes.hold_part_time_for_two, 0.01, 8, sessions=2, months=range(1, 7)),
    Scenario(ordinary.hold_smallest_group, 0.010, 4),
    Scenario(ordinary.hold_largest_group, 0.010, 5),
    Scenario(ordinary.hold_co_led_group, 0.020, 6),
    Scenario(ordinary.hold_multi_family_group, 0.030, 6),
    Scenario(ordinary.hold_couple, 0.050, 6),
    Scenario(ordinary.hold_family, 0.080, 9),
    Scenario(ordinary.hold_group_and_individual, 0.030, 8, sessions=2),
    Scenario(ordinary.hold_group_and_other_clinician, 0.020, 5, sessions=2),
    Scenario(ordinary.hold_group_and_family, 0.008, 4, sessions=2),
    Scenario(ordinary.hold_individual_and_family, 0.004, 2, sessions=2),
    Scenario(ordinary.hold_group_and_visit, 0.004, 2, sessions=2),
    Scenario(ordinary.hold_recovery_group, 0.004, 2),
    Scenario(ordinary.begin_care, 0.004, 2),
    Scenario(ordinary.share_interactive_complexity, 0.006, 3),
    Scenario(ordinary.bill_with_a_flaw, least=5),
    Scenario(corrections.add_missing_modifier, 0.003, 3, sessions=2),
    Scenario(corrections.void_duplicate, 0.003, 3),
    Scenario(corrections.void_eleventh_member, 0.002, 2),
    Scenario(corrections.replace_code_twice, 0.002, 2, months=MONTHS_WITH_TWO_MORE),
    Scenario(corrections.drop_second_line, 0.002, 2),
    Scenario(corrections.void_absent_member, 0.002, 2, months=MONTHS_WITH_TWO_MORE),
    Scenario(corrections.take_back_overpayment, 0.003, 3, months=PROFESSIONAL_MONTHS),
)
FILLERS: Final = (
    Scenario(ordinary.hold_group, 0.75, is_filler=True),
    Scenario(ordinary.hold_individual, 0.25, is_filler=True),
)


@dataclass(frozen=True, order=True, slots=True)
class Turn:
    """The next time of a scenario: when it is due, counted in sessions, which it is, and how often it was played."""

    due: float
    index: int
    number: int


class Schedule:
    """Hands out scenarios in the order in which they are due."""

    def __init__(self, sessions: int) -> None:
        self.scenarios = (*SCENARIOS, *FILLERS)
        self._sessions = sessions
        wanted = [scenario.wanted(sessions) for scenario in SCENARIOS]
        rest = sessions - sum(count * one.sessions for count, one in zip(wanted, SCENARIOS, strict=True))
        # Fillers never run out; they take what is left.
        self._wanted = [*wanted, *(max(rest * filler.share, 1.0) for filler in FILLERS)]
        self._waiting: list[Turn] = []
        for index in range(len(self.scenarios)):
            self._wait(index, 0)

    def next(self, month: int, remaining: int, passed_over: Collection[int]) -> Turn | None:
        """Takes the turn that is due first among those that can be played now."""
        skipped: list[Turn] = []
        found = None
        while self._waiting and found is None:
            turn = heapq.heappop(self._waiting)
            scenario = self.scenarios[turn.index]
            if month in scenario.months and scenario.sessions <= remaining and turn.index not in passed_over:
                found = turn
            else:
                skipped.append(turn)
        for turn in skipped:
            heapq.heappush(self._waiting, turn)
        return found

    def played(self, turn: Turn) -> None:
        """Lets the next time of the scenario wait."""
        self._wait(turn.index, turn.number + 1)

    def put_back(self, turn: Turn) -> None:
        """Lets a turn wait for another day."""
        heapq.heappush(self._waiting, turn)

    def _wait(self, index: int, number: int) -> None:
        wanted, scenario = self._wanted[index], self.scenarios[index]
        if not wanted:
            return
        # Scenarios of one share would all fall on the same days; each begins at its own part of the interval.
        phase = (index * 0.618034 + 0.1) % 1.0
        # What can be played in some months only is due within them.
        first = self._sessions * (min(scenario.months) - 1) / len(MONTHS)
        end = self._sessions * max(scenario.months) / len(MONTHS)
        due = first + (number + phase) * (end - first) / wanted
        if scenario.is_filler or due < end:
            heapq.heappush(self._waiting, Turn(due, index, number))
