-- What people may do. Source: domain.md, "Rules" (`qualified`).

-- The highest level a person holds for an instrument, itself or through its group, at the end of a booking; 0: none.
-- A booking that ends at midnight ends on the day before: the last day of a qualification counts whole, however long
-- it is in that zone.
CREATE OR REPLACE FUNCTION qualification_level(
    p_person bigint, p_instrument bigint, p_group bigint, p_ends_at timestamptz, p_zone text
) RETURNS int LANGUAGE sql STABLE AS $$
    SELECT coalesce(max(q.level), 0)::int FROM qualifications_qualification q
    WHERE q.person_id = p_person AND q.revoked_at IS NULL AND (q.instrument_id = p_instrument OR q.group_id = p_group)
      AND (q.expires_on IS NULL OR q.expires_on >= ((p_ends_at - interval '1 microsecond') AT TIME ZONE p_zone)::date)
$$;
