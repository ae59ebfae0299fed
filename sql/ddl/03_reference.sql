create table if not exists payer (
    payer_id varchar primary key,
    payer_name varchar not null,
    program varchar,
    state varchar,
    product varchar
);
comment on table payer is 'Who pays; grain: payer_id. Shipped rows are in data/reference, a user''s own in <home>/policy.';
comment on column payer.payer_id is 'Key, as the claims carry it.';
comment on column payer.payer_name is 'Name for reports.';
comment on column payer.program is 'medicare, medicaid, tricare or commercial; self_pay, grant and capitated pay for no single service.';
comment on column payer.state is 'Two letters, for a state program.';
comment on column payer.product is 'Plan or product, where policies differ by it.';

create table if not exists payer_policy (
    policy_id varchar primary key,
    payer_id varchar,
    product varchar,
    state varchar,
    program varchar,
    setting varchar,
    procedure_code varchar,
    rule_key varchar not null,
    rule_value varchar not null,
    eff_from date,
    eff_to date,
    source_title varchar not null,
    source_url varchar,
    source_kind varchar not null,
    is_verified boolean not null,
    verified_on date,
    verified_by varchar
);
comment on table payer_policy is 'What a payer wants, dated and cited; the SEED rows are the default; grain: policy_id.';
comment on column payer_policy.policy_id is 'Key, named in each finding that used the row.';
comment on column payer_policy.payer_id is 'Payer to whom the row applies; SEED for the default; null if it applies by program.';
comment on column payer_policy.product is 'Plan or product.';
comment on column payer_policy.state is 'State of a state program.';
comment on column payer_policy.program is 'Program to which it applies where payer_id is null.';
comment on column payer_policy.setting is 'Setting of place_of_service to which it applies; null for all.';
comment on column payer_policy.procedure_code is 'Code to which it applies; null for all.';
comment on column payer_policy.rule_key is 'Parameter; docs/policy.md has all of them.';
comment on column payer_policy.rule_value is 'Its value.';
comment on column payer_policy.eff_from is 'First date of service; null is open.';
comment on column payer_policy.eff_to is 'Last date of service; null is open.';
comment on column payer_policy.source_title is 'Where the fact stands.';
comment on column payer_policy.source_url is 'Address of the source.';
comment on column payer_policy.source_kind is 'seed, official, secondary or general_knowledge.';
comment on column payer_policy.is_verified is 'Whether somebody read it in the cited source.';
comment on column payer_policy.verified_on is 'When.';
comment on column payer_policy.verified_by is 'By whom.';

create table if not exists procedure_code (
    procedure_code varchar primary key,
    procedure_class varchar not null,
    label varchar not null,
    counts_sessions boolean not null,
    least_minutes integer,
    most_minutes integer
);
comment on table procedure_code is 'Codes that the audit knows, with own short labels; grain: procedure_code.';
comment on column procedure_code.procedure_code is 'CPT or HCPCS code.';
comment on column procedure_code.procedure_class is 'group, multi_family_group, family, individual, individual_add_on, crisis, crisis_add_on, evaluation, interactive_complexity, visit, health_behavior, partial_hospital_group, other_therapy.';
comment on column procedure_code.label is 'Our own short label; CPT descriptors are licensed.';
comment on column procedure_code.least_minutes is 'Fewest minutes for which the code can be billed; null if no time goes with it.';
comment on column procedure_code.most_minutes is 'Most minutes that the code covers before the next one; null if open.';
comment on column procedure_code.counts_sessions is 'Whether one unit is one session, so that many units are suspect.';

create table if not exists modifier (
    modifier_code varchar primary key,
    modifier_class varchar not null,
    label varchar not null
);
comment on table modifier is 'Modifiers that the audit knows; grain: modifier_code.';
comment on column modifier.modifier_code is 'Two characters.';
comment on column modifier.modifier_class is 'distinct (59, XE, XS, XP, XU), repeat (76, 77), telehealth, separate_visit (25).';
comment on column modifier.label is 'Our own short label.';

create table if not exists place_of_service (
    place_of_service_code varchar primary key,
    label varchar not null,
    setting varchar not null,
    is_telehealth boolean not null,
    is_facility boolean
);
comment on table place_of_service is 'Place-of-service codes; grain: place_of_service_code.';
comment on column place_of_service.place_of_service_code is 'Two digits.';
comment on column place_of_service.label is 'Our own short label.';
comment on column place_of_service.setting is 'office, outpatient_hospital, sud_outpatient, partial_hospital, inpatient, telehealth, community.';
comment on column place_of_service.is_telehealth is '02 and 10.';
comment on column place_of_service.is_facility is 'Whether Medicare pays the facility rate there; null where it is not known.';

create table if not exists loaded_place (
    edition_id varchar not null,
    place_of_service_code varchar not null,
    label varchar,
    is_facility boolean
);
comment on table loaded_place is 'Place-of-service codes of a loaded list (reference load pos), from which place_of_service is made anew at the start of each run; grain: place_of_service_code.';
comment on column loaded_place.edition_id is 'Key of reference_edition.';
comment on column loaded_place.place_of_service_code is 'Two digits.';
comment on column loaded_place.label is 'Name, as the list has it; used for codes that the project does not ship.';
comment on column loaded_place.is_facility is 'Whether Medicare pays the facility rate there; null where the list does not tell.';

create table if not exists reference_edition (
    edition_id varchar primary key,
    kind_code varchar not null,
    title varchar not null,
    file_name varchar,
    sha256 varchar,
    program varchar,
    setting varchar,
    valid_from date not null,
    valid_to date,
    is_shipped boolean not null,
    row_count bigint not null,
    loaded_at timestamp
);
comment on table reference_edition is 'One edition of one published table, as loaded with reference load or shipped; editions stand side by side; grain: edition_id.';
comment on column reference_edition.edition_id is 'Key; rows of the tables name it.';
comment on column reference_edition.kind_code is 'ncci-ptp, ncci-mue, ncci-addon, pfs, fee-schedule, icd10, carc, pos, providers or eligibility.';
comment on column reference_edition.title is 'What it is and where it comes from.';
comment on column reference_edition.file_name is 'File that brought it, without its folder, or the files of its parts, joined by a semicolon; null if shipped.';
comment on column reference_edition.sha256 is 'SHA-256 of that file, or of those files in the same order; null if shipped.';
comment on column reference_edition.program is 'Program whose rules they are: medicare or medicaid; null for all.';
comment on column reference_edition.setting is 'practitioner or outpatient_hospital; null for all.';
comment on column reference_edition.valid_from is 'First date of service that it speaks of.';
comment on column reference_edition.valid_to is 'Last date of service that it speaks of; null is open.';
comment on column reference_edition.is_shipped is 'Whether it came with the project: a small therapy-code subset that stands in for dates that no loaded edition covers.';
comment on column reference_edition.row_count is 'Rows.';
comment on column reference_edition.loaded_at is 'UTC time of the load; null if shipped.';

create table if not exists ncci_pair (
    edition_id varchar,
    column_one_code varchar not null,
    column_two_code varchar not null,
    modifier_indicator integer not null,
    eff_from date,
    eff_to date,
    source_title varchar not null
);
comment on table ncci_pair is 'Procedure pairs that are not paid together without a modifier (NCCI PTP), therapy codes only; grain: pair and period.';
comment on column ncci_pair.edition_id is 'Key of reference_edition.';
comment on column ncci_pair.column_one_code is 'The code that is paid.';
comment on column ncci_pair.column_two_code is 'The code that needs the modifier.';
comment on column ncci_pair.modifier_indicator is '0 never together, 1 together with a modifier.';
comment on column ncci_pair.eff_from is 'First date of service; null is open.';
comment on column ncci_pair.eff_to is 'Last date of service; null is open.';
comment on column ncci_pair.source_title is 'Where the fact stands.';

create table if not exists fee (
    edition_id varchar,
    procedure_code varchar not null,
    fee_amount decimal(12, 2) not null,
    facility_fee_amount decimal(12, 2),
    status_code varchar,
    eff_from date,
    eff_to date,
    source_title varchar not null
);
comment on table fee is 'National fees for pricing where nothing better is known; grain: procedure_code and period.';
comment on column fee.edition_id is 'Key of reference_edition.';
comment on column fee.facility_fee_amount is 'Dollars a unit in a facility; null where it is not known.';
comment on column fee.status_code is 'Status of the code in the national schedule: A active, R restricted, I not valid, ... It proves no coverage.';
comment on column fee.procedure_code is 'CPT or HCPCS code.';
comment on column fee.fee_amount is 'Dollars a unit, non-facility.';
comment on column fee.eff_from is 'First date of service; null is open.';
comment on column fee.eff_to is 'Last date of service; null is open.';
comment on column fee.source_title is 'Where the fact stands.';

create table if not exists ncci_mue (
    edition_id varchar not null,
    procedure_code varchar not null,
    mue_units integer not null,
    mue_adjudication_code varchar,
    rationale varchar
);
comment on table ncci_mue is 'Medically unlikely edits: most units of a code for a person and day; grain: edition and code.';
comment on column ncci_mue.edition_id is 'Key of reference_edition, which tells setting and dates.';
comment on column ncci_mue.procedure_code is 'CPT or HCPCS code.';
comment on column ncci_mue.mue_units is 'Most units.';
comment on column ncci_mue.mue_adjudication_code is 'MAI: 1 a line, 2 a day and absolute, 3 a day and appealable with records.';
comment on column ncci_mue.rationale is 'Why, as CMS says.';

create table if not exists ncci_add_on (
    edition_id varchar not null,
    add_on_code varchar not null,
    primary_code varchar not null,
    edit_type integer not null,
    eff_from date,
    eff_to date
);
comment on table ncci_add_on is 'Add-on codes and the codes to which each may be added; grain: edition, add-on and primary.';
comment on column ncci_add_on.edition_id is 'Key of reference_edition.';
comment on column ncci_add_on.add_on_code is 'Code that is never billed alone.';
comment on column ncci_add_on.primary_code is 'Code to which it may be added; CCCCC where the payer decides.';
comment on column ncci_add_on.edit_type is '1 these primaries only, 2 the payer decides, 3 these and others.';
comment on column ncci_add_on.eff_from is 'First date of service; null is open.';
comment on column ncci_add_on.eff_to is 'Last date of service; null is open.';

create table if not exists contract_fee (
    edition_id varchar not null,
    payer_id varchar not null,
    procedure_code varchar not null,
    modifier_code varchar,
    place_of_service_code varchar,
    taxonomy_code varchar,
    fee_amount decimal(12, 2) not null,
    eff_from date,
    eff_to date
);
comment on table contract_fee is 'What a payer agreed to allow (reference load fee-schedule); grain: payer, code, modifier, place, taxonomy and period.';
comment on column contract_fee.edition_id is 'Key of reference_edition.';
comment on column contract_fee.payer_id is 'Payer, as the claims carry it.';
comment on column contract_fee.procedure_code is 'CPT or HCPCS code.';
comment on column contract_fee.modifier_code is 'Modifier to which the fee applies; null for all.';
comment on column contract_fee.place_of_service_code is 'Place to which it applies; null for all.';
comment on column contract_fee.taxonomy_code is 'Taxonomy of the rendering provider, for fees by licence; null for all.';
comment on column contract_fee.fee_amount is 'Dollars a unit.';
comment on column contract_fee.eff_from is 'First date of service; null is open.';
comment on column contract_fee.eff_to is 'Last date of service; null is open.';

create table if not exists licence_share (
    program varchar not null,
    taxonomy_code varchar not null,
    fee_percent integer not null,
    eff_from date,
    eff_to date,
    source_title varchar not null
);
comment on table licence_share is 'The part of the national fee that a program pays to a kind of clinician; grain: program, taxonomy and period.';
comment on column licence_share.program is 'medicare, medicaid, tricare or commercial; self_pay, grant and capitated pay for no single service.';
comment on column licence_share.taxonomy_code is 'Taxonomy of the rendering provider.';
comment on column licence_share.fee_percent is 'Percent of the fee.';
comment on column licence_share.eff_from is 'First date of service; null is open.';
comment on column licence_share.eff_to is 'Last date of service; null is open.';
comment on column licence_share.source_title is 'Where the fact stands.';

create table if not exists diagnosis_code (
    edition_id varchar not null,
    diagnosis_code varchar not null,
    is_billable boolean not null
);
comment on table diagnosis_code is 'ICD-10-CM codes as published (reference load icd10); grain: edition and code.';
comment on column diagnosis_code.edition_id is 'Key of reference_edition, which tells the dates.';
comment on column diagnosis_code.diagnosis_code is 'Code without its dot.';
comment on column diagnosis_code.is_billable is 'Whether it may stand on a claim: false for the head of a family of codes.';

create table if not exists unspecific_diagnosis (
    diagnosis_code varchar not null,
    class_code varchar not null,
    source_title varchar not null
);
comment on table unspecific_diagnosis is 'Diagnoses that say too little as the first of a therapy claim; grain: diagnosis_code. A code that ends in % stands for all that begin with it.';
comment on column unspecific_diagnosis.diagnosis_code is 'Code without its dot, or its beginning and %.';
comment on column unspecific_diagnosis.class_code is 'unspecified, early_care (valid at the start of care), no_illness (Z codes) or symptom.';
comment on column unspecific_diagnosis.source_title is 'Where the fact stands.';

create table if not exists group_focus (
    focus_word varchar not null,
    explains_code varchar not null,
    diagnosis_prefix varchar,
    source_title varchar not null
);
comment on table group_focus is 'Words in the focus of a group that explain what its members have in common; grain: focus_word, explains_code and diagnosis_prefix.';
comment on column group_focus.focus_word is 'Word or words of attendance.group_focus, in lower case.';
comment on column group_focus.explains_code is 'What they explain: diagnosis (the members share one) or interactive_complexity (each member needs it).';
comment on column group_focus.diagnosis_prefix is 'Beginning of the diagnoses that such a group shares, without the dot; null for interactive_complexity.';
comment on column group_focus.source_title is 'Where the fact stands.';

create table if not exists adjustment_reason (
    edition_id varchar not null,
    code_kind varchar not null,
    reason_code varchar not null,
    eff_from date,
    eff_to date
);
comment on table adjustment_reason is 'Adjustment reason (CARC) and remark (RARC) codes in force (reference load carc); grain: edition, kind and code.';
comment on column adjustment_reason.edition_id is 'Key of reference_edition.';
comment on column adjustment_reason.code_kind is 'carc or rarc.';
comment on column adjustment_reason.reason_code is 'The code.';
comment on column adjustment_reason.eff_from is 'First day; null is open.';
comment on column adjustment_reason.eff_to is 'Last day; null is open.';

create table if not exists denial_rule (
    code_kind varchar not null,
    reason_code varchar not null,
    class_code varchar not null,
    rules varchar,
    remedy_code varchar,
    win_percent integer,
    source_title varchar not null
);
comment on table denial_rule is 'What an adjustment reason or remark means for the audit; grain: code_kind and reason_code.';
comment on column denial_rule.code_kind is 'carc or rarc.';
comment on column denial_rule.reason_code is 'The code.';
comment on column denial_rule.class_code is 'denial, contractual (never paid by agreement), patient_share, sequestration or information.';
comment on column denial_rule.rules is 'Rules of the catalogue to which it points, joined by a semicolon.';
comment on column denial_rule.remedy_code is 'fix_code, fix_modifier, fix_diagnosis, fix_units, fix_place, add_primary, right_payer, authorization, enrolment, records, resubmit, appeal or write_off.';
comment on column denial_rule.win_percent is 'Share of such denials that are paid in the end: a planning value of ours, in percent.';
comment on column denial_rule.source_title is 'Where the fact stands.';

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
