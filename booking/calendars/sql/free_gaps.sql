-- The only writers of calendars_freegap. Source: engine.md, "Tables", FreeGap.
--
-- A gap is a maximal stretch of one place in which a booking may lie: inside one open window of its tiers
-- and clear of every claim, the turnaround after the booking included. A claim therefore blocks
-- [lower(occupies) - turnaround, upper(occupies)). Callers hold the row lock of the resource.

-- The open windows of a resource that overlap a span, clipped to the days their profile was assigned.
CREATE OR REPLACE FUNCTION calendar_open_windows(p_resource bigint, p_span tstzrange)
RETURNS TABLE (tiers smallint, during tstzrange) LANGUAGE sql STABLE AS $$
    SELECT w.tiers, w.during * a.effective
    FROM calendars_openingassignment a
    JOIN calendars_openwindow w ON w.profile_id = a.profile_id AND w.during && (a.effective * p_span)
    WHERE a.resource_id = p_resource AND a.effective && p_span
$$;

-- The same for its off-peak stretches: what of a booking lies in them does not count towards the longest booking.
CREATE OR REPLACE FUNCTION calendar_off_peak(p_resource bigint, p_span tstzrange)
RETURNS TABLE (tiers smallint, during tstzrange) LANGUAGE sql STABLE AS $$
    SELECT w.tiers, w.during * a.effective
    FROM calendars_openingassignment a
    JOIN calendars_offpeakwindow w ON w.profile_id = a.profile_id AND w.during && (a.effective * p_span)
    WHERE a.resource_id = p_resource AND a.effective && p_span
$$;

-- When what an instrument needs besides itself can't be had: one row for each way to choose one place of one
-- resource for every slot, with the time in which that choice is taken. One row without any, when it needs nothing.
-- p_without: as if these reservations held no place. p_modes: needs limited to access modes count where they hold in
-- one of these; the index of free gaps knows no mode and leaves them to the rule.
CREATE OR REPLACE FUNCTION needs_taken(
    p_instrument bigint, p_span tstzrange, p_without bigint[] DEFAULT '{}', p_modes varchar[] DEFAULT '{}'
)
RETURNS SETOF tstzmultirange LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM calendars_resourceneed n
        WHERE n.instrument_id = p_instrument AND (n.modes = '{}' OR n.modes && p_modes)
    ) THEN
        RETURN NEXT '{}'::tstzmultirange;
        RETURN;
    END IF;
    RETURN QUERY
    WITH RECURSIVE need AS MATERIALIZED (
        SELECT dense_rank() OVER (ORDER BY n.slot) AS number, r.id, r.capacity,
               r.turnaround_minutes * interval '1 minute' AS turnaround
        FROM calendars_resourceneed n JOIN calendars_resource r ON r.id = n.resource_id
        WHERE n.instrument_id = p_instrument AND (n.modes = '{}' OR n.modes && p_modes)
    ), choice AS MATERIALIZED (
        SELECT n.number, (
            SELECT coalesce(range_agg(tstzrange(lower(c.occupies) - n.turnaround, upper(c.occupies))), '{}')
            FROM calendars_claim c
            WHERE c.resource_id = n.id AND c.place = p.place
              AND (c.reservation_id IS NULL OR c.reservation_id <> ALL (p_without))
              AND c.occupies && tstzrange(lower(p_span), upper(p_span) + n.turnaround)) AS ranges
        FROM need n CROSS JOIN LATERAL generate_series(1, n.capacity) p (place)
    ), combined AS (
        SELECT 0::bigint AS number, '{}'::tstzmultirange AS ranges
        UNION ALL
        SELECT c.number, b.ranges + c.ranges FROM combined b JOIN choice c ON c.number = b.number + 1
    )
    SELECT DISTINCT c.ranges FROM combined c WHERE c.number = (SELECT max(n.number) FROM need n);
END
$$;

-- Each open window that overlaps a span minus the claims of each place and of what else the instrument needs,
-- however far ahead. p_without: as if these reservations held no place; p_needed: false leaves the needs aside;
-- p_modes: as of needs_taken.
CREATE OR REPLACE FUNCTION free_gaps_computed(
    p_resource bigint, p_span tstzrange, p_without bigint[] DEFAULT '{}', p_needed boolean DEFAULT true,
    p_modes varchar[] DEFAULT '{}'
)
RETURNS TABLE (
    place smallint, tiers smallint, starts_at timestamptz, ends_at timestamptz, opened_at timestamptz
) LANGUAGE sql STABLE AS $$
    SELECT DISTINCT p.place::smallint, w.tiers, lower(free.part), upper(free.part), lower(w.during)
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
        SELECT n.ranges FROM needs_taken(r.instrument_id, w.during, p_without, p_modes) n (ranges) WHERE p_needed
        UNION ALL SELECT '{}'::tstzmultirange WHERE NOT p_needed
    ) needs
    CROSS JOIN LATERAL unnest(tstzmultirange(w.during) - taken.ranges - needs.ranges) free (part)
    WHERE r.id = p_resource
$$;

-- What the stored gaps of the windows overlapping a span must be.
CREATE OR REPLACE FUNCTION free_gaps_truth(p_resource bigint, p_span tstzrange)
RETURNS TABLE (
    place smallint, tiers smallint, starts_at timestamptz, ends_at timestamptz, opened_at timestamptz
) LANGUAGE sql STABLE AS $$
    SELECT g.*
    FROM calendars_resource r CROSS JOIN LATERAL free_gaps_computed(r.id, p_span) g
    WHERE r.id = p_resource AND r.gaps_until IS NOT NULL AND g.opened_at < r.gaps_until
$$;

-- A place has been taken: cut the stretch out of every gap it touches. Returns nothing.
CREATE OR REPLACE FUNCTION free_gaps_take(
    p_resource bigint, p_place int, p_occupies tstzrange, p_turnaround_minutes int
) RETURNS void LANGUAGE sql AS $$
    WITH cut AS (
        SELECT lower(p_occupies) - p_turnaround_minutes * interval '1 minute' AS from_at,
               upper(p_occupies) AS until_at
    ), hit AS (
        DELETE FROM calendars_freegap g USING cut
        WHERE g.resource_id = p_resource AND g.place = p_place
          AND g.starts_at < cut.until_at AND g.ends_at > cut.from_at
        RETURNING g.tiers, g.starts_at, g.ends_at, g.opened_at, cut.from_at, cut.until_at
    )
    INSERT INTO calendars_freegap (resource_id, place, tiers, starts_at, ends_at, opened_at, minutes)
    SELECT p_resource, p_place, tiers, rest.s, rest.e, opened_at, floor(extract(epoch FROM rest.e - rest.s) / 60)
    FROM hit, LATERAL (VALUES (starts_at, from_at), (until_at, ends_at)) rest (s, e)
    WHERE rest.s < rest.e
$$;

-- Something became free, moved, or opens differently: recompute every maximal window that touches the span.
CREATE OR REPLACE FUNCTION free_gaps_rebuild(p_resource bigint, p_span tstzrange)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_span tstzrange := p_span;
BEGIN
    -- An obsolete gap may reach out of the span; what it covers must be computed anew as well.
    SELECT range_merge(v_span, tstzrange(min(g.starts_at), max(g.ends_at))) INTO v_span
    FROM calendars_freegap g
    WHERE g.resource_id = p_resource AND g.starts_at < coalesce(upper(p_span), 'infinity')
      AND g.ends_at > coalesce(lower(p_span), '-infinity')
    HAVING count(*) > 0;
    v_span := coalesce(v_span, p_span);

    DELETE FROM calendars_freegap g
    WHERE g.resource_id = p_resource AND g.starts_at < coalesce(upper(v_span), 'infinity')
      AND g.ends_at > coalesce(lower(v_span), '-infinity');
    DELETE FROM calendars_freegap g USING calendar_open_windows(p_resource, v_span) w
    WHERE g.resource_id = p_resource AND g.tiers = w.tiers
      AND g.starts_at >= lower(w.during) AND g.ends_at <= upper(w.during);

    INSERT INTO calendars_freegap (resource_id, place, tiers, starts_at, ends_at, opened_at, minutes)
    SELECT p_resource, t.place, t.tiers, t.starts_at, t.ends_at, t.opened_at,
           floor(extract(epoch FROM t.ends_at - t.starts_at) / 60)
    FROM free_gaps_truth(p_resource, v_span) t;
END
$$;

-- Claims of a resource changed in a span: recompute its own gaps; of what others need, those of the others.
CREATE OR REPLACE FUNCTION free_gaps_follow(p_resource bigint, p_span tstzrange)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_id bigint;
BEGIN
    FOR v_id IN
        SELECT r.id FROM calendars_resource r WHERE r.id = p_resource AND r.instrument_id IS NOT NULL
        UNION
        SELECT r.id FROM calendars_resourceneed n JOIN calendars_resource r ON r.instrument_id = n.instrument_id
        WHERE n.resource_id = p_resource AND n.modes = '{}'
        ORDER BY 1
    LOOP
        PERFORM free_gaps_rebuild(v_id, p_span);
    END LOOP;
END
$$;

-- Complete the gaps of a resource up to a new horizon. p_until not after the present one: nothing happens.
CREATE OR REPLACE FUNCTION free_gaps_extend(p_resource bigint, p_from timestamptz, p_until timestamptz)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_from timestamptz;
BEGIN
    SELECT coalesce(gaps_until, p_from) INTO v_from FROM calendars_resource WHERE id = p_resource;
    IF v_from >= p_until THEN
        RETURN;
    END IF;
    UPDATE calendars_resource SET gaps_until = p_until WHERE id = p_resource;
    PERFORM free_gaps_rebuild(p_resource, tstzrange(v_from, p_until));
END
$$;

-- The first gaps of many resources without any, from a local day on for so many days: what free_gaps_extend makes of
-- each, which takes 10 to 40 ms a resource, in a hundredth of that. Returns how many gaps there are.
CREATE OR REPLACE FUNCTION free_gaps_fill(p_resources bigint[], p_on date, p_days int)
RETURNS bigint LANGUAGE sql AS $$
    WITH asked AS MATERIALIZED (
        SELECT r.id, r.instrument_id, r.capacity, r.turnaround_minutes * interval '1 minute' AS turnaround,
               p_on::timestamp AT TIME ZONE n.zone AS since, (p_on + p_days)::timestamp AT TIME ZONE n.zone AS until,
               EXISTS (SELECT 1 FROM calendars_resourceneed d WHERE d.instrument_id = r.instrument_id) AS needs
        FROM calendars_resource r JOIN accounts_institution n ON n.id = r.institution_id
        WHERE r.id = ANY (p_resources) AND r.gaps_until IS NULL
    ), horizon AS (
        UPDATE calendars_resource r SET gaps_until = a.until FROM asked a WHERE a.id = r.id
    ), taken AS MATERIALIZED (
        SELECT a.*, p.place, (
            SELECT coalesce(range_agg(tstzrange(lower(c.occupies) - a.turnaround, upper(c.occupies))), '{}')
            FROM calendars_claim c WHERE c.resource_id = a.id AND c.place = p.place) AS ranges
        FROM asked a CROSS JOIN LATERAL generate_series(1, a.capacity) p (place)
    ), written AS (
        INSERT INTO calendars_freegap (resource_id, place, tiers, starts_at, ends_at, opened_at, minutes)
        SELECT DISTINCT t.id, t.place, w.tiers, lower(free.part), upper(free.part), lower(w.during),
               floor(extract(epoch FROM upper(free.part) - lower(free.part)) / 60)
        FROM taken t
        CROSS JOIN LATERAL calendar_open_windows(t.id, tstzrange(t.since, t.until)) w
        CROSS JOIN LATERAL (
            SELECT '{}'::tstzmultirange WHERE NOT t.needs
            UNION ALL SELECT n.ranges FROM needs_taken(t.instrument_id, w.during) n (ranges) WHERE t.needs
        ) needed (ranges)
        CROSS JOIN LATERAL unnest(tstzmultirange(w.during) - t.ranges - needed.ranges) free (part)
        WHERE lower(w.during) < t.until
        ORDER BY 1, 4, 2
        RETURNING 1
    )
    SELECT count(*) FROM written
$$;

-- Forget gaps that are over. Returns how many.
CREATE OR REPLACE FUNCTION free_gaps_trim(p_resources bigint[], p_before timestamptz)
RETURNS bigint LANGUAGE sql AS $$
    WITH gone AS (
        DELETE FROM calendars_freegap
        WHERE resource_id = ANY (p_resources) AND starts_at < p_before AND ends_at <= p_before RETURNING 1
    ) SELECT count(*) FROM gone
$$;

-- Where the stored gaps from an instant on differ from the truth: ('missing' | 'surplus', gap). For checks.
-- What lies before the instant is no matter: a gap of a round-the-clock opening may begin weeks ago, behind a
-- claim that has been deleted since.
CREATE OR REPLACE FUNCTION free_gaps_wrong(p_resource bigint, p_from timestamptz)
RETURNS TABLE (fault text, place smallint, tiers smallint, starts_at timestamptz, ends_at timestamptz)
LANGUAGE sql STABLE AS $$
    WITH truth AS (
        SELECT t.place, t.tiers, greatest(t.starts_at, p_from) AS starts_at, t.ends_at, t.opened_at
        FROM free_gaps_truth(p_resource, tstzrange(p_from, 'infinity')) t WHERE t.ends_at > p_from
    ), stored AS (
        SELECT g.place, g.tiers, greatest(g.starts_at, p_from) AS starts_at, g.ends_at, g.opened_at
        FROM calendars_freegap g WHERE g.resource_id = p_resource AND g.ends_at > p_from
    )
    SELECT 'missing', m.place, m.tiers, m.starts_at, m.ends_at FROM (SELECT * FROM truth EXCEPT ALL SELECT * FROM stored) m
    UNION ALL
    SELECT 'surplus', s.place, s.tiers, s.starts_at, s.ends_at FROM (SELECT * FROM stored EXCEPT ALL SELECT * FROM truth) s
$$;
