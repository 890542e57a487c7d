-- The only writer of utilisation_dailyfact. Source: domain.md, "Utilisation".

-- Uses are looked for by their start; the few that span more than a week are found by this index.
CREATE INDEX IF NOT EXISTS reservation_longer_than_a_week ON reservations_reservation (instrument_id)
    WHERE greatest(upper(during), used_until) - least(lower(during), used_from) > interval '7 days';

-- Seconds covered by a range; 0 when it is empty.
CREATE OR REPLACE FUNCTION range_seconds(p_range tstzrange)
RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(extract(epoch FROM upper(p_range) - lower(p_range)), 0)
$$;

-- Seconds covered by a set of ranges.
CREATE OR REPLACE FUNCTION ranges_seconds(p_ranges tstzmultirange)
RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(sum(extract(epoch FROM upper(r) - lower(r))), 0) FROM unnest(p_ranges) r
$$;

-- The actual use of a reservation; empty while it has not ended.
CREATE OR REPLACE FUNCTION actual_use(p_from timestamptz, p_until timestamptz)
RETURNS tstzrange LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN p_until > p_from THEN tstzrange(p_from, p_until) ELSE 'empty'::tstzrange END
$$;

-- The time a reservation counts for: a closure that was lifted early to that moment, a booking as agreed.
CREATE OR REPLACE FUNCTION counted_during(p_kind text, p_during tstzrange, p_until timestamptz)
RETURNS tstzrange LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN p_kind IN ('closure', 'maintenance') AND p_until BETWEEN lower(p_during) AND upper(p_during)
           THEN tstzrange(lower(p_during), p_until) ELSE p_during END
$$;

-- A local calendar day of a zone: 23, 24 or 25 hours.
CREATE OR REPLACE FUNCTION local_day(p_on date, p_zone text)
RETURNS tstzrange LANGUAGE sql STABLE AS $$
    SELECT tstzrange(p_on::timestamp AT TIME ZONE p_zone, (p_on + 1)::timestamp AT TIME ZONE p_zone)
$$;

-- What the facts of some instruments on local days [p_from, p_until) must be; days of only zeros are absent.
-- Open time is the union over tiers of the windows of the profile assigned that day, so that no minute counts
-- twice, times the places, minus closures and maintenance. A booking counts on the local day it starts.
-- Nested loops are off because the planner takes each part for a handful of rows: a year of 60 instruments took
-- 30 s with them, 0.3 s without. Where nothing else is possible (overlaps) they are used all the same. Compiling
-- the plan (jit) costs three times what it saves.
CREATE OR REPLACE FUNCTION daily_facts_truth(p_instruments bigint[], p_from date, p_until date)
RETURNS TABLE (
    instrument_id bigint, "on" date, open_minutes int, booked_minutes int, used_minutes int,
    external_minutes int, bookings int
) LANGUAGE sql STABLE SET enable_nestloop = off SET jit = off AS $$
    WITH asked AS MATERIALIZED (
        SELECT i.id, r.id AS resource_id, r.capacity, n.zone
        FROM catalogue_instrument i
        JOIN calendars_resource r ON r.instrument_id = i.id
        JOIN accounts_institution n ON n.id = i.institution_id
        WHERE i.id = ANY (p_instruments)
    ), day AS MATERIALIZED (
        SELECT z.zone, d::date AS "on", local_day(d::date, z.zone) AS during
        FROM (SELECT DISTINCT zone FROM asked) z, generate_series(p_from::timestamp, p_until - 1, '1 day') d
    ), piece AS MATERIALIZED (
        SELECT a.id, a.capacity, d.on, o.profile_id, d.during * o.effective AS span
        FROM asked a
        JOIN day d ON d.zone = a.zone
        JOIN calendars_openingassignment o ON o.resource_id = a.resource_id AND o.effective && d.during
    ), measured AS MATERIALIZED (
        SELECT p.profile_id, p.span, o.during, ranges_seconds(o.during) AS seconds
        FROM (SELECT DISTINCT profile_id, span FROM piece) p
        CROSS JOIN LATERAL (
            SELECT range_agg(w.during * p.span) AS during FROM calendars_openwindow w
            WHERE w.profile_id = p.profile_id AND w.during && p.span
        ) o
        WHERE o.during IS NOT NULL
    ), booking AS MATERIALIZED (
        SELECT a.zone, b.instrument_id, b.kind IN ('closure', 'maintenance') AS closes, b.tier <> 'internal' AS external,
               least(b.places, a.capacity) AS places, counted_during(b.kind, b.during, b.used_until) AS during,
               actual_use(b.used_from, b.used_until) AS used
        FROM reservations_reservation b
        JOIN asked a ON a.id = b.instrument_id
        WHERE b.instrument_id = ANY (p_instruments) AND b.status IN ('confirmed', 'in_use', 'completed', 'no_show')
          AND lower(b.during) >= p_from::timestamp AT TIME ZONE 'UTC' - interval '9 days'
          AND lower(b.during) < p_until::timestamp AT TIME ZONE 'UTC' + interval '9 days'
        UNION ALL
        SELECT a.zone, b.instrument_id, b.kind IN ('closure', 'maintenance'), b.tier <> 'internal',
               least(b.places, a.capacity), counted_during(b.kind, b.during, b.used_until),
               actual_use(b.used_from, b.used_until)
        FROM reservations_reservation b
        JOIN asked a ON a.id = b.instrument_id
        WHERE b.instrument_id = ANY (p_instruments) AND b.status IN ('confirmed', 'in_use', 'completed', 'no_show')
          AND greatest(upper(b.during), b.used_until) - least(lower(b.during), b.used_from) > interval '7 days'
          AND (lower(b.during) < p_from::timestamp AT TIME ZONE 'UTC' - interval '9 days'
               OR lower(b.during) >= p_until::timestamp AT TIME ZONE 'UTC' + interval '9 days')
    ), booked AS (
        SELECT b.*, o.at::date AS "on", local_day(o.at::date, b.zone) AS day
        FROM booking b
        CROSS JOIN LATERAL (SELECT range_merge(b.during, b.used) AS during) s
        CROSS JOIN LATERAL generate_series(
            greatest((lower(s.during) AT TIME ZONE b.zone)::date, p_from)::timestamp,
            least((upper(s.during) AT TIME ZONE b.zone)::date, p_until - 1), '1 day') o (at)
    ), fact AS (
        SELECT p.id, p.on, p.capacity * m.seconds AS open, 0::numeric AS booked, 0::numeric AS used,
               0::numeric AS external, 0 AS bookings
        FROM piece p JOIN measured m USING (profile_id, span)
        UNION ALL
        SELECT b.instrument_id, b.on, -b.places * ranges_seconds(m.during * tstzmultirange(b.during)), 0, 0, 0, 0
        FROM booked b
        JOIN piece p ON p.id = b.instrument_id AND p.on = b.on
        JOIN measured m USING (profile_id, span)
        WHERE b.closes
        UNION ALL
        SELECT b.instrument_id, b.on, 0, b.places * range_seconds(b.during * b.day),
               b.places * range_seconds(b.used * b.day),
               CASE WHEN b.external THEN b.places * range_seconds(b.used * b.day) ELSE 0 END,
               (lower(b.during) <@ b.day)::int
        FROM booked b WHERE NOT b.closes
    )
    SELECT f.id, f.on, greatest(round(sum(f.open) / 60), 0)::int, round(sum(f.booked) / 60)::int,
           round(sum(f.used) / 60)::int, round(sum(f.external) / 60)::int, sum(f.bookings)::int
    FROM fact f
    GROUP BY f.id, f.on
    HAVING greatest(sum(f.open), sum(f.booked), sum(f.used), sum(f.bookings)) > 0
$$;

-- Make the stored facts true. Returns how many rows changed; a second call changes none.
CREATE OR REPLACE FUNCTION daily_facts_refresh(p_instruments bigint[], p_from date, p_until date)
RETURNS bigint LANGUAGE sql AS $$
    WITH truth AS MATERIALIZED (
        SELECT * FROM daily_facts_truth(p_instruments, p_from, p_until) ORDER BY 1, 2
    ), gone AS (
        DELETE FROM utilisation_dailyfact f
        WHERE f.instrument_id = ANY (p_instruments) AND f.on >= p_from AND f.on < p_until
          AND NOT EXISTS (SELECT 1 FROM truth t WHERE t.instrument_id = f.instrument_id AND t.on = f.on)
        RETURNING 1
    ), written AS (
        INSERT INTO utilisation_dailyfact AS f
            (instrument_id, "on", open_minutes, booked_minutes, used_minutes, external_minutes, bookings)
        SELECT * FROM truth
        ON CONFLICT (instrument_id, "on") DO UPDATE
        SET open_minutes = excluded.open_minutes, booked_minutes = excluded.booked_minutes,
            used_minutes = excluded.used_minutes, external_minutes = excluded.external_minutes,
            bookings = excluded.bookings
        WHERE (f.open_minutes, f.booked_minutes, f.used_minutes, f.external_minutes, f.bookings)
              IS DISTINCT FROM (excluded.open_minutes, excluded.booked_minutes, excluded.used_minutes,
                                excluded.external_minutes, excluded.bookings)
        RETURNING 1
    )
    SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM written)
$$;
