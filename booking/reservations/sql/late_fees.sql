-- Fees of late cancellations whose time is taken again: no place of the instrument is free at any moment of the window
-- that was given back, through bookings of others that were made before it began. Somebody of the same firm is no
-- other. Windows that began over a day ago are not looked at: their claims may be gone.
CREATE OR REPLACE FUNCTION reservation_fees_retaken(p_now timestamptz)
RETURNS SETOF bigint LANGUAGE sql STABLE AS $$
    SELECT b.id
    FROM reservations_reservation b JOIN calendars_resource r ON r.instrument_id = b.instrument_id
    WHERE b.fee_fen > 0 AND NOT b.fee_waived AND lower(b.late_during) > p_now - interval '1 day'
      AND NOT EXISTS (
        SELECT 1 FROM generate_series(1, r.capacity) p (place)
        WHERE NOT coalesce((
            SELECT range_agg(c.occupies)
            FROM calendars_claim c JOIN reservations_reservation o ON o.id = c.reservation_id
            WHERE c.resource_id = r.id AND c.place = p.place AND c.occupies && b.late_during AND o.id <> b.id
              AND o.kind IN ('use', 'training') AND o.status IN ('confirmed', 'in_use', 'completed')
              AND o.created_at <= lower(b.late_during) AND (o.user_id IS NULL OR o.user_id IS DISTINCT FROM b.user_id)
              AND (o.account_id IS NULL OR o.account_id IS DISTINCT FROM b.account_id)
        ), '{}'::tstzmultirange) @> b.late_during)
$$;
