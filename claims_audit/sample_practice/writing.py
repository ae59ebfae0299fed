"""Writes a made-up practice with labelled mistakes: deliveries for the inbox, and truth.csv with what must be found."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

from claims_audit.errors import StorageError, UsageError
from claims_audit.sample_practice.clinic_day import ClinicDay
from claims_audit.sample_practice.deliveries import TRUTH_NAME, Deliveries
from claims_audit.sample_practice.numbering import Numbers
from claims_audit.sample_practice.practice import DEFAULT_SEED, business_days
from claims_audit.sample_practice.schedule import DEFAULT_SESSIONS, Schedule
from claims_audit.sample_practice.settings_file import write_policies, write_settings
from claims_audit.sample_practice.site import NoRoomError, Site

SESSIONS_PER_SITE_DAY = 30  # eight clinicians at four sessions a day


@dataclass(frozen=True, slots=True)
class SampleSummary:
    """What a sample holds. Lines and claims count every version and every broken row, as the inbox has them."""

    folder: Path
    file_names: tuple[str, ...]
    sessions: int
    claims: int
    claim_lines: int
    broken_lines: int
    remitted_lines: int
    attendance_rows: int
    other_transactions: int
    findings: dict[str, int]


def write_sample_practice(folder: Path, *, sessions: int = DEFAULT_SESSIONS, seed: int = DEFAULT_SEED) -> SampleSummary:
    """Writes `folder`/inbox and `folder`/truth.csv, day by day; the same sessions and seed give the same bytes.

    Files of an earlier sample are replaced, other files stay.
    """
    if sessions < 1:
        raise UsageError("A sample needs at least one session: give --sessions 1 or more.")
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file: name a folder for the sample.")
    try:
        deliveries = Deliveries(folder)
        try:
            played = _play_year(deliveries, sessions, seed)
            deliveries.close()
            more_names = (write_settings(folder), *write_policies(folder))
        except BaseException:
            deliveries.abandon()
            raise
    except OSError as error:
        raise StorageError(f"The sample could not be written to {folder}: {error.strerror or error}.") from error
    return SampleSummary(
        folder=folder,
        file_names=(*deliveries.file_names, *more_names, TRUTH_NAME),
        sessions=played,
        claims=deliveries.counts["claims"],
        claim_lines=deliveries.counts["claim_lines"],
        broken_lines=deliveries.counts["broken_lines"],
        remitted_lines=deliveries.counts["remitted_lines"],
        attendance_rows=deliveries.counts["attendance_rows"],
        other_transactions=deliveries.counts["other_transactions"],
        findings=dict(sorted(deliveries.findings.items())),
    )


def _play_year(deliveries: Deliveries, sessions: int, seed: int) -> int:
    rng = random.Random(seed)  # noqa: S311 - a sample, not a secret
    days = business_days()
    numbers, schedule = Numbers(seed), Schedule(sessions)
    site_count = -(-sessions // (SESSIONS_PER_SITE_DAY * len(days)))
    site_days = len(days) * site_count
    households = 150 + 6 * (sessions // site_days + 1)
    sites = [Site(number, households, seed) for number in range(site_count)]
    done, month = 0, 0
    for day_number, date in enumerate(days):
        if date.month != month:
            deliveries.open_month(date.month)
            if not month:
                deliveries.add_other_transaction()
            month = date.month
        for site in sites:
            due = (day_number * site_count + site.number + 1) * sessions // site_days
            day = ClinicDay(site, date, rng, numbers, deliveries)
            for scene in site.appointments.pop(date, []):
                try:
                    scene(day)
                except NoRoomError:
                    day.go_on(1, scene)
            done += _play_day(day, schedule, due - done, sessions - done)
    for site in sites:
        deliveries.reference.add_site(site)
    return done


def _play_day(day: ClinicDay, schedule: Schedule, due: int, remaining: int) -> int:
    """Plays scenarios until what is due has taken place; the last may take a session of the day after."""
    done = 0
    passed_over: set[int] = set()
    while done < due:
        turn = schedule.next(day.date.month, remaining - done, passed_over)
        if turn is None:
            break
        scenario = schedule.scenarios[turn.index]
        try:
            scenario.play(day, turn.number)
        except NoRoomError:
            passed_over.add(turn.index)
            schedule.put_back(turn)
            continue
        done += scenario.sessions
        schedule.played(turn)
    return done
