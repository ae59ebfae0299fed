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
