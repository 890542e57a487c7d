-- Free time while bookings are being planned anew. Source: engine.md, "Meanings".

-- Each open window that overlaps a span minus the claims of each place, as if some reservations held nothing.
-- p_needed: minus the time in which what it needs besides itself is taken, theirs included.
CREATE OR REPLACE FUNCTION replanning_gaps(
    p_resource bigint, p_span tstzrange, p_without bigint[], p_needed boolean
)
RETURNS TABLE (
    place int, tiers smallint, starts_at timestamptz, ends_at timestamptz, opened_at timestamptz
) LANGUAGE sql STABLE AS $$
    SELECT DISTINCT p.place, w.tiers, lower(free.part), upper(free.part), lower(w.during)
    FROM calendars_resource r
    CROSS JOIN LATERAL calendar_open_windows(r.id, p_span) w
    CROSS JOIN LATERAL generate_series(1, r.capacity) p (place)
    CROSS JOIN LATERAL (
        SELECT coalesce(range_agg(tstzrange(
            lower(c.occupies) - r.turnaround_minutes * interval '1 minute', upper(c.occupies))), '{}') AS ranges
        FROM calendars_claim c
        WHERE c.resource_id = r.id AND c.place = p.place
          AND (c.reservation_id IS NULL OR c.reservation_id <> ALL (p_without))
          AND c.occupies && tstzrange(
              lower(w.during), upper(w.during) + r.turnaround_minutes * interval '1 minute')
    ) taken
    CROSS JOIN LATERAL (
        SELECT n.ranges FROM needs_taken(r.instrument_id, w.during) n (ranges) WHERE p_needed
        UNION ALL SELECT '{}'::tstzmultirange WHERE NOT p_needed
    ) needs
    CROSS JOIN LATERAL unnest(tstzmultirange(w.during) - taken.ranges - needs.ranges) free (part)
    WHERE r.id = p_resource
$$;
