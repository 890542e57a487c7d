-- The reservations and live claims of instruments number first to last, in order of instrument and time.
--
-- Nothing overlaps by construction: in each stretch and place slots follow one another, each an idle time and a
-- length, both multiples of the grid, idle times covering the turnaround. A maintenance comes first in its
-- stretch; the stretches of a closure carry no slots at all. The more wanted an instrument is, the shorter its idle
-- times and the less people mind the hour.
WITH asked AS MATERIALIZED (
    SELECT i.*, %(seed)s::bigint AS seed, a.effective, d.model_id
    FROM demo_instrument i
    JOIN calendars_openingassignment a ON a.resource_id = i.resource_id
    JOIN demo_profile d ON d.profile_id = a.profile_id
    WHERE i.n BETWEEN %(first)s AND %(last)s
), stretch AS MATERIALIZED (
    SELECT i.*, s.on, s.starts_at, s.ends_at, s.public, s.demand, s.on - date '2000-01-01' AS day,
           CASE WHEN s.touches THEN i.pad ELSE 0 END AS late,
           -- Every instrument has one closure of 1 to 5 days in four in ten of the blocks of 90 days.
           pg_temp.chance(i.seed, i.n, 1, (s.on - date '2000-01-01') / 90) < 0.4
           AND (s.on - date '2000-01-01') %% 90 BETWEEN
               floor(80 * pg_temp.chance(i.seed, i.n, 2, (s.on - date '2000-01-01') / 90)) AND
               floor(80 * pg_temp.chance(i.seed, i.n, 2, (s.on - date '2000-01-01') / 90))
               + floor(5 * pg_temp.chance(i.seed, i.n, 3, (s.on - date '2000-01-01') / 90)) AS closed,
           CASE WHEN pg_temp.chance(i.seed, i.n, 4, s.on - date '2000-01-01') < 0.012
                 AND s.ends_at - s.starts_at > interval '6 hours'
                THEN 120 + 60 * floor(3 * pg_temp.chance(i.seed, i.n, 5, s.on - date '2000-01-01'))::int
                ELSE 0 END AS maintenance
    FROM asked i
    CROSS JOIN LATERAL (SELECT * FROM demo_stretch known WHERE known.profile_id = i.model_id OFFSET 0) s
    WHERE s.starts_at <@ i.effective AND s.ends_at <@ i.effective AND s.on >= i.booked_from AND s.on < i.booked_until
), busy AS (
    SELECT s.*, p.place
    FROM stretch s CROSS JOIN LATERAL generate_series(1, s.capacity) p (place)
    WHERE NOT s.closed
      AND (pg_temp.chance(s.seed, s.n, 10 + p.place, s.day) < s.popularity * s.demand
           -- The demo manager's institution has a lively week.
           OR s.institution_n = 1 AND s.popularity > 0 AND abs(s.on - %(today)s::date) <= 4
           AND pg_temp.chance(s.seed, s.n, 10 + p.place, s.day) < CASE WHEN s.on = %(today)s::date THEN 1 ELSE 0.7 END)
), candidate AS (
    SELECT b.*, k.k, key.key,
           b.grid * CASE WHEN k.k = 1 THEN (b.late + CASE WHEN b.maintenance > 0 THEN b.maintenance + b.pad ELSE 0 END) / b.grid
                              + floor(-ln(1 - pg_temp.chance(b.seed, b.n, key.key, 1)) * 60 / b.grid)::int
                         ELSE b.pad / b.grid + floor(-ln(1 - pg_temp.chance(b.seed, b.n, key.key, 1))
                                                      * 75 * (1.2 - b.popularity) / b.grid)::int
                    END AS idle,
           least(b.longest, greatest(b.shortest, b.grid * round(b.usual / b.grid * (
               0.45 + 0.6 * pg_temp.chance(b.seed, b.n, key.key, 2) + 0.5 * pg_temp.chance(b.seed, b.n, key.key, 3)
           ))::int)) AS length
    FROM busy b
    CROSS JOIN LATERAL generate_series(
        1, least(12, ceil(extract(epoch FROM b.ends_at - b.starts_at) / 60 / b.usual)::int + 1)) k (k)
    CROSS JOIN LATERAL (SELECT (b.day * 100 + b.place)::bigint * 20 + k.k AS key) key
), slot AS (
    SELECT c.*,
           c.starts_at + (sum(c.idle + c.length) OVER laid - c.length) * interval '1 minute' AS from_at,
           c.starts_at + sum(c.idle + c.length) OVER laid * interval '1 minute' AS until_at
    FROM candidate c
    WINDOW laid AS (PARTITION BY c.n, c.place, c.starts_at ORDER BY c.k)
), used AS (
    SELECT s.*, tstzrange(s.from_at, s.until_at) <@ s.public AS is_public,
           pg_temp.chance(s.seed, s.n, s.key, 5) AS who, pg_temp.chance(s.seed, s.n, s.key, 6) AS fate,
           pg_temp.chance(s.seed, s.n, s.key, 7) AS detail
    FROM slot s
    WHERE s.until_at <= s.ends_at
      AND pg_temp.chance(s.seed, s.n, s.key, 4) < pg_temp.hour_demand(
              extract(hour FROM s.from_at AT TIME ZONE s.zone)::int) ^ (1.2 - s.popularity)
), cast_as AS (
    SELECT u.*,
           CASE WHEN NOT u.is_public OR u.who >= u.outside THEN 'internal'
                WHEN u.who < 0.62 * u.outside THEN 'enterprise'
                WHEN u.who < 0.88 * u.outside THEN 'member' ELSE 'external' END AS tier,
           CASE WHEN u.until_at <= %(now)s THEN
                    CASE WHEN u.fate < 0.07 THEN 'cancelled' WHEN u.fate < 0.095 THEN 'no_show'
                         WHEN u.fate < 0.1 THEN 'declined' WHEN u.fate < 0.105 THEN 'expired' ELSE 'completed' END
                WHEN u.from_at <= %(now)s THEN CASE WHEN u.fate < 0.06 THEN 'cancelled' ELSE 'in_use' END
                WHEN u.fate < 0.06 THEN 'cancelled' WHEN u.fate < 0.1 THEN 'requested' ELSE 'confirmed' END AS status
    FROM used u
), booked AS (
    SELECT c.n, c.instrument_id, c.resource_id, c.place, 1 AS places, c.turnaround, c.from_at, c.until_at, c.tier,
           c.status, CASE WHEN c.tier = 'internal' AND c.detail < 0.06 THEN 'training' ELSE 'use' END AS kind,
           c.seed, c.key, c.fate, c.detail, c.foreign_at, person.user_id, person.enterprise_id,
           c.hourly[array_position(ARRAY['internal', 'member', 'enterprise', 'external'], c.tier)] AS hourly
    FROM cast_as c
    JOIN demo_pool pool ON pool.pool = CASE c.tier
        WHEN 'enterprise' THEN 0 WHEN 'external' THEN -1 WHEN 'internal' THEN c.institution_n
        ELSE 1 + (c.institution_n + floor(pg_temp.chance(c.seed, c.n, c.key, 8) * (%(institutions)s - 1))::int)
                 %% %(institutions)s END
    -- An instrument has its regulars: most bookings are made by a few of the people who might.
    JOIN demo_person person ON person.ordinal = pool.first + (
        floor(pg_temp.chance(c.seed, c.n, 6, pool.pool) * pool.size)::int
        + floor(least(pool.size, 30) * pg_temp.chance(c.seed, c.n, c.key, 9) ^ 2)::int) %% pool.size
    UNION ALL
    SELECT s.n, s.instrument_id, s.resource_id, 1, s.capacity, s.turnaround,
           s.starts_at + s.late * interval '1 minute', s.starts_at + (s.late + s.maintenance) * interval '1 minute',
           'internal', CASE WHEN s.starts_at + (s.late + s.maintenance) * interval '1 minute' <= %(now)s
                            THEN 'completed' ELSE 'confirmed' END,
           'maintenance', s.seed, s.day, 1, 0, s.foreign_at, NULL, NULL, NULL
    FROM stretch s WHERE s.maintenance > 0 AND NOT s.closed AND s.popularity > 0
    UNION ALL
    SELECT s.n, s.instrument_id, s.resource_id, 1, s.capacity, s.turnaround,
           min(s.starts_at) + max(s.late) * interval '1 minute', max(s.ends_at), 'internal',
           CASE WHEN max(s.ends_at) <= %(now)s THEN 'completed' ELSE 'confirmed' END,
           'closure', s.seed, -min(s.day), 1, 0, s.foreign_at, NULL, NULL, NULL
    FROM stretch s WHERE s.closed AND s.popularity > 0
    GROUP BY s.n, s.instrument_id, s.resource_id, s.capacity, s.turnaround, s.seed, s.foreign_at, s.day / 90
), numbered AS MATERIALIZED (
    SELECT nextval('reservations_reservation_id_seq') AS id, o.*,
           CASE WHEN o.user_id IS NOT NULL THEN o.hourly * (extract(epoch FROM o.until_at - o.from_at)::bigint / 60) END
               AS fen_minutes
    FROM (SELECT * FROM booked ORDER BY n, from_at, place, kind) o
), written AS (
    INSERT INTO reservations_reservation (
        id, instrument_id, kind, status, during, turnaround_minutes, places, user_id, booked_by_id, account_id, tier,
        purpose, note, quote, total_fen, request_expires_at, used_from, used_until, use_is_assumed, ended_reason,
        created_at, version)
    SELECT b.id, b.instrument_id, b.kind, b.status, tstzrange(b.from_at, b.until_at), b.turnaround, b.places,
           b.user_id, b.user_id, b.enterprise_id, b.tier,
           CASE WHEN b.kind IN ('use', 'training')
                THEN (%(purposes)s::text[])[1 + b.foreign_at + 2 * floor(
                         pg_temp.chance(b.seed, b.n, b.key, 11) * %(purpose_count)s)::int] ELSE '' END,
           '',
           CASE WHEN b.fen_minutes > 0 AND b.until_at > %(now)s - interval '30 days'
                THEN jsonb_build_object('lines', jsonb_build_array(jsonb_build_object(
                    'kind', 'machine_time', 'unit', 'hour', 'unit_fen', b.hourly,
                    'quantity', round(extract(epoch FROM b.until_at - b.from_at) / 3600, 2)::float8,
                    'amount_fen', (2 * b.fen_minutes + 60) / 120)))
                ELSE '{}'::jsonb END,
           coalesce((2 * b.fen_minutes + 60) / 120, 0),
           CASE WHEN b.status = 'requested' THEN b.from_at END,
           CASE WHEN b.kind IN ('use', 'training') AND b.status IN ('completed', 'in_use')
                THEN least(%(now)s, b.from_at + floor(10 * b.detail) * interval '1 minute') END,
           CASE WHEN b.kind IN ('use', 'training') AND b.status = 'completed'
                THEN b.until_at - floor(extract(epoch FROM b.until_at - b.from_at) / 60
                                        * 0.45 * pg_temp.chance(b.seed, b.n, b.key, 12) ^ 3) * interval '1 minute' END,
           b.kind IN ('use', 'training') AND b.status = 'in_use',
           CASE WHEN b.status = 'cancelled'
                THEN (%(cancelled)s::text[])[1 + b.foreign_at + 2 * floor(b.detail * %(cancelled_count)s)::int]
                ELSE '' END,
           least(b.from_at, %(now)s) - (0.5 + 240 * pg_temp.chance(b.seed, b.n, b.key, 13) ^ 2) * interval '1 hour', 1
    FROM numbered b
), claimed AS (
    INSERT INTO calendars_claim (reservation_id, resource_id, place, occupies)
    SELECT b.id, b.resource_id, p.place, tstzrange(b.from_at, b.until_at + b.turnaround * interval '1 minute')
    FROM numbered b CROSS JOIN LATERAL generate_series(b.place, b.place + b.places - 1) p (place)
    WHERE b.status IN ('requested', 'confirmed', 'in_use', 'completed')
      AND b.until_at + b.turnaround * interval '1 minute' >= %(now)s - interval '36 hours'
)
SELECT count(*) FROM numbered;
