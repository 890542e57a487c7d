-- Counted rules: what a person or a firm has booked already, read only where a value asks for it. What the figures
-- mean stands in rules/ and in ADR 0012.

-- The codes of values that count a person's bookings or, ending in _enterprise, a firm's.
CREATE OR REPLACE FUNCTION reservation_counted_codes()
RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT ARRAY[
        'asks_presence', 'max_hours_per_month', 'max_hours_per_month_enterprise', 'max_hours_per_week',
        'max_hours_per_week_enterprise', 'max_per_day', 'max_per_day_enterprise', 'max_upcoming',
        'max_upcoming_enterprise', 'max_upcoming_hours', 'max_upcoming_hours_enterprise', 'min_gap']
$$;

-- Whether any value counts persons or firms on any of these instruments, for any tier. 0 is only ever "does not ask".
CREATE OR REPLACE FUNCTION reservation_counts(p_instruments bigint[], OUT person boolean, OUT firm boolean)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    -- Materialised: an instrument has a handful of values; looked up by code too, they cost ten times as much.
    WITH stored AS MATERIALIZED (
        SELECT p.code, p.value FROM reservations_policyvalue p WHERE p.instrument_id = ANY (p_instruments)
        UNION ALL
        SELECT p.code, p.value FROM catalogue_instrument i JOIN reservations_policyvalue p ON p.group_id = i.group_id
        WHERE i.id = ANY (p_instruments)
        UNION ALL
        SELECT p.code, p.value
        FROM catalogue_instrument i JOIN reservations_policyvalue p ON p.institution_id = i.institution_id
        WHERE i.id = ANY (p_instruments)
        UNION ALL
        SELECT p.code, p.value FROM reservations_policyvalue p
        WHERE coalesce(p.instrument_id, p.group_id, p.institution_id) IS NULL
    )
    SELECT coalesce(bool_or(s.code NOT LIKE '%\_enterprise'), false),
           coalesce(bool_or(s.code LIKE '%\_enterprise'), false)
    INTO person, firm
    FROM stored s WHERE s.value > 0 AND s.code = ANY (reservation_counted_codes());
END
$$;

-- Of stored values as reservation_policy returns them, those of counted rules that are in force for a tier and are
-- neither unlimited nor 0, with their levels: the twin of effective_values().
CREATE OR REPLACE FUNCTION reservation_counted_values(p_policy jsonb, p_tier text)
RETURNS TABLE (code text, level int, value int) LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY SELECT f.code, f.level, f.value FROM (
        SELECT DISTINCT ON (e.entry ->> 0) e.entry ->> 0 AS code, (e.entry ->> 1)::int AS level, (e.entry ->> 3)::int AS value
        FROM jsonb_array_elements(p_policy) e (entry)
        WHERE e.entry ->> 0 = ANY (reservation_counted_codes()) AND e.entry ->> 2 IN ('', p_tier)
        ORDER BY e.entry ->> 0, (e.entry ->> 1)::int DESC, e.entry ->> 2 DESC
    ) f WHERE f.value > 0;
END
$$;

-- Whether an instrument asks whoever books it for their presence.
CREATE OR REPLACE FUNCTION reservation_asks_presence(p_instrument bigint, p_tier text)
RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM catalogue_instrument i
        CROSS JOIN LATERAL reservation_counted_values(
            reservation_policy(i.id, i.group_id, i.institution_id), p_tier) v
        WHERE i.id = p_instrument AND v.code = 'asks_presence')
$$;

-- What counts of one subject: a person's bookings, or a firm's, in the scope of a value's level (3 this instrument,
-- 2 its group, 1 its institution, 0 all) that started at `p_since` or later. A hold or request whose time is up counts no
-- more.
CREATE OR REPLACE FUNCTION reservation_booked(
    p_person bigint, p_firm bigint, p_level int, p_instrument bigint, p_since timestamptz, p_excluding bigint,
    p_now timestamptz
) RETURNS TABLE (
    instrument_id bigint, tier text, status text, places int, starts_at timestamptz, ends_at timestamptz
) LANGUAGE plpgsql STABLE AS $$
BEGIN
    -- Planned for the values at hand: by the subject's index, or by the instrument's.
    RETURN QUERY EXECUTE format($q$
        SELECT b.instrument_id, b.tier::text, b.status::text, b.places::int, lower(b.during), least(
                   upper(b.during), greatest(lower(b.during), coalesce(b.used_until, upper(b.during))))
        FROM reservations_reservation b
        WHERE b.%I = $1 AND lower(b.during) >= $2 AND b.kind IN ('use', 'training')
          AND b.status NOT IN ('declined', 'cancelled', 'expired') AND b.id IS DISTINCT FROM $3
          AND (b.status <> 'held' OR b.hold_expires_at > $4)
          AND (b.status <> 'requested' OR b.request_expires_at > $4 IS NOT FALSE) AND %s $q$,
        CASE WHEN p_person IS NULL THEN 'account_id' ELSE 'user_id' END,
        CASE p_level
            WHEN 3 THEN 'b.instrument_id = $5'
            WHEN 0 THEN 'true'
            ELSE format($q$ EXISTS (
                SELECT FROM catalogue_instrument i JOIN catalogue_instrument own ON own.%1$I = i.%1$I
                WHERE i.id = b.instrument_id AND own.id = $5) $q$,
                CASE p_level WHEN 2 THEN 'group_id' ELSE 'institution_id' END)
        END)
    USING coalesce(p_person, p_firm), p_since, p_excluding, p_now, p_instrument;
END
$$;

-- Minutes that are booked already in each local week or month (p_unit) that a window touches, and in the one after,
-- by its first day; a booking counts in each with the part that lies there, once for each place.
CREATE OR REPLACE FUNCTION reservation_booked_by_period(
    p_person bigint, p_firm bigint, p_level int, p_instrument bigint, p_starts_at timestamptz, p_ends_at timestamptz,
    p_zone text, p_unit text, p_excluding bigint, p_now timestamptz
) RETURNS jsonb LANGUAGE sql STABLE AS $$
    WITH periods AS (
        SELECT s.day, reservation_midnight(s.day, p_zone) AS since,
               reservation_midnight(s.day + ('1 ' || p_unit)::interval, p_zone) AS until
        FROM generate_series(
            date_trunc(p_unit, p_starts_at AT TIME ZONE p_zone),
            date_trunc(p_unit, least(p_ends_at, p_starts_at + interval '400 days') AT TIME ZONE p_zone)
                + ('1 ' || p_unit)::interval,
            ('1 ' || p_unit)::interval) s (day)
    ), booked AS (
        SELECT b.* FROM reservation_booked(
            p_person, p_firm, p_level, p_instrument,
            (SELECT min(p.since) FROM periods p) - interval '400 days', p_excluding, p_now) b
        WHERE b.ends_at > (SELECT min(p.since) FROM periods p)
    )
    SELECT jsonb_object_agg(p.day::date, (
        SELECT coalesce(floor(sum(extract(epoch FROM least(b.ends_at, p.until) - greatest(b.starts_at, p.since))
                   * b.places) / 60), 0)
        FROM booked b WHERE b.starts_at < p.until AND b.ends_at > p.since))
    FROM periods p
$$;

-- What the counted rules read about one wish, by code; nothing for those without a value.
CREATE OR REPLACE FUNCTION reservation_counted(
    p_policy jsonb, p_tier text, p_instrument bigint, p_zone text, p_starts_at timestamptz, p_ends_at timestamptz,
    p_user bigint, p_account bigint, p_excluding bigint, p_now timestamptz
) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
DECLARE
    v record;
    v_person bigint;
    v_firm bigint;
    v_kind text;
    v_day timestamp := date_trunc('day', p_starts_at AT TIME ZONE p_zone);
    v_fact jsonb;
    v_facts jsonb := '{}';
BEGIN
    FOR v IN SELECT * FROM reservation_counted_values(p_policy, p_tier) LOOP
        v_kind := regexp_replace(v.code, '_enterprise$', '');
        v_person := CASE WHEN v_kind = v.code THEN p_user END;
        v_firm := CASE WHEN v_kind <> v.code THEN p_account END;
        CONTINUE WHEN num_nonnulls(v_person, v_firm) = 0;
        IF v_kind = 'max_upcoming' THEN
            SELECT to_jsonb(count(*)) INTO v_fact FROM (
                SELECT FROM reservation_booked(
                    v_person, v_firm, v.level, p_instrument, p_now, p_excluding, p_now) b
                WHERE b.starts_at > p_now AND b.status IN ('held', 'requested', 'confirmed') LIMIT v.value + 1) n;
        ELSIF v_kind = 'max_upcoming_hours' THEN
            SELECT to_jsonb(coalesce(floor(sum(extract(epoch FROM b.ends_at - b.starts_at) * b.places) / 60), 0))
            INTO v_fact
            FROM reservation_booked(v_person, v_firm, v.level, p_instrument, p_now, p_excluding, p_now) b
            WHERE b.starts_at > p_now AND b.status IN ('held', 'requested', 'confirmed');
        ELSIF v_kind = 'max_per_day' THEN
            SELECT coalesce(jsonb_object_agg(n.day, n.bookings), '{}') INTO v_fact FROM (
                SELECT (b.starts_at AT TIME ZONE p_zone)::date AS day, count(*) AS bookings
                FROM reservation_booked(v_person, v_firm, v.level, p_instrument,
                         reservation_midnight(v_day, p_zone), p_excluding, p_now) b
                WHERE b.starts_at < reservation_midnight(v_day + interval '15 days', p_zone)
                GROUP BY 1) n;
        ELSIF v_kind IN ('max_hours_per_week', 'max_hours_per_month') THEN
            v_fact := reservation_booked_by_period(
                v_person, v_firm, v.level, p_instrument, p_starts_at, p_ends_at, p_zone,
                substring(v_kind FROM 'week|month'), p_excluding, p_now);
        ELSE
            v_fact := reservation_own_windows(v_kind, v.value, p_instrument, p_starts_at, p_ends_at, v_person,
                p_excluding, p_now);
        END IF;
        v_facts := v_facts || jsonb_build_object(v.code, v_fact);
    END LOOP;
    RETURN v_facts;
END
$$;

-- A person's bookings around a window and in the week after: for min_gap those on the instrument, for asks_presence
-- those on any instrument that asks for presence too. Where nobody came, the time was given back.
CREATE OR REPLACE FUNCTION reservation_own_windows(
    p_kind text, p_value int, p_instrument bigint, p_starts_at timestamptz, p_ends_at timestamptz, p_person bigint,
    p_excluding bigint, p_now timestamptz
) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_is_gap boolean := p_kind = 'min_gap';
    v_around interval := CASE WHEN v_is_gap THEN p_value ELSE 0 END * interval '1 minute';
BEGIN
    RETURN (
        SELECT coalesce(jsonb_agg(jsonb_build_array(
            extract(epoch FROM b.starts_at), extract(epoch FROM b.ends_at)) ORDER BY b.starts_at), '[]')
        FROM reservation_booked(p_person, NULL, CASE WHEN v_is_gap THEN 3 ELSE 0 END, p_instrument,
                 p_starts_at - v_around - interval '400 days', p_excluding, p_now) b
        WHERE b.starts_at < p_ends_at + v_around + interval '7 days' AND b.ends_at > p_starts_at - v_around
          AND b.ends_at > b.starts_at AND b.status <> 'no_show'
          AND (v_is_gap OR reservation_asks_presence(b.instrument_id, b.tier)));
END
$$;
