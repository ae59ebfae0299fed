create table if not exists finding (
    finding_id varchar primary key,
    check_id varchar not null,
    rule varchar not null,
    severity varchar not null,
    direction varchar not null,
    certainty varchar not null,
    verdict varchar not null,
    policy_id varchar,
    payer_id varchar,
    member_id varchar,
    rendering_provider_npi varchar,
    date_of_service date not null,
    session_key varchar,
    exposure_amount decimal(12, 2) not null,
    exposure_ceiling_amount decimal(12, 2) not null,
    message varchar not null,
    recommended_action varchar not null,
    evidence varchar not null,
    evidence_sha varchar not null,
    first_seen_run varchar not null,
    last_seen_run varchar not null,
    state varchar not null,
    service_month date
);
comment on table finding is 'One answer of one check; kept across runs; grain: finding_id.';
comment on column finding.finding_id is 'Hash of check and natural key: stable across nights.';
comment on column finding.check_id is 'The check: name of its file.';
comment on column finding.rule is 'Its rule in the catalogue, R01 to R52.';
comment on column finding.severity is 'critical, high, medium, low or info.';
comment on column finding.direction is 'overpayment, underpayment, documentation or lead.';
comment on column finding.certainty is 'C1 on the claim, C2 roster, C3 forced by inference, C4 plausible, C5 statistical.';
comment on column finding.verdict is 'violates_payer, violates_seed_only or no_policy.';
comment on column finding.policy_id is 'Row of payer_policy that was used.';
comment on column finding.payer_id is 'Payer.';
comment on column finding.member_id is 'The person treated, where the finding is about one. PHI.';
comment on column finding.rendering_provider_npi is 'Who treated, where it is one.';
comment on column finding.date_of_service is 'Day.';
comment on column finding.session_key is 'Session, where the finding is about one. PHI.';
comment on column finding.exposure_amount is 'Dollars at risk.';
comment on column finding.exposure_ceiling_amount is 'Most that could be asked back.';
comment on column finding.message is 'What was found, as one sentence.';
comment on column finding.recommended_action is 'What to do first.';
comment on column finding.evidence is 'JSON: what the check saw.';
comment on column finding.evidence_sha is 'Hash of evidence and claim lines: a change reopens.';
comment on column finding.first_seen_run is 'Run that raised it first.';
comment on column finding.last_seen_run is 'Last run that raised it.';
comment on column finding.state is 'new, open, changed or not_seen.';
comment on column finding.service_month is 'First day of the month in whose audit it was found; null if it is about all months.';

create table if not exists finding_line (
    finding_id varchar not null,
    claim_line_id bigint not null,
    patient_control_number varchar not null,
    claim_line_number integer not null,
    exposure_amount decimal(12, 2) not null
);
comment on table finding_line is 'Claim lines behind a finding; grain: finding_id and claim_line_id.';
comment on column finding_line.finding_id is 'The finding.';
comment on column finding_line.claim_line_id is 'Key of claim_line.';
comment on column finding_line.patient_control_number is 'The provider''s own number of the claim. PHI.';
comment on column finding_line.claim_line_number is 'Number of the line in its claim.';
comment on column finding_line.exposure_amount is 'Dollars of the line that this finding puts at risk.';

create table if not exists check_result (
    run_id varchar not null,
    check_id varchar not null,
    status_code varchar not null,
    reason varchar,
    lines_examined bigint not null,
    lines_not_checked bigint not null,
    finding_count bigint not null,
    duration_seconds double not null,
    primary key (run_id, check_id)
);
comment on table check_result is 'How a check ended; grain: run_id and check_id.';
comment on column check_result.run_id is 'Run.';
comment on column check_result.check_id is 'Check.';
comment on column check_result.status_code is 'errored, found, clear, not_checked or not_applicable.';
comment on column check_result.reason is 'Why it is not_checked, not_applicable or errored.';
comment on column check_result.lines_examined is 'Claim lines that the check looked at.';
comment on column check_result.lines_not_checked is 'Claim lines that it could not judge for want of data.';
comment on column check_result.finding_count is 'Findings.';
comment on column check_result.duration_seconds is 'Seconds.';

create table if not exists run_finding (
    run_id varchar not null,
    finding_id varchar not null,
    state varchar not null,
    exposure_amount decimal(12, 2) not null,
    primary key (run_id, finding_id)
);
comment on table run_finding is 'State of each finding in each run, for trends; grain: run_id and finding_id.';
comment on column run_finding.run_id is 'Run.';
comment on column run_finding.finding_id is 'Finding.';
comment on column run_finding.state is 'Its state after the run.';
comment on column run_finding.exposure_amount is 'Its dollars in that run.';

create table if not exists gate_result (
    run_id varchar not null,
    gate varchar not null,
    expectation varchar not null,
    severity varchar not null,
    status_code varchar not null,
    observed varchar,
    expected varchar
);
comment on table gate_result is 'What a gate expected and saw; grain: run_id and expectation.';
comment on column gate_result.run_id is 'Run.';
comment on column gate_result.gate is 'Suite.';
comment on column gate_result.expectation is 'What was expected, as a sentence.';
comment on column gate_result.severity is 'critical stops the delivery, warning does not.';
comment on column gate_result.status_code is 'passed, failed or errored.';
comment on column gate_result.observed is 'What was seen: counts and shares only.';
comment on column gate_result.expected is 'The limit.';

create table if not exists audited_month (
    service_month date not null,
    run_id varchar not null,
    input_sha varchar not null,
    audited_on date not null,
    valid_until date
);
comment on table audited_month is 'Service months as they were audited last, kept until what they are judged by changes; grain: service_month.';
comment on column audited_month.service_month is 'First day of the month.';
comment on column audited_month.run_id is 'Run that audited it.';
comment on column audited_month.input_sha is 'Hash of lines, policies, tables, rules and settings by which it was judged.';
comment on column audited_month.audited_on is 'Day for which it was audited.';
comment on column audited_month.valid_until is 'Last day on which its findings are sure to be the same; null if that is for ever.';

create table if not exists month_check (
    service_month date not null,
    check_id varchar not null,
    lines_examined bigint not null,
    lines_not_checked bigint not null,
    finding_count bigint not null
);
comment on table month_check is 'What a check counted in an audited month; grain: service_month and check_id.';
comment on column month_check.service_month is 'First day of the month.';
comment on column month_check.check_id is 'Check.';
comment on column month_check.lines_examined is 'Claim lines that the check looked at.';
comment on column month_check.lines_not_checked is 'Claim lines that it could not judge for want of data.';
comment on column month_check.finding_count is 'Findings.';

create table if not exists month_count (
    service_month date not null,
    view_name varchar not null,
    counted varchar not null
);
comment on table month_count is 'What was counted in an audited month for comparisons over all months; grain: service_month, view_name and the grain of the view.';
comment on column month_count.service_month is 'First day of the month.';
comment on column month_count.view_name is 'View that counts.';
comment on column month_count.counted is 'One row of it, as JSON. PHI.';
