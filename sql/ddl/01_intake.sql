create table if not exists audit_run (
    run_id varchar primary key,
    started_at timestamp not null,
    ended_at timestamp,
    status_code varchar not null,
    exit_code integer,
    code_version varchar not null,
    rule_set_sha varchar not null,
    policy_sha varchar not null,
    data_view varchar not null
);
comment on table audit_run is 'One execution of the nightly audit or of one of its commands; grain: run.';
comment on column audit_run.run_id is 'Sortable identity: UTC time of the start and a random tail.';
comment on column audit_run.started_at is 'UTC start.';
comment on column audit_run.ended_at is 'UTC end; null while running and after a crash.';
comment on column audit_run.status_code is 'running, published, gate_failed, crashed, failed.';
comment on column audit_run.exit_code is 'Exit code of the command, see the README.';
comment on column audit_run.code_version is 'Version of claims-audit that ran.';
comment on column audit_run.rule_set_sha is 'SHA-256 over the text of all checks and views.';
comment on column audit_run.policy_sha is 'SHA-256 over the rows of payer and payer_policy.';
comment on column audit_run.data_view is 'provider, provider_partial or payer: whose claims the warehouse holds.';

create table if not exists delivered_file (
    file_id integer primary key,
    run_id varchar not null,
    accepted_run_id varchar,
    file_name varchar not null,
    sha256 varchar not null unique,
    format_code varchar not null,
    byte_count bigint not null,
    lines_in bigint not null,
    lines_loaded bigint not null,
    lines_quarantined bigint not null,
    lines_superseded bigint not null,
    lines_duplicate bigint not null,
    lines_other bigint not null,
    charge_in_cents bigint not null,
    charge_loaded_cents bigint not null,
    charge_quarantined_cents bigint not null,
    charge_superseded_cents bigint not null,
    charge_duplicate_cents bigint not null,
    charge_other_cents bigint not null,
    records_in bigint not null default 0,
    bytes_loaded bigint not null default 0,
    bytes_quarantined bigint not null default 0,
    bytes_superseded bigint not null default 0,
    bytes_duplicate bigint not null default 0,
    bytes_other bigint not null default 0,
    bytes_frame bigint not null default 0,
    profile_name varchar,
    header varchar,
    segment_counts varchar not null,
    warnings varchar not null,
    loaded_at timestamp not null,
    check (lines_in = lines_loaded + lines_quarantined + lines_superseded + lines_duplicate + lines_other),
    check (
        charge_in_cents = charge_loaded_cents + charge_quarantined_cents + charge_superseded_cents
        + charge_duplicate_cents + charge_other_cents
    ),
    check (
        byte_count = bytes_loaded + bytes_quarantined + bytes_superseded + bytes_duplicate + bytes_other + bytes_frame
    )
);
comment on table delivered_file is 'The ledger: one file that was loaded, in the same transaction as its rows; grain: content hash.';
comment on column delivered_file.file_id is 'Key, in order of loading.';
comment on column delivered_file.run_id is 'Run that loaded the file.';
comment on column delivered_file.accepted_run_id is 'Run whose gate accepted the file; null while it waits for a gate.';
comment on column delivered_file.file_name is 'Name of the file without its folder.';
comment on column delivered_file.sha256 is 'SHA-256 of the uncompressed content: the identity of the file.';
comment on column delivered_file.format_code is 'What the file was read as: 837p, 835, fhir, claim_csv, claim_xlsx, claim_parquet, attendance_csv, attendance_xlsx, attendance_parquet or attendance_ics.';
comment on column delivered_file.byte_count is 'Bytes, uncompressed.';
comment on column delivered_file.lines_in is 'Service lines or rows counted by the reader; the sum of the five that follow.';
comment on column delivered_file.lines_loaded is 'Lines stored as part of a version that counts.';
comment on column delivered_file.lines_quarantined is 'Lines set aside, see rejected_range.';
comment on column delivered_file.lines_superseded is 'Lines stored for the history only: a later version was known when the file was loaded.';
comment on column delivered_file.lines_duplicate is 'Lines equal in every column to one that the warehouse already held.';
comment on column delivered_file.lines_other is 'Lines of sound transactions of another kind (837I, 835 and so on).';
comment on column delivered_file.charge_in_cents is 'Charges of lines_in, in cents.';
comment on column delivered_file.charge_loaded_cents is 'Charges of lines_loaded, in cents.';
comment on column delivered_file.charge_quarantined_cents is 'Charges of lines_quarantined as far as they could be read, in cents.';
comment on column delivered_file.charge_superseded_cents is 'Charges of lines_superseded, in cents.';
comment on column delivered_file.charge_duplicate_cents is 'Charges of lines_duplicate, in cents.';
comment on column delivered_file.charge_other_cents is 'Charges of lines_other, in cents.';
comment on column delivered_file.records_in is 'What the format is made of: segments (X12), rows, resources (FHIR) or events (iCalendar).';
comment on column delivered_file.bytes_loaded is 'Bytes of the ranges of lines_loaded.';
comment on column delivered_file.bytes_quarantined is 'Bytes of the ranges of lines_quarantined.';
comment on column delivered_file.bytes_superseded is 'Bytes of the ranges of lines_superseded.';
comment on column delivered_file.bytes_duplicate is 'Bytes of the ranges of lines_duplicate.';
comment on column delivered_file.bytes_other is 'Bytes of the ranges of lines_other.';
comment on column delivered_file.bytes_frame is 'All other bytes: envelopes, what is said once for several lines, column names, blank lines; all bytes of a workbook or a Parquet file, whose positions are rows.';
comment on column delivered_file.profile_name is 'Mapping profile by which the columns were read; null for the native columns and for X12, FHIR and iCalendar.';
comment on column delivered_file.header is 'JSON: the column names as delivered; null where the format has none.';
comment on column delivered_file.segment_counts is 'JSON: how many of each counted X12 segment; empty for other formats.';
comment on column delivered_file.warnings is 'JSON: warning code to number of times.';
comment on column delivered_file.loaded_at is 'UTC time of the load.';

create table if not exists rejected_range (
    file_id integer not null,
    table_name varchar not null,
    kind_code varchar not null,
    byte_start bigint not null,
    byte_end bigint not null,
    source_line_number bigint,
    segment_code varchar,
    column_name varchar,
    reason_code varchar not null,
    reason varchar not null,
    line_count bigint not null,
    charge_cents bigint not null
);
comment on table rejected_range is 'A stretch of a file that was not loaded, without its values; grain: file and byte range.';
comment on column rejected_range.file_id is 'The file.';
comment on column rejected_range.table_name is 'Table for which the rows were meant.';
comment on column rejected_range.kind_code is 'quarantined or other_transaction.';
comment on column rejected_range.byte_start is 'First byte, from 0, in the uncompressed file.';
comment on column rejected_range.byte_end is 'First byte after the range.';
comment on column rejected_range.source_line_number is 'Line in a text file, from 1.';
comment on column rejected_range.segment_code is 'X12 segment that is to blame.';
comment on column rejected_range.column_name is 'Column that is to blame; several are joined by a semicolon.';
comment on column rejected_range.reason_code is 'Why, as a code; several are joined by a semicolon.';
comment on column rejected_range.reason is 'Why, as a sentence.';
comment on column rejected_range.line_count is 'Service lines inside the range.';
comment on column rejected_range.charge_cents is 'Their charges in cents, as far as they could be read.';
