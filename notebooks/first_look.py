"""Three questions to a published audit: what costs most, how large the groups are, and one finding done by hand.

As a script:   CLAIMS_AUDIT_HOME=var .venv/bin/python notebooks/first_look.py
As a notebook: CLAIMS_AUDIT_HOME=var .venv/bin/marimo edit notebooks/first_look.py
"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium")


@app.cell
def _():
    import json

    import marimo as mo

    import claims_audit

    def show(sentence, frame=None):
        """A sentence and a table, in the notebook or on the terminal."""
        if mo.running_in_notebook():
            mo.output.append(mo.md(sentence))
            if frame is not None:
                mo.output.append(mo.ui.table(frame, selection=None, page_size=20))
        else:
            print(f"\n{sentence}\n")
            if frame is not None:
                print(frame.to_string(index=False))

    return claims_audit, json, mo, show


@app.cell
def _(claims_audit, show):
    # The newest published snapshot, read-only: the nightly run goes on while this is open.
    con = claims_audit.connect()
    ((newest,),) = con.execute("select max(last_seen_run) from finding").fetchall()
    show(f"# First look\nNewest run with findings: {newest or 'none'}")
    return (con,)


@app.cell
def _(con, show):
    costs = con.sql(
        """
        with at_risk as (
            -- A line counts once in a check, by the largest of its findings.
            select
                finding.check_id,
                claim_line.payer_id,
                finding_line.claim_line_id,
                max(finding_line.exposure_amount) as exposure_amount
            from finding
            inner join finding_line on finding.finding_id = finding_line.finding_id
            inner join claim_line on finding_line.claim_line_id = claim_line.claim_line_id
            where
                finding.state <> 'not_seen'
                and finding.direction = 'overpayment'
                and finding.certainty in ('C1', 'C2', 'C3')
            group by all
        )
        select
            payer_id,
            check_id,
            count(*) as lines,
            sum(exposure_amount) as dollars
        from at_risk
        group by payer_id, check_id
        having sum(exposure_amount) > 0
        qualify row_number() over (partition by payer_id order by sum(exposure_amount) desc, check_id) <= 3
        order by payer_id, dollars desc, check_id
        """
    ).df()
    show(
        "## 1. Which checks cost most, payer by payer?\n"
        "Potential overpayments of certainty C1 to C3, the three dearest checks of each payer. A line that two checks "
        "found counts in both rows, so the rows do not add up to the total of the report.",
        costs,
    )
    return


@app.cell
def _(con, show):
    sizes = con.sql(
        """
        select
            session_bill.payer_id,
            coalesce(session_bill.payer_max_size, session_bill.seed_max_size) as size_limit,
            session_bill.payer_max_size is null as is_default_limit,
            count(*) as sessions,
            cast(median(session_bill.member_count) as integer) as usual_size,
            max(session_bill.member_count) as largest,
            count(*) filter (
                where session_bill.member_count > coalesce(session_bill.payer_max_size, session_bill.seed_max_size)
            ) as over_limit
        from session_bill
        where session_bill.procedure_class = 'group'
        group by all
        order by payer_id, size_limit
        """
    ).df()
    show(
        "## 2. How large are the groups, against the limit?\n"
        "Sessions billed as a group, once for each payer that was billed; everybody in the room counts, whatever their "
        "payer. Where only a date is known, two groups of a day look like one.",
        sizes,
    )
    histogram = con.sql(
        """
        select
            member_count as members,
            count(*) as sessions,
            repeat('#', cast(ceil(40.0 * count(*) / max(count(*)) over ()) as integer)) as share
        from group_session
        where session_class = 'group'
        group by member_count
        order by member_count
        """
    ).df()
    show("Sessions by the number of members in the room:", histogram)
    return


@app.cell
def _(con, mo, show):
    # The dearest oversized group whose limit is broken, and not the default only.
    dearest = con.execute(
        """
        select finding_id, message, certainty, verdict, policy_id, session_key, exposure_amount, evidence
        from finding
        where check_id = 'oversized_group' and verdict <> 'violates_seed_only' and state <> 'not_seen'
        order by exposure_amount desc, finding_id
        limit 1
        """
    ).fetchall()
    if not dearest:
        show("## 3. One finding by hand\nNo group is over a limit here, so there is nothing to do by hand.")
    mo.stop(not dearest)
    finding_id, message, certainty, verdict, policy_id, session_key, exposure_amount, evidence_text = dearest[0]
    show(
        f"## 3. One finding by hand\n{message}\n\n"
        f"Finding {finding_id}, certainty {certainty}, verdict {verdict}, by the policy row {policy_id}."
    )
    return evidence_text, exposure_amount, finding_id, policy_id, session_key


@app.cell
def _(con, evidence_text, finding_id, json, policy_id, show):
    evidence = json.loads(evidence_text)
    lines = con.execute(
        """
        select
            current_claim_line.patient_control_number,
            current_claim_line.claim_line_number,
            current_claim_line.procedure_code,
            current_claim_line.charge_amount,
            current_claim_line.at_risk_amount,
            current_claim_line.amount_basis,
            finding_line.exposure_amount
        from finding_line
        inner join current_claim_line on finding_line.claim_line_id = current_claim_line.claim_line_id
        where finding_line.finding_id = $finding_id
        order by 1, 2
        """,
        {"finding_id": finding_id},
    ).df()
    policy = con.execute(
        "select rule_key, rule_value, eff_from, eff_to, source_title from payer_policy where policy_id = $policy_id",
        {"policy_id": policy_id},
    ).df()
    show(f"What the check saw: {evidence}")
    show("The policy row that it used:", policy)
    show("The claim lines behind it:", lines)
    return evidence, lines


@app.cell
def _(con, evidence, exposure_amount, lines, session_key, show):
    # Who was in the room: from the roster if there is one, else from the claims of the session.
    ((member_count,),) = con.execute(
        "select count(distinct member_id) from session_member where session_key = $session_key",
        {"session_key": session_key},
    ).fetchall()
    size_limit = evidence["size_limit"]
    dollars = float(lines["at_risk_amount"].sum())
    by_hand = round(dollars * (member_count - size_limit) / member_count, 2)
    show(
        f"By hand: {member_count} members, the limit is {size_limit}, so {member_count - size_limit} of {member_count} "
        f"of {dollars:.2f} dollars is at risk: {by_hand:.2f}. The finding says {exposure_amount}."
    )
    return


if __name__ == "__main__":
    app.run()
