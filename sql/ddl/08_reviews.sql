create table if not exists review_event (
    seq bigint primary key,
    event_id varchar not null,
    subject_id varchar not null,
    version integer not null,
    kind varchar not null,
    reviewer varchar not null,
    recorded_at timestamp not null,
    details varchar not null,
    event_hash varchar not null
);
comment on table review_event is 'What reviewers have put on record, as it was when the run published; grain: seq.';
comment on column review_event.seq is 'Place in the log, from 1 on without a gap.';
comment on column review_event.event_id is 'Key of the event: the same key twice is one event.';
comment on column review_event.subject_id is 'The finding that it is about; of suppressions the check.';
comment on column review_event.version is 'How many events the subject has with this one.';
comment on column review_event.kind is 'decided, commented, dated, suppressed or suppression_ended.';
comment on column review_event.reviewer is 'Who put it on record.';
comment on column review_event.recorded_at is 'When, UTC.';
comment on column review_event.details is 'JSON: what was decided or dated, with its reason and comment. PHI.';
comment on column review_event.event_hash is 'SHA-256 over the event and the hash of the event before.';

create table if not exists finding_disposition (
    finding_id varchar primary key,
    check_id varchar not null,
    disposition varchar not null,
    reason_code varchar,
    comment varchar,
    reviewer varchar not null,
    decided_at timestamp not null,
    evidence_sha varchar not null,
    is_changed_since boolean not null,
    version integer not null,
    correct_code varchar,
    correct_amount decimal(12, 2),
    records_requested_on date,
    records_received_on date,
    refund_number varchar,
    refund_amount decimal(12, 2),
    refunded_on date,
    referred_to varchar,
    reviewed_on date
);
comment on table finding_disposition is 'The decision that stands on a finding; grain: finding_id.';
comment on column finding_disposition.finding_id is 'The finding.';
comment on column finding_disposition.check_id is 'Its check.';
comment on column finding_disposition.disposition is 'confirmed, dismissed, needs_records, corrected, refunded or referred.';
comment on column finding_disposition.reason_code is 'Why it is dismissed, or how it was corrected.';
comment on column finding_disposition.comment is 'What the reviewer wrote. PHI.';
comment on column finding_disposition.reviewer is 'Who decided.';
comment on column finding_disposition.decided_at is 'When, UTC.';
comment on column finding_disposition.evidence_sha is 'Hash of the evidence that the reviewer saw.';
comment on column finding_disposition.is_changed_since is 'Whether the evidence is another now: the finding is open again.';
comment on column finding_disposition.version is 'How many events the finding has.';
comment on column finding_disposition.correct_code is 'Procedure code that should have been billed.';
comment on column finding_disposition.correct_amount is 'Allowed amount that is right, dollars.';
comment on column finding_disposition.records_requested_on is 'Day on which records were asked for.';
comment on column finding_disposition.records_received_on is 'Day on which they came.';
comment on column finding_disposition.refund_number is 'Number of the check, of the adjustment or of the corrected claim by which it was paid back.';
comment on column finding_disposition.refund_amount is 'Dollars paid back.';
comment on column finding_disposition.refunded_on is 'Day on which they were.';
comment on column finding_disposition.referred_to is 'Office or person that it was handed to.';
comment on column finding_disposition.reviewed_on is 'Day of the decision as the reviewer has entered it; null if it was the day of the record.';

create table if not exists finding_clock (
    finding_id varchar primary key,
    investigation_started_on date,
    identified_on date,
    quantified_on date,
    contract_due_on date,
    reported_on date,
    returned_on date,
    due_on date,
    due_basis varchar
);
comment on table finding_clock is 'Days that a person has entered for a finding, and by when an overpayment is to be returned; grain: finding_id.';
comment on column finding_clock.finding_id is 'The finding.';
comment on column finding_clock.investigation_started_on is 'First day of a good-faith investigation.';
comment on column finding_clock.identified_on is 'Day on which the overpayment was identified; never taken from the finding itself.';
comment on column finding_clock.quantified_on is 'Day on which the investigation ended with an amount.';
comment on column finding_clock.contract_due_on is 'Last day by the contract with the payer.';
comment on column finding_clock.reported_on is 'Day of the report to the payer.';
comment on column finding_clock.returned_on is 'Day on which it was returned.';
comment on column finding_clock.due_on is 'Last day to report and return.';
comment on column finding_clock.due_basis is 'How that day was worked out.';

create table if not exists check_suppression (
    event_id varchar primary key,
    check_id varchar not null,
    payer_id varchar,
    rendering_provider_npi varchar,
    reason varchar not null,
    reviewer varchar not null,
    suppressed_at timestamp not null,
    suppressed_until date not null,
    is_active boolean not null
);
comment on table check_suppression is 'Findings of a check that need no look until a day; they are still counted; grain: event_id.';
comment on column check_suppression.event_id is 'Event of the log.';
comment on column check_suppression.check_id is 'Check.';
comment on column check_suppression.payer_id is 'Only of this payer; null for all.';
comment on column check_suppression.rendering_provider_npi is 'Only of this provider; null for all.';
comment on column check_suppression.reason is 'Why, in the words of the reviewer.';
comment on column check_suppression.reviewer is 'Who did.';
comment on column check_suppression.suppressed_at is 'When, UTC.';
comment on column check_suppression.suppressed_until is 'Last day on which it holds.';
comment on column check_suppression.is_active is 'Whether it held on the day of the audit.';
