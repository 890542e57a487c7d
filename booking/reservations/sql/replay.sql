-- Looking back: past bookings as they were made, and what of whom was booked at each moment. Nothing is written.
-- Source: the rows and the history that the triggers wrote.

-- The newest p_most bookings of some instruments that began in a span, as they were made: a confirmed hold as it was
-- confirmed, a moved booking where and when it was at first. Holds, and requests that nobody approved, never were
-- bookings. opened, off_peak: the open windows that their start lay in, and the off-peak ones they touched, as they
-- were kept for that day. p_tiers, p_bits: the bit
-- of each tier.
CREATE OR REPLACE FUNCTION replay_bookings(
    p_instruments bigint[], p_since timestamptz, p_until timestamptz, p_tiers text[], p_bits int[], p_most int
) RETURNS TABLE (
    id bigint, instrument bigint, kind text, tier text, places int, person bigint, firm bigint, made_at timestamptz,
    starts_at timestamptz, ends_at timestamptz, opened jsonb, off_peak jsonb
) LANGUAGE sql STABLE AS $$
    SELECT b.id, made.instrument_id, b.kind, b.tier, made.places, b.user_id, b.account_id, b.created_at,
           lower(made.during), upper(made.during), (
               SELECT coalesce(jsonb_agg(jsonb_build_array(
                   extract(epoch FROM lower(w.during)), extract(epoch FROM upper(w.during))) ORDER BY w.during), '[]')
               FROM unnest(p_tiers, p_bits) t (tier, bit)
               JOIN calendars_resource r ON r.instrument_id = made.instrument_id
               CROSS JOIN LATERAL calendar_open_windows(
                   r.id, tstzrange(lower(made.during), lower(made.during), '[]')) w
               WHERE t.tier = b.tier AND w.tiers & t.bit <> 0), (
               SELECT coalesce(jsonb_agg(jsonb_build_array(
                   extract(epoch FROM lower(w.during)), extract(epoch FROM upper(w.during))) ORDER BY w.during), '[]')
               FROM unnest(p_tiers, p_bits) t (tier, bit)
               JOIN calendars_resource r ON r.instrument_id = made.instrument_id
               CROSS JOIN LATERAL calendar_off_peak(r.id, made.during) w
               WHERE t.tier = b.tier AND w.tiers & t.bit <> 0)
    FROM (
        SELECT r.* FROM reservations_reservation r
        WHERE r.instrument_id = ANY (p_instruments) AND lower(r.during) >= p_since AND lower(r.during) < p_until
          AND r.kind IN ('use', 'training') AND r.hold_expires_at IS NULL
          AND r.status IN ('requested', 'confirmed', 'in_use', 'completed', 'cancelled', 'no_show')
        ORDER BY lower(r.during) DESC, r.id DESC LIMIT p_most
    ) b
    CROSS JOIN LATERAL (
        SELECT e.instrument_id, e.places, e.during FROM (
            SELECT h.instrument_id, h.places::int, h.during, h.pgh_id
            FROM reservations_reservationevent h WHERE h.pgh_obj_id = b.id AND h.status <> 'held'
            UNION ALL SELECT b.instrument_id, b.places::int, b.during, NULL
        ) e ORDER BY e.pgh_id NULLS LAST LIMIT 1
    ) made
    ORDER BY lower(b.during), b.id
$$;

-- What counted of some people and firms, and from when until when: one row for each state that a booking went through
-- while it held its time. Of an instrument, of all that are named, or (NULL) of any; what ended before p_from does not
-- matter. A booking without history counts as it stands since it was made. At most p_most rows.
CREATE OR REPLACE FUNCTION replay_booked(
    p_people bigint[], p_firms bigint[], p_instruments bigint[], p_from timestamptz, p_until timestamptz, p_most int
) RETURNS TABLE (
    id bigint, instrument bigint, person bigint, firm bigint, status text, places int, starts_at timestamptz,
    ends_at timestamptz, since timestamptz, until timestamptz
) LANGUAGE sql STABLE AS $$
    WITH booked AS MATERIALIZED (
        SELECT b.* FROM reservations_reservation b
        WHERE (b.user_id = ANY (p_people) OR b.account_id = ANY (p_firms)) AND b.kind IN ('use', 'training')
          AND lower(b.during) >= p_from - interval '400 days' AND upper(b.during) >= p_from
          AND b.created_at <= p_until + interval '1 day' AND (p_instruments IS NULL OR b.instrument_id = ANY (p_instruments))
    ), states AS (
        SELECT e.id, e.instrument_id, e.user_id, e.account_id, e.status, e.places, e.during, e.used_until,
               e.hold_expires_at, e.request_expires_at, e.pgh_id,
               -- Confirming a hold writes when it was booked; whatever else changes carries the database's clock.
               CASE WHEN e.created_at IS DISTINCT FROM lag(e.created_at) OVER history THEN e.created_at
                    ELSE greatest(e.created_at, e.pgh_created_at) END AS since
        FROM booked b JOIN reservations_reservationevent e ON e.pgh_obj_id = b.id
        WINDOW history AS (PARTITION BY e.pgh_obj_id ORDER BY e.pgh_id)
        UNION ALL
        SELECT b.id, b.instrument_id, b.user_id, b.account_id, b.status, b.places, b.during, b.used_until,
               b.hold_expires_at, b.request_expires_at, 0, b.created_at
        FROM booked b
        WHERE NOT EXISTS (SELECT 1 FROM reservations_reservationevent e WHERE e.pgh_obj_id = b.id)
    ), spans AS (
        SELECT s.*, least(
            lead(s.since) OVER (PARTITION BY s.id ORDER BY s.pgh_id),
            CASE s.status WHEN 'held' THEN s.hold_expires_at WHEN 'requested' THEN s.request_expires_at END) AS until
        FROM states s
    )
    SELECT s.id, s.instrument_id, s.user_id, s.account_id, s.status, s.places, lower(s.during), least(
               upper(s.during), greatest(lower(s.during), coalesce(s.used_until, upper(s.during)))),
           s.since, s.until
    FROM spans s
    WHERE s.status NOT IN ('declined', 'cancelled', 'expired') AND (s.until IS NULL OR s.until > s.since)
    LIMIT p_most
$$;
