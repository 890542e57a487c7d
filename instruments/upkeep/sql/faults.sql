-- Until when open faults keep an instrument out of order: local midnight of the last expected return, the year 9999
-- where one has none; null without such a fault.
CREATE OR REPLACE FUNCTION upkeep_fault_until(p_instrument bigint, p_zone text)
RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT max(coalesce(f.expected_return_on, '9999-01-01')::timestamp AT TIME ZONE p_zone)
    FROM upkeep_fault f
    WHERE f.instrument_id = p_instrument AND f.resolved_at IS NULL AND f.severity = 'suspended'
$$;
