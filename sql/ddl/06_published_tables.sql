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
