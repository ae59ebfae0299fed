-- No primary keys here: their indexes live in memory, whatever the memory limit. Keys are made in one place (the load),
-- and the tests hold them unique.

create table if not exists claim_line (
    claim_line_id bigint not null,
    claim_id varchar not null,
    file_id integer not null,
    byte_start bigint not null,
    byte_end bigint not null,
    source_line_number bigint,
    patient_control_number varchar not null,
    claim_line_number integer not null,
    claim_frequency_code varchar not null,
    payer_claim_control_number varchar,
    payer_id varchar not null,
    payer_name varchar,
    member_id varchar not null,
    subscriber_id varchar,
    relationship_code varchar,
    family_id varchar,
    billing_provider_npi varchar not null,
    rendering_provider_npi varchar not null,
    rendering_taxonomy_code varchar,
    supervising_provider_npi varchar,
    service_facility_npi varchar,
    place_of_service_code varchar not null,
    date_of_service date not null,
    date_of_service_through date,
    procedure_code varchar not null,
    modifier_1 varchar,
    modifier_2 varchar,
    modifier_3 varchar,
    modifier_4 varchar,
    service_units decimal(12, 3) not null,
    unit_basis_code varchar,
    charge_amount decimal(12, 2) not null,
    allowed_amount decimal(12, 2),
    paid_amount decimal(12, 2),
    diagnosis_code_1 varchar,
    diagnosis_code_2 varchar,
    diagnosis_code_3 varchar,
    diagnosis_code_4 varchar,
    diagnosis_code_5 varchar,
    diagnosis_code_6 varchar,
    diagnosis_code_7 varchar,
    diagnosis_code_8 varchar,
    diagnosis_code_9 varchar,
    diagnosis_code_10 varchar,
    diagnosis_code_11 varchar,
    diagnosis_code_12 varchar,
    diagnosis_pointers varchar,
    prior_authorization_number varchar,
    line_control_number varchar,
    received_date date,
    session_id varchar,
    session_start_at timestamp,
    session_end_at timestamp,
    quality_warnings varchar,
    line_sha varchar not null
);
comment on table claim_line is 'One service line of one version of a claim, every version; grain: claim_id, claim_line_number. current_claim_line has those that count.';
comment on column claim_line.claim_line_id is 'Key, in order of loading.';
comment on column claim_line.claim_id is 'Key of claim: the version of the claim that the line belongs to.';
comment on column claim_line.file_id is 'File that brought the line.';
comment on column claim_line.byte_start is 'First byte of the line in that file, uncompressed.';
comment on column claim_line.byte_end is 'First byte after it.';
comment on column claim_line.source_line_number is 'Line in a text file, from 1; null for X12.';
comment on column claim_line.patient_control_number is 'The provider''s own number of the claim (837P CLM01). PHI.';
comment on column claim_line.claim_line_number is 'Number of the line in its claim (LX01).';
comment on column claim_line.claim_frequency_code is '1 original, 7 replacement, 8 void (CLM05-3); 1 where the input has none.';
comment on column claim_line.payer_claim_control_number is 'The payer''s number of the claim that this one replaces or voids (REF*F8). PHI.';
comment on column claim_line.payer_id is 'Key of payer (2010BB NM109).';
comment on column claim_line.payer_name is 'Name of the payer as delivered.';
comment on column claim_line.member_id is 'The person treated (2010BA or 2010CA NM109). PHI.';
comment on column claim_line.subscriber_id is 'The policy holder (2010BA NM109). PHI.';
comment on column claim_line.relationship_code is 'Relation of the member to the subscriber (SBR02 or PAT01); 18 is self.';
comment on column claim_line.family_id is 'Household of the member, where the source knows it. PHI.';
comment on column claim_line.billing_provider_npi is 'Who is paid (2010AA NM109).';
comment on column claim_line.rendering_provider_npi is 'Who treated (2420A or 2310B NM109, else the billing provider).';
comment on column claim_line.rendering_taxonomy_code is 'Taxonomy of the rendering provider (PRV03).';
comment on column claim_line.supervising_provider_npi is 'Who supervised (NM1*DQ).';
comment on column claim_line.service_facility_npi is 'Where, if not at the billing provider''s (NM1*77).';
comment on column claim_line.place_of_service_code is 'Two digits, key of place_of_service (SV105, else CLM05-1).';
comment on column claim_line.date_of_service is 'Day of the service, the first of a range (DTP*472).';
comment on column claim_line.date_of_service_through is 'Last day of a range.';
comment on column claim_line.procedure_code is 'CPT or HCPCS code as billed (SV101-2).';
comment on column claim_line.modifier_1 is 'First modifier (SV101-3).';
comment on column claim_line.modifier_2 is 'Second modifier (SV101-4).';
comment on column claim_line.modifier_3 is 'Third modifier (SV101-5).';
comment on column claim_line.modifier_4 is 'Fourth modifier (SV101-6).';
comment on column claim_line.service_units is 'Units billed (SV104).';
comment on column claim_line.unit_basis_code is 'UN units or MJ minutes (SV103).';
comment on column claim_line.charge_amount is 'Dollars charged (SV102).';
comment on column claim_line.allowed_amount is 'Dollars that the payer allows.';
comment on column claim_line.paid_amount is 'Dollars that the payer paid; 0 is a denial, null is not known.';
comment on column claim_line.diagnosis_code_1 is 'ICD-10-CM code 1 of the claim, without a dot (HI).';
comment on column claim_line.diagnosis_code_2 is 'ICD-10-CM code 2 of the claim, without a dot (HI).';
comment on column claim_line.diagnosis_code_3 is 'ICD-10-CM code 3 of the claim, without a dot (HI).';
comment on column claim_line.diagnosis_code_4 is 'ICD-10-CM code 4 of the claim, without a dot (HI).';
comment on column claim_line.diagnosis_code_5 is 'ICD-10-CM code 5 of the claim, without a dot (HI).';
comment on column claim_line.diagnosis_code_6 is 'ICD-10-CM code 6 of the claim, without a dot (HI).';
comment on column claim_line.diagnosis_code_7 is 'ICD-10-CM code 7 of the claim, without a dot (HI).';
comment on column claim_line.diagnosis_code_8 is 'ICD-10-CM code 8 of the claim, without a dot (HI).';
comment on column claim_line.diagnosis_code_9 is 'ICD-10-CM code 9 of the claim, without a dot (HI).';
comment on column claim_line.diagnosis_code_10 is 'ICD-10-CM code 10 of the claim, without a dot (HI).';
comment on column claim_line.diagnosis_code_11 is 'ICD-10-CM code 11 of the claim, without a dot (HI).';
comment on column claim_line.diagnosis_code_12 is 'ICD-10-CM code 12 of the claim, without a dot (HI).';
comment on column claim_line.diagnosis_pointers is 'Which diagnoses belong to the line, joined by a colon (SV107).';
comment on column claim_line.prior_authorization_number is 'REF*G1. PHI.';
comment on column claim_line.line_control_number is 'The provider''s own number of the line (REF*6R). PHI.';
comment on column claim_line.received_date is 'Day on which the claim was made or received (BHT04).';
comment on column claim_line.session_id is 'Session in the scheduling system. PHI.';
comment on column claim_line.session_start_at is 'Start, local wall-clock time.';
comment on column claim_line.session_end_at is 'End, local wall-clock time.';
comment on column claim_line.quality_warnings is 'Warning codes joined by a semicolon, null if none; the line counts all the same.';
comment on column claim_line.line_sha is 'Hash over all canonical columns but received_date: equal lines are exact duplicates.';

create table if not exists claim (
    claim_id varchar not null,
    file_id integer not null,
    first_line_id bigint not null,
    payer_id varchar not null,
    billing_provider_npi varchar not null,
    patient_control_number varchar not null,
    member_id varchar not null,
    claim_frequency_code varchar not null,
    payer_claim_control_number varchar,
    first_date_of_service date not null,
    last_date_of_service date,
    received_date date
);
comment on table claim is 'One version of one claim: an original, a replacement or a void; grain: claim_id.';
comment on column claim.claim_id is 'Hash of file, position and claim numbers.';
comment on column claim.file_id is 'File that brought the version.';
comment on column claim.first_line_id is 'Its first line, and so its place in the order of loading.';
comment on column claim.payer_id is 'Key of payer.';
comment on column claim.billing_provider_npi is 'Who is paid.';
comment on column claim.patient_control_number is 'The provider''s own number of the claim. PHI.';
comment on column claim.member_id is 'The person treated. PHI.';
comment on column claim.claim_frequency_code is '1 original, 7 replacement, 8 void.';
comment on column claim.payer_claim_control_number is 'The payer''s number: of the claim replaced or voided, or for an original its own. PHI.';
comment on column claim.first_date_of_service is 'Earliest date of service of its lines.';
comment on column claim.last_date_of_service is 'Latest date of service of its lines.';
comment on column claim.received_date is 'Day on which the version was made or received.';

create table if not exists claim_version (
    claim_id varchar not null,
    chain_id varchar not null,
    version_number integer not null,
    version_count integer not null,
    basis_code varchar not null,
    replacement_scope varchar not null
);
comment on table claim_version is 'Versions of claims that belong together; grain: claim_id. A claim that was never replaced or voided has no row. Made by the view claim_chain.';
comment on column claim_version.claim_id is 'The version.';
comment on column claim_version.chain_id is 'What its chain has in common: the claim_id of the original, or a name made of the claim number where the original was never delivered.';
comment on column claim_version.version_number is 'Place in the chain, from 1.';
comment on column claim_version.version_count is 'Versions in the chain.';
comment on column claim_version.basis_code is 'How the version was linked: original, payer_number (REF*F8 or a remittance), claim_number (CLM01), heuristic, or orphan where the original is not known.';
comment on column claim_version.replacement_scope is 'claim: a replacement takes the place of the whole claim; line: of the lines that it names. From the payer policy.';

create table if not exists superseded_line (
    claim_line_id bigint not null,
    claim_id varchar not null,
    superseded_by_claim_id varchar,
    superseded_by_claim_line_id bigint,
    basis_code varchar not null
);
comment on table superseded_line is 'Lines that do not count: replaced, voided, reversed, or voids and reversals themselves; grain: claim_line_id. Made by the view line_succession.';
comment on column superseded_line.claim_line_id is 'The line that does not count.';
comment on column superseded_line.claim_id is 'Its version of the claim.';
comment on column superseded_line.superseded_by_claim_id is 'The version that took its place or took it back; null for a void or reversal itself.';
comment on column superseded_line.superseded_by_claim_line_id is 'The line that took its place; null where the new version has none like it.';
comment on column superseded_line.basis_code is 'payer_number, claim_number or heuristic as in claim_version; void or reversal for a line that only takes another back.';

create table if not exists attendance (
    attendance_id bigint not null,
    file_id integer not null,
    byte_start bigint not null,
    byte_end bigint not null,
    source_line_number bigint,
    session_id varchar not null,
    session_start_at timestamp not null,
    session_end_at timestamp,
    member_id varchar not null,
    family_id varchar,
    attendance_status varchar not null,
    facilitator_npis varchar not null,
    place_of_service_code varchar,
    documented_group_size integer,
    group_focus varchar,
    note_signed_at timestamp,
    note_similarity decimal(4, 3),
    note_shingles varchar,
    treatment_plan_from date,
    treatment_plan_to date,
    treatment_plan_elements varchar,
    row_sha varchar not null
);
comment on table attendance is 'One person at one session, as the scheduling system says, every delivery of it; grain: attendance_id. The latest row of session, day and member counts.';
comment on column attendance.attendance_id is 'Key, in order of loading.';
comment on column attendance.file_id is 'File that brought the row.';
comment on column attendance.byte_start is 'First byte of the row in that file.';
comment on column attendance.byte_end is 'First byte after it.';
comment on column attendance.source_line_number is 'Line in a text file, from 1.';
comment on column attendance.session_id is 'Session in the scheduling system. PHI.';
comment on column attendance.session_start_at is 'Start, local wall-clock time.';
comment on column attendance.session_end_at is 'End, local wall-clock time.';
comment on column attendance.member_id is 'The person. PHI.';
comment on column attendance.family_id is 'Household of the person. PHI.';
comment on column attendance.attendance_status is 'attended, no_show, late_cancel, cancelled or observer; only attended counts.';
comment on column attendance.facilitator_npis is 'Who led, joined by a semicolon.';
comment on column attendance.place_of_service_code is 'Two digits, key of place_of_service.';
comment on column attendance.documented_group_size is 'Size that the note states.';
comment on column attendance.group_focus is 'What the group is about, as a word of the practice.';
comment on column attendance.note_signed_at is 'When the note was signed.';
comment on column attendance.note_similarity is 'How alike the person''s own part of the note is to that of another member of the session, 0 to 1, as the practice measured it; the note itself is never read.';
comment on column attendance.note_shingles is 'Salted hashes of word sequences of the person''s own part of the note, joined by a semicolon; the text cannot be had back from them.';
comment on column attendance.treatment_plan_from is 'First day of the treatment plan that covers the session.';
comment on column attendance.treatment_plan_to is 'Last day of it; null is open.';
comment on column attendance.treatment_plan_elements is 'What the plan states: type, amount, frequency, duration, goals, joined by a semicolon.';
comment on column attendance.row_sha is 'Hash over all canonical columns: equal rows are exact duplicates.';
