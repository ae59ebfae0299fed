-- What payers say that they paid and why not (835). Keys are made in the load, as in 02_claims.sql.

create table if not exists remittance (
    remittance_id bigint not null,
    file_id integer not null,
    byte_start bigint not null,
    byte_end bigint not null,
    payer_id varchar,
    payer_name varchar,
    payee_npi varchar,
    payee_tax_id varchar,
    trace_number varchar,
    payer_trace_id varchar,
    payment_method_code varchar,
    payment_date date,
    payment_amount decimal(14, 2),
    claim_paid_amount decimal(14, 2),
    provider_adjustment_amount decimal(14, 2),
    claim_count integer,
    balance_faults varchar,
    remittance_sha varchar not null
);
comment on table remittance is 'One payment of a payer to a practice (835, ST to SE); grain: remittance_id.';
comment on column remittance.remittance_id is 'Key, in order of loading.';
comment on column remittance.file_id is 'File that brought it.';
comment on column remittance.byte_start is 'First byte in that file, uncompressed.';
comment on column remittance.byte_end is 'First byte after it.';
comment on column remittance.payer_id is 'The payer as the remittance names it (N104, REF*2U, else TRN03); seldom the number that claims carry.';
comment on column remittance.payer_name is 'Name of the payer as delivered (N1*PR).';
comment on column remittance.payee_npi is 'Who is paid (N1*PE).';
comment on column remittance.payee_tax_id is 'Tax number of the payee (N1*PE or REF*TJ).';
comment on column remittance.trace_number is 'Number of the check or transfer (TRN02).';
comment on column remittance.payer_trace_id is 'Identification of the payer that goes with it (TRN03).';
comment on column remittance.payment_method_code is 'ACH, CHK, NON ... (BPR04).';
comment on column remittance.payment_date is 'Day of the payment (BPR16, else DTM*405).';
comment on column remittance.payment_amount is 'Dollars paid (BPR02).';
comment on column remittance.claim_paid_amount is 'Sum of what its claims were paid (CLP04).';
comment on column remittance.provider_adjustment_amount is 'Sum of its adjustments outside of claims (PLB); positive amounts lower the payment.';
comment on column remittance.claim_count is 'Claims in it (CLP).';
comment on column remittance.balance_faults is 'What does not add up, codes joined by a semicolon: service_payment_mismatch, claim_payment_mismatch, payment_total_mismatch, unfinished or not_judged (something was set aside); null if it balances.';
comment on column remittance.remittance_sha is 'Hash over payer, payee, trace number, day and amount: the identity of the payment.';

create table if not exists remittance_line (
    remittance_line_id bigint not null,
    remittance_id bigint not null,
    remittance_claim_id varchar not null,
    file_id integer not null,
    byte_start bigint not null,
    byte_end bigint not null,
    remittance_line_number integer not null,
    patient_control_number varchar not null,
    payer_claim_control_number varchar,
    original_payer_claim_control_number varchar,
    claim_status_code varchar not null,
    claim_frequency_code varchar,
    claim_filing_code varchar,
    claim_charge_amount decimal(12, 2),
    claim_paid_amount decimal(12, 2),
    claim_patient_amount decimal(12, 2),
    claim_adjustments varchar,
    claim_remark_codes varchar,
    member_id varchar,
    rendering_provider_npi varchar,
    place_of_service_code varchar,
    line_control_number varchar,
    date_of_service date,
    date_of_service_through date,
    procedure_code varchar,
    modifier_1 varchar,
    modifier_2 varchar,
    modifier_3 varchar,
    modifier_4 varchar,
    paid_procedure_code varchar,
    paid_modifiers varchar,
    service_units decimal(12, 3),
    paid_units decimal(12, 3),
    charge_amount decimal(12, 2) not null,
    allowed_amount decimal(12, 2),
    paid_amount decimal(12, 2) not null,
    adjustments varchar,
    remark_codes varchar,
    line_sha varchar not null
);
comment on table remittance_line is 'One service (SVC) of one claim payment (CLP), or a claim payment without services; grain: remittance_line_id.';
comment on column remittance_line.remittance_line_id is 'Key, in order of loading.';
comment on column remittance_line.remittance_id is 'The payment.';
comment on column remittance_line.remittance_claim_id is 'The claim payment (CLP): hash of file and position.';
comment on column remittance_line.file_id is 'File that brought it.';
comment on column remittance_line.byte_start is 'First byte in that file, uncompressed.';
comment on column remittance_line.byte_end is 'First byte after it.';
comment on column remittance_line.remittance_line_number is 'Place of the service in the claim payment, from 1; 0 for a claim payment without services.';
comment on column remittance_line.patient_control_number is 'The provider''s own number of the claim (CLP01). PHI.';
comment on column remittance_line.payer_claim_control_number is 'The payer''s number of the claim (CLP07). PHI.';
comment on column remittance_line.original_payer_claim_control_number is 'The payer''s number of the claim that was corrected (REF*F8 or 1K). PHI.';
comment on column remittance_line.claim_status_code is '1, 2, 3 processed as primary, secondary, tertiary; 4 denied; 19 to 21 processed and forwarded; 22 reversal (CLP02).';
comment on column remittance_line.claim_frequency_code is '1, 7 or 8 as the payer understood the claim (CLP09).';
comment on column remittance_line.claim_filing_code is 'Kind of plan (CLP06).';
comment on column remittance_line.claim_charge_amount is 'Dollars charged for the claim (CLP03).';
comment on column remittance_line.claim_paid_amount is 'Dollars paid for the claim (CLP04).';
comment on column remittance_line.claim_patient_amount is 'Dollars that the patient owes (CLP05).';
comment on column remittance_line.claim_adjustments is 'Adjustments of the claim, group:reason:dollars:units joined by a semicolon (CAS).';
comment on column remittance_line.claim_remark_codes is 'Remark codes of the claim joined by a semicolon (MOA, MIA).';
comment on column remittance_line.member_id is 'The person treated (NM1*QC). PHI.';
comment on column remittance_line.rendering_provider_npi is 'Who treated (REF*HPI, NM1*82).';
comment on column remittance_line.place_of_service_code is 'Place of service (CLP08).';
comment on column remittance_line.line_control_number is 'The provider''s own number of the line (REF*6R). PHI.';
comment on column remittance_line.date_of_service is 'Day of the service, the first of a range (DTM*472 or 150, else 232).';
comment on column remittance_line.date_of_service_through is 'Last day of a range.';
comment on column remittance_line.procedure_code is 'Code as submitted (SVC06, else SVC01).';
comment on column remittance_line.modifier_1 is 'First modifier as submitted.';
comment on column remittance_line.modifier_2 is 'Second modifier as submitted.';
comment on column remittance_line.modifier_3 is 'Third modifier as submitted.';
comment on column remittance_line.modifier_4 is 'Fourth modifier as submitted.';
comment on column remittance_line.paid_procedure_code is 'Code that the payer decided on (SVC01).';
comment on column remittance_line.paid_modifiers is 'Its modifiers joined by a colon.';
comment on column remittance_line.service_units is 'Units as submitted (SVC07, else SVC05).';
comment on column remittance_line.paid_units is 'Units paid, below zero in a reversal (SVC05).';
comment on column remittance_line.charge_amount is 'Dollars charged (SVC02, else CLP03), below zero in a reversal.';
comment on column remittance_line.allowed_amount is 'Dollars that the payer allows (AMT*B6).';
comment on column remittance_line.paid_amount is 'Dollars paid (SVC03, else CLP04), below zero in a reversal.';
comment on column remittance_line.adjustments is 'Adjustments of the service, group:reason:dollars:units joined by a semicolon (CAS).';
comment on column remittance_line.remark_codes is 'Remark codes of the service joined by a semicolon (LQ*HE).';
comment on column remittance_line.line_sha is 'Hash over payment, content and its repetition in the payment: equal lines are exact duplicates.';

create table if not exists remittance_adjustment (
    remittance_line_id bigint not null,
    level_code varchar not null,
    adjustment_number integer not null,
    group_code varchar,
    adjustment_reason_code varchar,
    adjustment_amount decimal(12, 2)
);
comment on table remittance_adjustment is 'One adjustment of a service or of a claim payment (one triplet of a CAS); grain: remittance_line_id, level_code, adjustment_number.';
comment on column remittance_adjustment.remittance_line_id is 'The service; for level claim the first line of the claim payment.';
comment on column remittance_adjustment.level_code is 'line or claim.';
comment on column remittance_adjustment.adjustment_number is 'Place among the adjustments of that level, from 1.';
comment on column remittance_adjustment.group_code is 'CO contractual, PR patient, OA other, PI payer initiated.';
comment on column remittance_adjustment.adjustment_reason_code is 'Claim adjustment reason code (CARC).';
comment on column remittance_adjustment.adjustment_amount is 'Dollars taken off the charge; below zero where they were added.';

create table if not exists provider_adjustment (
    provider_adjustment_id bigint not null,
    remittance_id bigint not null,
    file_id integer not null,
    byte_start bigint not null,
    byte_end bigint not null,
    provider_id varchar,
    fiscal_period_date date,
    adjustment_reason_code varchar,
    adjustment_reference varchar,
    adjustment_amount decimal(14, 2) not null
);
comment on table provider_adjustment is 'One adjustment of a payment that belongs to no claim (PLB); grain: provider_adjustment_id.';
comment on column provider_adjustment.provider_adjustment_id is 'Key, in order of loading.';
comment on column provider_adjustment.remittance_id is 'The payment.';
comment on column provider_adjustment.file_id is 'File that brought it.';
comment on column provider_adjustment.byte_start is 'First byte in that file, uncompressed.';
comment on column provider_adjustment.byte_end is 'First byte after it.';
comment on column provider_adjustment.provider_id is 'Provider that it is about (PLB01).';
comment on column provider_adjustment.fiscal_period_date is 'End of the provider''s fiscal period (PLB02).';
comment on column provider_adjustment.adjustment_reason_code is 'WO overpayment recovery, FB forwarding balance, CV capital, ... (PLB03-1).';
comment on column provider_adjustment.adjustment_reference is 'Number of what it is about, often a claim (PLB03-2). PHI.';
comment on column provider_adjustment.adjustment_amount is 'Dollars; positive amounts lower the payment (PLB04).';

create table if not exists remittance_claim_line (
    remittance_line_id bigint not null,
    remittance_claim_id varchar not null,
    claim_id varchar,
    claim_line_id bigint,
    date_of_service date,
    basis_code varchar not null
);
comment on table remittance_claim_line is 'Which claim line a remittance line is about; grain: remittance_line_id. Made by the view remittance_match.';
comment on column remittance_claim_line.remittance_line_id is 'The line of the remittance.';
comment on column remittance_claim_line.remittance_claim_id is 'Its claim payment (CLP).';
comment on column remittance_claim_line.claim_id is 'The version of the claim; null if none was found.';
comment on column remittance_claim_line.claim_line_id is 'The line; null if none was found or the remittance names no services.';
comment on column remittance_claim_line.date_of_service is 'Day of the claim line, or of the first line of the claim.';
comment on column remittance_claim_line.basis_code is 'line_control_number (CLP01 and REF*6R), claim_number (CLP01, or CLP07, with code, date and charge), claim_only (no services), code_date_charge, ambiguous or none.';
