-- Working tables of one demo load; gone with the transaction.

-- A number in [0, 1) that depends on nothing but its arguments.
CREATE OR REPLACE FUNCTION pg_temp.chance(p_seed bigint, p_a bigint, p_b bigint, p_c bigint)
RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (hashint8extended(p_c, hashint8extended(p_b, hashint8extended(p_a, p_seed))) & 4503599627370495)
           / 4503599627370496.0::float8
$$;

-- How busy a weekday (ISO 1 to 7) is compared with a Tuesday.
CREATE OR REPLACE FUNCTION pg_temp.weekday_demand(p_on date)
RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (ARRAY[0.95, 1, 1, 0.97, 0.85, 0.4, 0.28])[extract(isodow FROM p_on)::int]
$$;

-- How busy a day of the year is: quiet around the Spring Festival and in the summer holidays.
CREATE OR REPLACE FUNCTION pg_temp.season_demand(p_on date)
RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN extract(doy FROM p_on) BETWEEN 25 AND 55 THEN 0.55
                WHEN extract(month FROM p_on) IN (7, 8) THEN 0.8
                WHEN extract(month FROM p_on) IN (3, 4, 10, 11) THEN 1.1 ELSE 1 END
$$;

-- The share of wishes to start at a local hour that come true: few at lunch, at night and at the end of the day.
CREATE OR REPLACE FUNCTION pg_temp.hour_demand(p_hour int)
RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN p_hour BETWEEN 9 AND 11 THEN 1 WHEN p_hour BETWEEN 14 AND 16 THEN 0.95
                WHEN p_hour BETWEEN 12 AND 13 THEN 0.7 WHEN p_hour BETWEEN 17 AND 19 THEN 0.75
                WHEN p_hour = 8 THEN 0.85 WHEN p_hour BETWEEN 20 AND 22 THEN 0.6 ELSE 0.35 END
$$;

CREATE TEMP TABLE demo_instrument (
    n int PRIMARY KEY, instrument_id bigint, resource_id bigint, institution_n int, zone text, capacity int,
    turnaround int, pad int, grid int, shortest int, longest int, usual int, popularity float8,
    outside float8, hourly int[], booked_from date, booked_until date, foreign_at int
) ON COMMIT DROP;
CREATE TEMP TABLE demo_person (
    ordinal int PRIMARY KEY, pool int, user_id bigint, enterprise_id bigint
) ON COMMIT DROP;
CREATE TEMP TABLE demo_pool (pool int PRIMARY KEY, first int, size int) ON COMMIT DROP;
-- Which profile's windows a profile's are equal to: its own, or those it was copied from.
CREATE TEMP TABLE demo_profile (profile_id bigint PRIMARY KEY, model_id bigint) ON COMMIT DROP;
CREATE TEMP TABLE demo_stretch (
    profile_id bigint, "on" date, starts_at timestamptz, ends_at timestamptz, public tstzrange, touches boolean,
    demand float8
) ON COMMIT DROP;
