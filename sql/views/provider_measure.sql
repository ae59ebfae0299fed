/*
grain   = ["rendering_provider_npi", "measure_code", "peer_kind"]
comment = "The measures of each clinician beside peers and beside the own past."
*/
-- No month cuts it: the statistics are there from the last month on only, and are of clinicians who stopped before, too.
select
    rendering_provider_npi,
    measure_code,
    peer_kind,
    period_start,
    period_end,
    peer_count,
    line_count as measured_line_count,
    value_number,
    peer_median,
    robust_z,
    upper_limit,
    -- Each line once, although it is behind several measures.
    case
        when
            row_number() over (partition by rendering_provider_npi order by measure_code asc, peer_kind asc) = 1
            then max(line_count) over (partition by rendering_provider_npi)
        else 0
    end as line_count,
    max(case when robust_z is not null or upper_limit is not null then 1 else 0 end) over (
        partition by rendering_provider_npi
    ) = 1 as is_comparable
from provider_statistic
