"""What is told of a file beside its lines: one sentence per warning code."""

from __future__ import annotations

import re
from typing import Final

_NUMBER: Final = re.compile(r"\[(?P<one>[^|\]]*)\|(?P<many>[^|\]]*)\]")

# Told beside the file, but nothing that a person has to look into.
INFORMATIVE_WARNINGS: Final = frozenset(
    {
        "member_id_from_subscriber",
        "rendering_provider_from_billing",
        "billing_provider_from_rendering",
        "date_range",
        "npi_check_digit",
        "not_yet_held",
        "superseded_version",
        "no_appointment",
        "no_schedule",
        "lines_above_header",
        "event_line_unreadable",
        "claim_charge_mismatch",
        "component_separator_mismatch",
        "payer_from_trace",
        "remitted_code_of_other_kind",
    }
)

# One sentence per warning code, in the words of the person who reads the report. {n} is how often it was seen; of
# [one|many] the first is said of one.
WARNING_TEXTS: Final = {
    "npi_check_digit": (
        "{n} [line carries|lines carry] an NPI whose check digit is wrong; the lines are kept, the number is doubtful."
    ),
    "npi_padded": (
        "{n} [line carries|lines carry] an NPI of fewer than ten digits, as test or masked data have; zeros stand "
        "before it."
    ),
    "units_look_like_minutes": (
        "{n} [line bills|lines bill] 15 or more units of a therapy code that counts sessions; minutes in the unit "
        "field are the likely cause. Each is kept as one line with its units as billed."
    ),
    "unit_basis_minutes": "{n} [line gives its|lines give their] units in minutes (MJ).",
    "service_after_received": (
        "{n} [line has|lines have] a date of service after the date on which the claim was received."
    ),
    "claim_total_mismatch": "{n} [claim whose|claims whose] total charge (CLM02) is not the sum of [its|their] lines.",
    "segment_count_mismatch": "{n} [transaction|transactions] whose SE01 does not count [its|their] segments.",
    "transaction_count_mismatch": "{n} functional [group|groups] whose GE01 does not count [its|their] transactions.",
    "group_count_mismatch": "{n} [interchange|interchanges] whose IEA01 does not count [its|their] functional groups.",
    "control_number_mismatch": (
        "{n} [envelope|envelopes] whose trailer names another control number than [its|their] header."
    ),
    "trailer_missing": (
        "{n} [interchange or functional group|interchanges or functional groups] without trailer (IEA, GE); "
        "[its|their] transactions are kept."
    ),
    "isa_not_fixed_width": "{n} interchange [header|headers] (ISA) that [is|are] not 106 characters wide.",
    "diagnosis_unreadable": (
        "{n} diagnosis [element|elements] (HI, diagnosis) that could not be read; the claims are kept without "
        "[it|them]."
    ),
    "rendering_provider_from_billing": (
        "{n} [line names|lines name] no rendering provider; the billing provider stands in."
    ),
    "payer_from_receiver": (
        "{n} [claim names|claims name] no payer (NM1*PR); the receiver of the file (NM1*40) stands in."
    ),
    "date_range": "{n} [line covers|lines cover] a range of dates; the first is the date of service.",
    "text_after_end": "{n} [stretch|stretches] of text outside any interchange.",
    "attendance_assumed": (
        "{n} [person counts|people count] as attending because a confirmed appointment is over; nothing says that "
        "[this person|they] came. Export the attendance status."
    ),
    "utc_times_without_zone": (
        "{n} [event|events] of the calendar [is|are] in UTC and no time zone of the practice is known; [its|their] "
        "times, and perhaps [its day|their days], are not those of the practice. Set the time zone."
    ),
    "calendar_cut_off": "{n} [calendar has|calendars have] no end (END:VCALENDAR); the events up to there are kept.",
    "event_line_unreadable": (
        "{n} [line inside an event is no property|lines inside events are no properties], as when a description holds"
        " raw line breaks; passed over."
    ),
    "not_yet_held": "{n} [event was|events were] not over by the last change of the calendar; no attendance.",
    "superseded_version": "{n} [event|events] of which a later version stands in the same file.",
    "no_schedule": (
        "{n} [event stands|events stand] in messages about events (answers to invitations), not in a schedule."
    ),
    "no_appointment": "{n} [event lasts|events last] whole days and [names|name] no client, as holidays do.",
    "billing_provider_from_rendering": (
        "{n} [line names|lines name] no billing provider; the rendering provider stands in."
    ),
    "code_system_missing": (
        "{n} [line gives|lines give] a procedure code without its code system; it looks like CPT or HCPCS and is "
        "taken for it."
    ),
    "modifiers_left_out": "{n} [line has|lines have] more than four modifiers; the first four are kept.",
    "units_missing": "{n} [line gives|lines give] no units; each counts as one.",
    "received_date_unreadable": "{n} [claim|claims] whose date of receipt (created) is no day; kept without it.",
    "file_unfinished": (
        "{n} [file ends|files end] inside a list or a Bundle, so that something is missing; ask for the whole file."
    ),
    "lines_above_header": "{n} [line|lines] above the header (titles of a report) passed over.",
    "read_as_windows_1252": "The file is not UTF-8; it was read as Windows-1252.",
    "other_sheets": (
        "{n} more [sheet of the workbook holds|sheets of the workbook hold] rows; only the first that fits was read."
    ),
    "member_id_from_subscriber": (
        "{n} [dependent has no number|dependents have no numbers] of their own; one is derived from the subscriber's."
    ),
    "service_payment_mismatch": (
        "{n} remitted [service|services] (SVC) whose charge less adjustments (CAS) is not what was paid."
    ),
    "claim_payment_mismatch": (
        "{n} remitted [claim|claims] (CLP) whose charge less all adjustments is not what was paid."
    ),
    "payment_total_mismatch": (
        "{n} [remittance|remittances] whose payment (BPR02) is not that of [its|their] claims (CLP04) less provider "
        "adjustments (PLB)."
    ),
    "claim_charge_mismatch": (
        "{n} remitted [claim|claims] whose charge (CLP03) is not the sum of [its|their] services (SVC02)."
    ),
    "remittance_value_unreadable": (
        "{n} [number, date or amount|numbers, dates or amounts] of payments (BPR, TRN, DTM, PLB) missing or not "
        "readable; the payments are kept without [it|them]."
    ),
    "payer_from_trace": (
        "{n} [remittance gives|remittances give] no number of the payer (N1*PR); that of the payment (TRN03) stands in."
    ),
    "component_separator_mismatch": (
        "{n} [code|codes] (SVC01, SVC06, PLB03) written with another separator than the header's (ISA16); read as "
        "written."
    ),
    "remitted_procedure_missing": "{n} remitted [service names|services name] no procedure code (SVC01-2).",
    "remitted_code_of_other_kind": (
        "{n} remitted [service is|services are] paid under a revenue or drug code, for which there is no column; kept"
        " without it."
    ),
}


def warning_text(code: str, count: int) -> str:
    """A warning in words; a code without a sentence is shown as it is."""
    sentence = WARNING_TEXTS.get(code, f"{code.replace('_', ' ')}: {{n}} [time|times].")
    return _NUMBER.sub(lambda forms: forms["one" if count == 1 else "many"], sentence).replace("{n}", f"{count:,}")
