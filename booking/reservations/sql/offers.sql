-- Judging many free gaps by the time rules at once: the twin of selectors/timing.py, which says what they mean.
-- A property test holds the two together.

-- The first instant of a local day. A midnight that occurs twice means its first occurrence.
CREATE OR REPLACE FUNCTION reservation_midnight(p_day timestamp, p_zone text)
RETURNS timestamptz LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    v_midnight timestamptz := p_day AT TIME ZONE p_zone;
BEGIN
    IF (v_midnight - interval '1 hour') AT TIME ZONE p_zone = p_day THEN
        RETURN v_midnight - interval '1 hour';
    END IF;
    RETURN v_midnight;
END
$$;

-- The start of the first window of the wished length in a gap: on the grid, neither earlier nor later than said;
-- null: none fits. p_wished, p_step: elapsed minutes as intervals.
CREATE OR REPLACE FUNCTION reservation_first_start(
    p_starts_at timestamptz, p_ends_at timestamptz, p_opened_at timestamptz,
    p_earliest timestamptz, p_last timestamptz, p_wished interval, p_step interval, p_zone text
) RETURNS timestamptz LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    v_from timestamptz := greatest(p_starts_at, p_earliest);
    v_start timestamptz := v_from;
    v_today timestamp;
BEGIN
    IF v_from + p_wished > p_ends_at OR v_from > p_last THEN
        RETURN NULL;
    END IF;
    IF v_from <> p_opened_at THEN
        v_today := date_trunc('day', v_from AT TIME ZONE p_zone);
        v_start := date_bin(p_step, v_from, greatest(reservation_midnight(v_today, p_zone), p_opened_at));
        IF v_start < v_from THEN
            v_start := least(v_start + p_step, reservation_midnight(v_today + interval '1 day', p_zone));
        END IF;
    END IF;
    RETURN CASE WHEN v_start + p_wished <= p_ends_at AND v_start <= p_last THEN v_start END;
END
$$;

-- How much of a stretch is off-peak for a tier.
CREATE OR REPLACE FUNCTION reservation_off_peak(
    p_instrument bigint, p_bit int, p_starts_at timestamptz, p_ends_at timestamptz
) RETURNS interval LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce(sum(upper(w.during * s.span) - lower(w.during * s.span)), interval '0')
    FROM (SELECT tstzrange(p_starts_at, p_ends_at) AS span) s
    JOIN calendars_resource r ON r.instrument_id = p_instrument
    CROSS JOIN LATERAL calendar_off_peak(r.id, s.span) w
    WHERE w.tiers & p_bit <> 0
$$;

-- The start of the first window in a gap that is longer than the longest booking, so much of it being off-peak that
-- the rest is not: the twin of Timing._off_peak_window. null: none fits, or none was found in 50 tries.
CREATE OR REPLACE FUNCTION reservation_whole_start(
    p_instrument bigint, p_bit int, p_starts_at timestamptz, p_ends_at timestamptz, p_opened_at timestamptz,
    p_earliest timestamptz, p_last timestamptz, p_whole interval, p_longest interval, p_step interval, p_zone text
) RETURNS timestamptz LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    v_earliest timestamptz := p_earliest;
    v_start timestamptz;
    v_lacking interval;
BEGIN
    FOR v_try IN 1..50 LOOP
        v_start := reservation_first_start(
            p_starts_at, p_ends_at, p_opened_at, v_earliest, p_last, p_whole, p_step, p_zone);
        IF v_start IS NULL THEN
            RETURN NULL;
        END IF;
        v_lacking := p_whole - p_longest - reservation_off_peak(p_instrument, p_bit, v_start, v_start + p_whole);
        IF v_lacking <= interval '0' THEN
            RETURN v_start;
        END IF;
        v_earliest := v_start + v_lacking;
    END LOOP;
    RETURN NULL;
END
$$;

-- The values of the time rules that are stored for instruments, by tier: the twin of effective_values(). Null: no row
-- at any level, so the built-in value; -1: unlimited. In force is the nearest level's value and within a level the
-- exact tier's, so each value carries its rank in the upper half of a bigint, and the greatest wins.
CREATE OR REPLACE FUNCTION reservation_terms_computed(p_instruments bigint[])
RETURNS TABLE (
    instrument_id bigint, tier_bit int, lead_time int, on_grid int, min_duration int, max_duration int,
    booking_window int
) LANGUAGE sql STABLE AS $$
    WITH tiers (bit, tier) AS (VALUES (1, 'internal'), (2, 'member'), (4, 'enterprise'), (8, 'external')),
    valued AS (
        SELECT i.id, v.code, v.tier, (8 + (v.tier <> '')::int)::bigint << 32 | coalesce(v.value, 4294967295) AS ranked
        FROM unnest(p_instruments) i (id) JOIN reservations_policyvalue v ON v.instrument_id = i.id
        UNION ALL
        SELECT i.id, v.code, v.tier, (6 + (v.tier <> '')::int)::bigint << 32 | coalesce(v.value, 4294967295)
        FROM catalogue_instrument i JOIN reservations_policyvalue v ON v.group_id = i.group_id
        WHERE i.id = ANY (p_instruments)
        UNION ALL
        SELECT i.id, v.code, v.tier, (4 + (v.tier <> '')::int)::bigint << 32 | coalesce(v.value, 4294967295)
        FROM catalogue_instrument i JOIN reservations_policyvalue v ON v.institution_id = i.institution_id
        WHERE i.id = ANY (p_instruments)
        UNION ALL
        SELECT i.id, v.code, v.tier, (2 + (v.tier <> '')::int)::bigint << 32 | coalesce(v.value, 4294967295)
        FROM unnest(p_instruments) i (id) CROSS JOIN reservations_policyvalue v
        WHERE coalesce(v.instrument_id, v.group_id, v.institution_id) IS NULL
    ),
    in_force AS (
        SELECT v.id, t.bit, v.code, nullif(max(v.ranked) & 4294967295, 4294967295) AS value
        FROM valued v JOIN tiers t ON v.tier IN ('', t.tier) GROUP BY v.id, t.bit, v.code
    )
    SELECT i.id, t.bit,
           max(coalesce(f.value, -1)) FILTER (WHERE f.code = 'lead_time')::int,
           max(coalesce(f.value, -1)) FILTER (WHERE f.code = 'on_grid')::int,
           max(coalesce(f.value, -1)) FILTER (WHERE f.code = 'min_duration')::int,
           max(coalesce(f.value, -1)) FILTER (WHERE f.code = 'max_duration')::int,
           max(coalesce(f.value, -1)) FILTER (WHERE f.code = 'booking_window')::int
    FROM unnest(p_instruments) i (id)
    JOIN catalogue_instrument known ON known.id = i.id
    CROSS JOIN tiers t LEFT JOIN in_force f ON f.id = i.id AND f.bit = t.bit
    GROUP BY i.id, t.bit
$$;

-- Write down the terms of instruments; null: of all. Rows that are right already stay as they are.
CREATE OR REPLACE FUNCTION reservation_terms_refresh(p_instruments bigint[])
RETURNS void LANGUAGE sql AS $$
    INSERT INTO reservations_terms AS t
        (instrument_id, tier_bit, lead_time, on_grid, min_duration, max_duration, booking_window)
    SELECT c.* FROM reservation_terms_computed(
        coalesce(p_instruments, ARRAY(SELECT id FROM catalogue_instrument))) c
    ON CONFLICT (instrument_id, tier_bit) DO UPDATE
    SET lead_time = excluded.lead_time, on_grid = excluded.on_grid, min_duration = excluded.min_duration,
        max_duration = excluded.max_duration, booking_window = excluded.booking_window
    WHERE (t.lead_time, t.on_grid, t.min_duration, t.max_duration, t.booking_window) IS DISTINCT FROM (
        excluded.lead_time, excluded.on_grid, excluded.min_duration, excluded.max_duration, excluded.booking_window)
$$;

-- A policy value has changed. Who changes a shared level waits for everybody who is at it, and they for them;
-- changes of one instrument wait for each other at its calendar, which the command has locked anyway.
CREATE OR REPLACE FUNCTION reservation_terms_after_policy()
RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_instruments bigint[];
BEGIN
    IF NOT EXISTS (SELECT FROM changed c WHERE c.code IN (
        'lead_time', 'on_grid', 'min_duration', 'max_duration', 'booking_window')) THEN
        RETURN NULL;  -- no term follows from any other
    END IF;
    IF EXISTS (SELECT FROM changed c WHERE c.instrument_id IS NULL) THEN
        PERFORM pg_advisory_xact_lock(hashtext('reservations_terms'));
    ELSE
        PERFORM pg_advisory_xact_lock_shared(hashtext('reservations_terms'));
        PERFORM FROM calendars_resource r WHERE r.instrument_id IN (SELECT c.instrument_id FROM changed c)
        ORDER BY r.id FOR NO KEY UPDATE;
    END IF;
    SELECT array_agg(i.id) INTO v_instruments FROM catalogue_instrument i
    WHERE i.id IN (SELECT c.instrument_id FROM changed c)
       OR i.group_id IN (SELECT c.group_id FROM changed c)
       OR i.institution_id IN (SELECT c.institution_id FROM changed c)
       OR EXISTS (SELECT FROM changed c WHERE num_nonnulls(c.instrument_id, c.group_id, c.institution_id) = 0);
    PERFORM reservation_terms_refresh(coalesce(v_instruments, '{}'));
    RETURN NULL;
END
$$;

DROP TRIGGER IF EXISTS policy_inserted_sets_terms ON reservations_policyvalue;
CREATE TRIGGER policy_inserted_sets_terms AFTER INSERT ON reservations_policyvalue
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION reservation_terms_after_policy();
DROP TRIGGER IF EXISTS policy_updated_sets_terms ON reservations_policyvalue;
CREATE TRIGGER policy_updated_sets_terms AFTER UPDATE ON reservations_policyvalue
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION reservation_terms_after_policy();
DROP TRIGGER IF EXISTS policy_deleted_sets_terms ON reservations_policyvalue;
CREATE TRIGGER policy_deleted_sets_terms AFTER DELETE ON reservations_policyvalue
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION reservation_terms_after_policy();

-- An instrument has been listed, or has moved to another group or institution.
CREATE OR REPLACE FUNCTION reservation_terms_after_listing()
RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtext('reservations_terms'));
    PERFORM reservation_terms_refresh(ARRAY(SELECT c.id FROM changed c));
    RETURN NULL;
END
$$;
CREATE OR REPLACE FUNCTION reservation_terms_after_move()
RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtext('reservations_terms'));
    PERFORM reservation_terms_refresh(ARRAY[NEW.id]);
    RETURN NULL;
END
$$;

DROP TRIGGER IF EXISTS instrument_listed_sets_terms ON catalogue_instrument;
CREATE TRIGGER instrument_listed_sets_terms AFTER INSERT ON catalogue_instrument
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION reservation_terms_after_listing();
DROP TRIGGER IF EXISTS instrument_moved_sets_terms ON catalogue_instrument;
CREATE TRIGGER instrument_moved_sets_terms AFTER UPDATE ON catalogue_instrument FOR EACH ROW
    WHEN ((OLD.group_id, OLD.institution_id) IS DISTINCT FROM (NEW.group_id, NEW.institution_id))
    EXECUTE FUNCTION reservation_terms_after_move();
