create table if not exists run_rule (
    run_id varchar not null,
    kind_code varchar not null,
    rule_id varchar not null,
    rule_sha varchar not null,
    primary key (run_id, kind_code, rule_id)
);
comment on table run_rule is
'By which checks, views and policy rows a run judged; of the last runs that audited; grain: run_id, kind and rule.';
comment on column run_rule.run_id is 'Run.';
comment on column run_rule.kind_code is 'check, view or policy.';
comment on column run_rule.rule_id is 'Its check_id, the name of the view, or its policy_id.';
comment on column run_rule.rule_sha is 'SHA-256 of the file and the thresholds, or of the row of payer_policy.';
