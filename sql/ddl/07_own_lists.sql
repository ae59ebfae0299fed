create table if not exists provider_enrolment (
    edition_id varchar not null,
    rendering_provider_npi varchar not null,
    payer_id varchar,
    taxonomy_code varchar,
    enrolled_from date,
    enrolled_to date,
    excluded_from date,
    excluded_to date,
    is_supervisee boolean,
    supervising_provider_npi varchar
);
comment on table provider_enrolment is 'Who may treat for whom, and when (reference load providers); grain: NPI, payer and period.';
comment on column provider_enrolment.edition_id is 'Key of reference_edition.';
comment on column provider_enrolment.rendering_provider_npi is 'Who treats.';
comment on column provider_enrolment.payer_id is 'Payer with which the clinician is enrolled; null for all.';
comment on column provider_enrolment.taxonomy_code is 'Licence, as a taxonomy.';
comment on column provider_enrolment.enrolled_from is 'First day of enrolment, licence and credentials; null is open.';
comment on column provider_enrolment.enrolled_to is 'Last day; null is open.';
comment on column provider_enrolment.excluded_from is 'First day of an exclusion from federal programs; null if there is none.';
comment on column provider_enrolment.excluded_to is 'Last day of it; null is open.';
comment on column provider_enrolment.is_supervisee is 'Whether the clinician works under supervision.';
comment on column provider_enrolment.supervising_provider_npi is 'Who supervises.';

create table if not exists coverage_span (
    edition_id varchar not null,
    member_id varchar not null,
    payer_id varchar not null,
    coverage_from date not null,
    coverage_to date,
    coverage_order integer
);
comment on table coverage_span is 'From when to when a payer covered a person (reference load eligibility); grain: person, payer and period.';
comment on column coverage_span.edition_id is 'Key of reference_edition.';
comment on column coverage_span.member_id is 'The person. PHI.';
comment on column coverage_span.payer_id is 'Payer.';
comment on column coverage_span.coverage_from is 'First day.';
comment on column coverage_span.coverage_to is 'Last day; null is open.';
comment on column coverage_span.coverage_order is '1 primary, 2 secondary ...; null if not told.';

create table if not exists service_authorization (
    edition_id varchar not null,
    member_id varchar not null,
    payer_id varchar not null,
    prior_authorization_number varchar not null,
    procedure_code varchar,
    authorized_from date not null,
    authorized_to date,
    authorized_units decimal(12, 3)
);
comment on table service_authorization is 'What a payer authorized beforehand (reference load eligibility); grain: number and code.';
comment on column service_authorization.edition_id is 'Key of reference_edition.';
comment on column service_authorization.member_id is 'The person. PHI.';
comment on column service_authorization.payer_id is 'Payer.';
comment on column service_authorization.prior_authorization_number is 'The payer''s number of the authorization. PHI.';
comment on column service_authorization.procedure_code is 'Code; null for all.';
comment on column service_authorization.authorized_from is 'First day.';
comment on column service_authorization.authorized_to is 'Last day; null is open.';
comment on column service_authorization.authorized_units is 'Units in all; null is open.';

create table if not exists provider_statistic (
    rendering_provider_npi varchar not null,
    measure_code varchar not null,
    period_start date not null,
    period_end date not null,
    peer_kind varchar not null,
    peer_count integer not null,
    line_count bigint not null,
    value_number double,
    peer_median double,
    robust_z double,
    upper_limit double
);
comment on table provider_statistic is 'How a clinician stands beside peers, or beside the own past in a small practice; worked out before the checks of the last month; grain: NPI, measure and what it is held against.';
comment on column provider_statistic.rendering_provider_npi is 'Clinician.';
comment on column provider_statistic.measure_code is 'patients_per_day, group_share, mean_group_size, distinct_modifier_rate, add_on_rate, same_diagnosis_share, minutes_per_day, days_worked or denial_rate.';
comment on column provider_statistic.period_start is 'First day that was measured.';
comment on column provider_statistic.period_end is 'Last day that was measured.';
comment on column provider_statistic.peer_kind is 'peers (same taxonomy) or own_trend (the own earlier quarters).';
comment on column provider_statistic.peer_count is 'Peers, or earlier periods, that the value is held against.';
comment on column provider_statistic.line_count is 'Claim lines behind the value.';
comment on column provider_statistic.value_number is 'The value.';
comment on column provider_statistic.peer_median is 'Median of the peers or earlier periods.';
comment on column provider_statistic.robust_z is 'Distance from the median in scaled median absolute deviations.';
comment on column provider_statistic.upper_limit is 'Upper funnel limit of a rate at the clinician''s number of lines; null for values that are no rates.';

create table if not exists audit_setting (
    data_view varchar not null,
    feasible_minutes integer not null,
    min_group_minutes integer not null,
    audit_date date
);
comment on table audit_setting is 'What the operator chose for this audit; one row. A table, so that a view can read it on every engine.';
comment on column audit_setting.data_view is 'provider: all claims of the practice; provider_partial: some payers or self-pay missing; payer: one payer''s claims.';
comment on column audit_setting.feasible_minutes is 'Minutes that one clinician can lead groups in a day.';
comment on column audit_setting.audit_date is 'Day on which the audit stands: deadlines and open claims are counted from it.';
comment on column audit_setting.min_group_minutes is 'Shortest group, in minutes.';
