-- Bookings that have to be planned anew. Source: engine.md, "Meanings".

-- Coming bookings that lost their ground, soonest first: their instrument is suspended until after their start
-- ('suspended'), or they lie outside the opening hours of their tier, which nobody has waived ('hours'). One
-- instrument or all of an institution; p_tiers, p_bits: the bit of each tier. Looks at the 2,000 soonest bookings.
CREATE OR REPLACE FUNCTION replanning_displaced(
    p_institution bigint, p_instrument bigint, p_tiers text[], p_bits int[], p_now timestamptz, p_limit int
) RETURNS TABLE (id bigint, cause text) LANGUAGE sql STABLE AS $$
    WITH place AS (
        SELECT i.id, r.id AS resource, i.status = 'suspended' AS suspended,
               coalesce(i.expected_return_on::timestamp AT TIME ZONE n.zone, 'infinity') AS back_at
        FROM catalogue_instrument i
        JOIN calendars_resource r ON r.instrument_id = i.id
        JOIN accounts_institution n ON n.id = i.institution_id
        WHERE i.institution_id = p_institution AND (p_instrument IS NULL OR i.id = p_instrument)
    ), coming AS MATERIALIZED (
        SELECT b.id, b.during, b.tier, place.resource, place.suspended AND lower(b.during) < place.back_at AS suspended
        FROM place CROSS JOIN LATERAL (
            SELECT c.id, c.during, c.tier FROM reservations_reservation c
            WHERE c.instrument_id = place.id AND lower(c.during) > p_now
              AND c.kind IN ('use', 'training') AND c.status IN ('requested', 'confirmed')
        ) b
        ORDER BY lower(b.during), b.id LIMIT 2000
    )
    SELECT b.id, CASE WHEN b.suspended THEN 'suspended' ELSE 'hours' END
    FROM coming b JOIN unnest(p_tiers, p_bits) t (tier, bit) ON t.tier = b.tier
    WHERE b.suspended OR NOT EXISTS (
        SELECT 1 FROM reservations_waiver v WHERE v.reservation_id = b.id AND v.code = 'within_opening_hours'
    ) AND NOT coalesce(b.during <@ (
        SELECT range_agg(w.during) FROM calendar_open_windows(b.resource, b.during) w WHERE w.tiers & t.bit <> 0
    ), false)
    ORDER BY lower(b.during), b.id LIMIT p_limit
$$;
