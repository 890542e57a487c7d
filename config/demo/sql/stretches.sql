-- The stretches in which bookings are laid: every window of the own institution's people, round-the-clock ones
-- cut at 07:00. public: the part in which firms may book too. touches: the next one begins where it ends. demand: how
-- busy the day is, ever less the farther ahead it lies. Of profiles with the same windows those of one are enough.
INSERT INTO demo_stretch
WITH cut AS (
    SELECT w.profile_id, p.zone, part.during, part.touches
    FROM calendars_openwindow w
    JOIN calendars_openingprofile p ON p.id = w.profile_id
    CROSS JOIN LATERAL (
        SELECT w.during, false AS touches WHERE upper(w.during) - lower(w.during) <= interval '25 hours'
        UNION ALL
        SELECT w.during * tstzrange(
                   (d + time '07:00') AT TIME ZONE p.zone, (d + interval '1 day' + time '07:00') AT TIME ZONE p.zone),
               true
        FROM generate_series(%(since)s::timestamp, %(until)s::timestamp, '1 day') d
        WHERE upper(w.during) - lower(w.during) > interval '25 hours'
    ) part
    WHERE w.tiers & 1 <> 0 AND p.id IN (SELECT model_id FROM demo_profile) AND NOT isempty(part.during)
)
SELECT c.profile_id, d.on, lower(c.during), upper(c.during),
       coalesce((
           SELECT w.during * c.during FROM calendars_openwindow w
           WHERE w.profile_id = c.profile_id AND w.tiers & 4 <> 0 AND w.during && c.during
           ORDER BY w.during LIMIT 1), 'empty'),
       c.touches,
       pg_temp.weekday_demand(d.on) * pg_temp.season_demand(d.on)
       * CASE WHEN d.on > %(today)s::date THEN 1 - 0.035 * (d.on - %(today)s::date) ELSE 1 END
FROM cut c CROSS JOIN LATERAL (SELECT (lower(c.during) AT TIME ZONE c.zone)::date AS "on") d
WHERE d.on BETWEEN %(since)s::date AND %(until)s::date;
CREATE INDEX ON demo_stretch (profile_id, starts_at);
ANALYZE demo_stretch, demo_profile, demo_instrument, demo_person, demo_pool;
