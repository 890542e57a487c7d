-- Check-in and the clock: when one can check in, who is a no-show, what is due. Source: engine.md, "Meanings".

-- The value of one setting for bookings of a tier: the nearest level wins, within a level the exact tier.
-- p_default: the built-in one. NULL: unlimited.
CREATE OR REPLACE FUNCTION reservation_setting(
    p_code text, p_instrument bigint, p_group bigint, p_institution bigint, p_tier text, p_default int
) RETURNS int LANGUAGE sql STABLE AS $$
    SELECT v.value FROM (
        SELECT 3 AS level, p.tier, p.value FROM reservations_policyvalue p
        WHERE p.instrument_id = p_instrument AND p.code = p_code AND p.tier IN ('', p_tier)
        UNION ALL
        SELECT 2, p.tier, p.value FROM reservations_policyvalue p
        WHERE p.group_id = p_group AND p.code = p_code AND p.tier IN ('', p_tier)
        UNION ALL
        SELECT 1, p.tier, p.value FROM reservations_policyvalue p
        WHERE p.institution_id = p_institution AND p.code = p_code AND p.tier IN ('', p_tier)
        UNION ALL
        SELECT 0, p.tier, p.value FROM reservations_policyvalue p
        WHERE coalesce(p.instrument_id, p.group_id, p.institution_id) IS NULL
          AND p.code = p_code AND p.tier IN ('', p_tier)
        UNION ALL
        SELECT -1, '', p_default
    ) v
    ORDER BY v.level DESC, v.tier <> '' DESC LIMIT 1
$$;

-- The limit for checking in, later by each outage that kept people from it: by its length, as far as check-in had
-- opened. A gap since the last heartbeat is an outage that has not been written down yet.
CREATE OR REPLACE FUNCTION reservation_check_in_limit(
    p_opens_at timestamptz, p_until timestamptz, p_outage interval, p_now timestamptz
) RETURNS timestamptz LANGUAGE plpgsql STABLE AS $$
DECLARE
    v record;
BEGIN
    FOR v IN
        SELECT o.started_at, o.ended_at FROM reservations_outage o WHERE o.ended_at > p_opens_at
        UNION ALL
        SELECT h.beat_at, p_now FROM reservations_heartbeat h WHERE p_now - h.beat_at > p_outage AND p_now > p_opens_at
        ORDER BY 1
    LOOP
        IF v.started_at < p_until THEN
            p_until := p_until + (v.ended_at - greatest(v.started_at, p_opens_at));
        END IF;
    END LOOP;
    RETURN p_until;
END
$$;

-- Whether somebody has to check in, from when one can and until when. Before the one before has left its place,
-- turnaround included, nobody can. At the end of the booking at the latest, unless there was an outage.
-- p_defaults: built-in values by code.
CREATE OR REPLACE FUNCTION reservation_check_ins(
    p_ids bigint[], p_defaults jsonb, p_outage interval, p_now timestamptz
) RETURNS TABLE (id bigint, required boolean, opens_at timestamptz, until timestamptz) LANGUAGE sql STABLE AS $$
    SELECT b.id, s.required, o.opens_at,
           CASE WHEN s.required THEN reservation_check_in_limit(
                o.opens_at, least(lower(b.during) + s.after * interval '1 minute', upper(b.during)), p_outage, p_now)
                ELSE upper(b.during) END
    FROM reservations_reservation b
    JOIN catalogue_instrument i ON i.id = b.instrument_id
    CROSS JOIN LATERAL (
        SELECT CASE reservation_setting('check_in_required', i.id, i.group_id, i.institution_id, b.tier,
                                        (p_defaults ->> 'check_in_required')::int)
               WHEN 1 THEN b.kind IN ('use', 'training')
               WHEN 2 THEN b.kind IN ('use', 'training') AND 'self_operated' = ANY (i.access_modes)
               ELSE false END AS required,
               reservation_setting('check_in_opens', i.id, i.group_id, i.institution_id, b.tier,
                                   (p_defaults ->> 'check_in_opens')::int) AS before,
               reservation_setting('no_show_after', i.id, i.group_id, i.institution_id, b.tier,
                                   (p_defaults ->> 'no_show_after')::int) AS after
    ) s
    CROSS JOIN LATERAL (
        SELECT greatest(coalesce(lower(b.during) - s.before * interval '1 minute', b.created_at), (
            SELECT max(upper(t.occupies)) FROM calendars_claim c
            JOIN calendars_claim t ON t.resource_id = c.resource_id AND t.place = c.place AND t.id <> c.id
            WHERE c.reservation_id = b.id AND t.reservation_id <> b.id
              AND t.occupies && tstzrange(coalesce(lower(b.during) - s.before * interval '1 minute', b.created_at),
                                          lower(b.during))
        )) AS opens_at
    ) o
    WHERE b.id = ANY (p_ids)
$$;

-- Whether an instrument was out of order from before p_before until after p_after: a fault took it out of service, or
-- it is suspended now and was by then.
CREATE OR REPLACE FUNCTION reservation_was_out_of_order(
    p_instrument bigint, p_is_suspended boolean, p_before timestamptz, p_after timestamptz
) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM upkeep_fault f
        WHERE f.instrument_id = p_instrument AND f.severity = 'suspended' AND f.reported_at < p_before
          AND (f.resolved_at IS NULL OR f.resolved_at > p_after)
    ) OR p_is_suspended AND coalesce((
        SELECT min(e.pgh_created_at) FROM catalogue_instrumentevent e
        WHERE e.pgh_obj_id = p_instrument AND e.pgh_id > coalesce((
            SELECT max(o.pgh_id) FROM catalogue_instrumentevent o
            WHERE o.pgh_obj_id = p_instrument AND o.status <> 'suspended'), 0)
    ) < p_before, true)
$$;

-- What the clock does with a confirmed booking. Nobody is a no-show, or taken to be there, on an instrument that is out
-- of order: where people check in, at any time before their limit; elsewhere, from the beginning to the end, both as
-- the clock would have seen it had it been on time. Maintenance and closures take place all the same.
CREATE OR REPLACE FUNCTION reservation_next_step(
    p_instrument bigint, p_is_suspended boolean, p_is_use boolean, p_during tstzrange, p_required boolean,
    p_until timestamptz, p_outage interval, p_now timestamptz
) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN p_required AND p_until <= upper(p_during) THEN CASE
            WHEN p_until > p_now THEN NULL
            WHEN reservation_was_out_of_order(p_instrument, p_is_suspended, p_until, lower(p_during)) THEN 'call_off'
            ELSE 'no_show' END
        WHEN upper(p_during) > p_now THEN CASE
            WHEN p_required OR p_is_use AND (p_is_suspended OR reservation_was_out_of_order(
                p_instrument, p_is_suspended, lower(p_during) + p_outage, p_now)) THEN NULL
            ELSE 'start' END
        WHEN p_is_use AND reservation_was_out_of_order(
            p_instrument, p_is_suspended, lower(p_during) + p_outage, upper(p_during)) THEN 'call_off'
        ELSE 'complete' END
$$;

-- What the clock has to do now: start, complete, no_show, call_off, overrun (notice it) or end_overrun (nobody checked
-- out, and somebody else is on its place or it has been long enough). p_resources NULL: everywhere.
CREATE OR REPLACE FUNCTION reservation_due(
    p_steps text[], p_resources bigint[], p_defaults jsonb, p_outage interval, p_grace interval, p_now timestamptz, p_limit int
) RETURNS TABLE (id bigint, instrument bigint, resource bigint, step text) LANGUAGE sql STABLE AS $$
    SELECT d.id, d.instrument_id, d.resource, d.step FROM (
        SELECT b.id, b.instrument_id, r.id AS resource, CASE
            WHEN b.status = 'confirmed' THEN (
                SELECT reservation_next_step(i.id, i.status = 'suspended', b.kind IN ('use', 'training'), b.during,
                                             c.required, c.until, p_outage, p_now)
                FROM reservation_check_ins(ARRAY[b.id], p_defaults, p_outage, p_now) c)
            WHEN coalesce(b.used_until, upper(b.during)) > p_now THEN NULL
            WHEN b.kind NOT IN ('use', 'training') OR b.use_is_assumed OR b.used_until IS NOT NULL THEN 'complete'
            WHEN EXISTS (
                SELECT 1 FROM calendars_claim c
                JOIN calendars_claim t ON t.resource_id = c.resource_id AND t.place = c.place
                JOIN reservations_reservation n ON n.id = t.reservation_id AND n.status = 'in_use'
                WHERE c.reservation_id = b.id AND c.resource_id = r.id AND n.id <> b.id
                  AND lower(n.during) >= upper(b.during)
            ) OR upper(b.during) + interval '1 minute' * reservation_setting(
                'check_out_within', i.id, i.group_id, i.institution_id, b.tier,
                (p_defaults ->> 'check_out_within')::int) <= p_now THEN 'end_overrun'
            WHEN upper(b.during) + p_grace <= p_now
             AND NOT EXISTS (SELECT 1 FROM reservations_overrun o WHERE o.reservation_id = b.id) THEN 'overrun'
            END AS step
        FROM reservations_reservation b
        JOIN calendars_resource r ON r.instrument_id = b.instrument_id
        JOIN catalogue_instrument i ON i.id = b.instrument_id
        WHERE b.status IN ('confirmed', 'in_use') AND lower(b.during) <= p_now
          AND (p_resources IS NULL OR r.id = ANY (p_resources))
        OFFSET 0
    ) d
    WHERE d.step = ANY (p_steps)
    ORDER BY d.id LIMIT p_limit
$$;

-- Who comes next on a place of a reservation that is overdue, within a day; NULL: nobody.
CREATE OR REPLACE FUNCTION reservation_next_on_its_place(p_id bigint)
RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT n.id FROM reservations_reservation b
    JOIN calendars_claim c ON c.reservation_id = b.id
    JOIN calendars_claim t ON t.resource_id = c.resource_id AND t.place = c.place
                          AND t.occupies && tstzrange(upper(b.during), upper(b.during) + interval '1 day')
    JOIN reservations_reservation n ON n.id = t.reservation_id AND n.id <> b.id
    WHERE b.id = p_id AND n.status IN ('requested', 'confirmed', 'in_use') AND n.kind IN ('use', 'training')
      AND lower(n.during) >= upper(b.during)
    ORDER BY lower(n.during), n.id LIMIT 1
$$;
