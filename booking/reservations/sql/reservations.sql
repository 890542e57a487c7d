-- The hot path of a booking: one statement reads the context, one writes. Source: engine.md, "One transaction".
--
-- What is looked up here is looked up by keys, so one plan serves all arguments. PostgreSQL would plan several of
-- these queries anew at each call, which costs more than running them: hence force_generic_plan on the three.

-- Lock the calendars of instruments, of further resources and of all that a reservation holds (an instrument's needs
-- may have changed since it was made; SQLSTATE 55P03 where it has come to hold others meanwhile), then the people and the firms whose bookings a rule there
-- counts; the people in any case if p_always. Whoever locks first lets lapsed holds and undecided requests go, those
-- too that hold what the instruments need; returns them.
CREATE OR REPLACE FUNCTION reservation_lock(
    p_instruments bigint[], p_resources bigint[], p_reservation bigint, p_people bigint[], p_firms bigint[],
    p_always boolean, p_now timestamptz
) RETURNS TABLE (id bigint, instrument bigint, starts_at timestamptz, ends_at timestamptz)
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    v_held bigint[] := ARRAY(SELECT c.resource_id FROM calendars_claim c WHERE c.reservation_id = p_reservation);
    v_wanted bigint[] := p_resources || v_held || ARRAY(
        SELECT r.id FROM calendars_resource r WHERE r.instrument_id = ANY (p_instruments));
    v_lapsed bigint[] := ARRAY(
        SELECT h.id FROM reservations_reservation h WHERE h.status = 'held' AND h.hold_expires_at <= p_now
        UNION ALL
        SELECT q.id FROM reservations_reservation q
        WHERE q.status = 'requested' AND q.request_expires_at <= p_now);
    v_around bigint[];
    v_counts record;
BEGIN
    IF v_lapsed <> '{}' THEN
        v_around := v_wanted || ARRAY(
            SELECT n.resource_id FROM calendars_resourceneed n WHERE n.instrument_id = ANY (p_instruments));
        v_lapsed := ARRAY(
            SELECT DISTINCT c.reservation_id FROM calendars_claim c
            WHERE c.reservation_id = ANY (v_lapsed) AND c.resource_id = ANY (v_around));
    END IF;
    PERFORM calendar_lock(v_wanted || ARRAY(
        SELECT c.resource_id FROM calendars_claim c WHERE c.reservation_id = ANY (v_lapsed)));
    IF EXISTS (
        SELECT 1 FROM calendars_claim c WHERE c.reservation_id = p_reservation AND c.resource_id <> ALL (v_held)
    ) THEN
        RAISE EXCEPTION 'reservation % has come to hold others', p_reservation USING ERRCODE = 'lock_not_available';
    END IF;
    IF p_people <> '{}' OR p_firms <> '{}' THEN
        SELECT * INTO v_counts FROM reservation_counts(p_instruments);
        IF p_always OR v_counts.person THEN
            PERFORM 1 FROM accounts_user u WHERE u.id = ANY (p_people) ORDER BY u.id FOR NO KEY UPDATE;
        END IF;
        IF v_counts.firm THEN
            PERFORM 1 FROM accounts_enterprise e WHERE e.id = ANY (p_firms) ORDER BY e.id FOR NO KEY UPDATE;
        END IF;
    END IF;
    IF v_lapsed <> '{}' THEN
        RETURN QUERY SELECT * FROM reservation_lapse(v_lapsed, p_now);
    END IF;
END
$$;

-- Let holds and undecided requests go whose time is up; their calendars are locked. History says that the product
-- did it.
CREATE OR REPLACE FUNCTION reservation_lapse(p_overdue bigint[], p_now timestamptz)
RETURNS TABLE (id bigint, instrument bigint, starts_at timestamptz, ends_at timestamptz) LANGUAGE plpgsql AS $$
DECLARE
    v_context_id text := current_setting('pghistory.context_id', true);
    v_metadata text := current_setting('pghistory.context_metadata', true);
    v record;
BEGIN
    PERFORM set_config('pghistory.context_id', gen_random_uuid()::text, true),
            set_config('pghistory.context_metadata', '{"actor": null, "command": "expire", "reason": ""}', true);
    FOR v IN
        UPDATE reservations_reservation b SET status = 'expired', version = b.version + 1
        WHERE b.id = ANY (p_overdue)
          AND CASE b.status WHEN 'held' THEN b.hold_expires_at WHEN 'requested' THEN b.request_expires_at END <= p_now
        RETURNING b.id, b.instrument_id, b.during
    LOOP
        PERFORM claims_release(v.id);
        id := v.id; instrument := v.instrument_id; starts_at := lower(v.during); ends_at := upper(v.during);
        RETURN NEXT;
    END LOOP;
    PERFORM set_config('pghistory.context_id', coalesce(v_context_id, ''), true),
            set_config('pghistory.context_metadata', coalesce(v_metadata, ''), true);
END
$$;

-- Completed bookings of an instrument that overlap a span and whose claims the nightly removal has deleted: they
-- were there all the same, for whoever looks back or enters something late. Nothing for spans that still have all
-- their claims. No booking lasts longer than 400 days.
CREATE OR REPLACE FUNCTION reservation_past(p_instrument bigint, p_span tstzrange, p_now timestamptz)
RETURNS TABLE (place int, id bigint, kind text, status text, user_id bigint, occupies tstzrange, turnaround smallint)
LANGUAGE sql STABLE AS $$
    SELECT p.place, b.id, b.kind, b.status, b.user_id, o.occupies, b.turnaround_minutes
    FROM reservations_reservation b
    CROSS JOIN LATERAL generate_series(1, b.places) p (place)
    CROSS JOIN LATERAL (SELECT tstzrange(lower(b.during), greatest(lower(b.during),
        coalesce(b.used_until, upper(b.during))) + b.turnaround_minutes * interval '1 minute') AS occupies) o
    WHERE lower(p_span) < p_now - interval '35 hours'
      AND b.instrument_id = p_instrument AND b.status = 'completed'
      AND lower(b.during) >= lower(p_span) - interval '400 days' AND lower(b.during) < upper(p_span)
      AND o.occupies && p_span
      AND NOT EXISTS (SELECT 1 FROM calendars_claim c WHERE c.reservation_id = b.id)
$$;

-- Everything the rules read about one instrument and one window. Times are seconds since the epoch.
-- p_excluding: a reservation that is being moved and does not stand in its own way. p_user null: for the firm
-- p_account as such, by p_operating, who also answers for the qualification.
CREATE OR REPLACE FUNCTION reservation_context(
    p_instrument bigint, p_starts_at timestamptz, p_ends_at timestamptz, p_tier text, p_tier_bit int,
    p_user bigint, p_account bigint, p_operating bigint, p_excluding bigint, p_now timestamptz
) RETURNS jsonb LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    v_resource calendars_resource;
    v_instrument record;
    v_turnaround interval;
    v_policy jsonb;
BEGIN
    SELECT * INTO v_resource FROM calendars_resource WHERE instrument_id = p_instrument;
    SELECT i.id, i.status, i.institution_id, i.group_id, i.access_modes, n.zone INTO v_instrument
    FROM catalogue_instrument i JOIN accounts_institution n ON n.id = i.institution_id
    WHERE i.id = p_instrument;
    IF v_resource.id IS NULL OR v_instrument.id IS NULL THEN
        RETURN NULL;
    END IF;
    v_turnaround := v_resource.turnaround_minutes * interval '1 minute';
    v_policy := reservation_policy(p_instrument, v_instrument.group_id, v_instrument.institution_id);
    RETURN jsonb_build_object(
        'resource', v_resource.id, 'capacity', v_resource.capacity,
        'turnaround', v_resource.turnaround_minutes, 'revision', v_resource.revision,
        'fault_until', CASE WHEN v_instrument.status = 'suspended' THEN
            extract(epoch FROM upkeep_fault_until(p_instrument, v_instrument.zone)) END,
        'status', v_instrument.status, 'institution', v_instrument.institution_id, 'zone', v_instrument.zone,
        'user_active', p_user IS NULL OR coalesce((SELECT u.is_active FROM accounts_user u WHERE u.id = p_user), false),
        'account_known', p_user IS NOT NULL OR p_account IS NULL OR EXISTS (
            SELECT 1 FROM accounts_enterprise e WHERE e.id = p_account),
        'hourly_fen', pricing_hourly_fen(
            p_instrument, p_tier, (p_starts_at AT TIME ZONE v_instrument.zone)::date),
        'policy', v_policy,
        'counted', CASE WHEN v_policy = '[]' THEN '{}' ELSE reservation_counted(
            v_policy, p_tier, p_instrument, v_instrument.zone, p_starts_at, p_ends_at, p_user, p_account, p_excluding,
            p_now) END,
        -- Asked only where a level lets first bookings be approved (process_settings.ApprovalMode).
        'has_used', jsonb_path_exists(v_policy, 'strict $[*] ? (@[0] == "approval" && @[3] == 1)') AND
            CASE WHEN p_user IS NULL THEN EXISTS (
                SELECT 1 FROM reservations_reservation b
                WHERE b.account_id = p_account AND b.instrument_id = p_instrument AND b.status = 'completed'
                  AND b.id IS DISTINCT FROM p_excluding)
            ELSE EXISTS (
                SELECT 1 FROM reservations_reservation b
                WHERE b.user_id = p_user AND b.instrument_id = p_instrument AND b.status = 'completed'
                  AND b.id IS DISTINCT FROM p_excluding) END,
        'conduct', CASE
            WHEN p_user IS NOT NULL THEN reservation_conduct(
                v_policy, p_instrument, v_instrument.group_id, v_instrument.institution_id, p_user, p_ends_at,
                v_instrument.zone)
            WHEN p_account IS NOT NULL THEN reservation_conduct_on_behalf(
                v_policy, p_instrument, v_instrument.group_id, v_instrument.institution_id, p_account, p_operating,
                p_ends_at, v_instrument.zone)
            ELSE '{}' END,
        'access_modes', v_instrument.access_modes,
        'form', (
            SELECT jsonb_build_object('id', f.id, 'questions', f.questions) FROM intake_bookingform f
            WHERE f.instrument_id = p_instrument AND f.replaced_at IS NULL
              AND num_nonnulls(p_user, p_account) > 0),
        'needs', reservation_needs(p_instrument, p_starts_at, p_ends_at, p_excluding),
        'open', (
            SELECT coalesce(jsonb_agg(jsonb_build_array(
                extract(epoch FROM lower(w.during)), extract(epoch FROM upper(w.during))) ORDER BY w.during), '[]')
            FROM calendar_open_windows(
                v_resource.id, tstzrange(p_starts_at - interval '36 hours', p_ends_at + interval '36 hours')) w
            WHERE w.tiers & p_tier_bit <> 0),
        'off_peak', (
            SELECT jsonb_agg(jsonb_build_array(extract(epoch FROM lower(w.during)), extract(epoch FROM upper(w.during))))
            FROM calendar_off_peak(v_resource.id, tstzrange(p_starts_at, p_ends_at)) w
            WHERE w.tiers & p_tier_bit <> 0),
        -- Asked only where a level lets bookings outside core hours be approved (process_settings.ApprovalMode).
        'marks_off_peak', jsonb_path_exists(v_policy, 'strict $[*] ? (@[0] == "approval" && @[3] == 3)') AND EXISTS (
            SELECT 1 FROM calendars_openingassignment a
            JOIN calendars_openingband b ON b.profile_id = a.profile_id
            WHERE a.resource_id = v_resource.id AND a.effective @> p_starts_at
              AND b.is_off_peak AND b.tiers & p_tier_bit <> 0),
        'taken', (
            SELECT coalesce(jsonb_agg(jsonb_build_array(
                t.place, extract(epoch FROM lower(t.occupies)), extract(epoch FROM upper(t.occupies)),
                t.kind, t.status) ORDER BY t.place, t.occupies), '[]')
            FROM (
                SELECT c.place, c.occupies, b.kind, b.status
                FROM calendars_claim c JOIN reservations_reservation b ON b.id = c.reservation_id
                WHERE c.resource_id = v_resource.id AND c.reservation_id IS DISTINCT FROM p_excluding
                  AND c.occupies && tstzrange(p_starts_at, p_ends_at + v_turnaround)
                UNION ALL
                SELECT p.place, p.occupies, p.kind, p.status
                FROM reservation_past(p_instrument, tstzrange(p_starts_at, p_ends_at + v_turnaround), p_now) p
            ) t)
    );
END
$$;

-- What uses take besides the instrument: [slot, resource, place, is free in the window and its own turnaround, is an
-- operator, in which access modes]; modes empty: in all.
CREATE OR REPLACE FUNCTION reservation_needs(
    p_instrument bigint, p_starts_at timestamptz, p_ends_at timestamptz, p_excluding bigint
) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_array(n.slot, r.id, p.place, NOT EXISTS (
        SELECT 1 FROM calendars_claim c
        WHERE c.resource_id = r.id AND c.place = p.place AND (c.reservation_id = p_excluding) IS NOT TRUE
          AND c.occupies && tstzrange(p_starts_at, p_ends_at + r.turnaround_minutes * interval '1 minute')
    ), r.kind = 'operator', n.modes) ORDER BY n.slot, r.id, p.place), '[]')
    FROM calendars_resourceneed n
    JOIN calendars_resource r ON r.id = n.resource_id
    CROSS JOIN LATERAL generate_series(1, r.capacity) p (place)
    WHERE n.instrument_id = p_instrument
$$;

-- The stored policy values that bear on an instrument: [code, level (3 instrument … 0 platform), tier, value].
CREATE OR REPLACE FUNCTION reservation_policy(p_instrument bigint, p_group bigint, p_institution bigint)
RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_array(v.code, v.level, v.tier, v.value)), '[]') FROM (
        SELECT code, 3 AS level, tier, value FROM reservations_policyvalue WHERE instrument_id = p_instrument
        UNION ALL
        SELECT code, 2, tier, value FROM reservations_policyvalue WHERE group_id = p_group
        UNION ALL
        SELECT code, 1, tier, value FROM reservations_policyvalue WHERE institution_id = p_institution
        UNION ALL
        SELECT code, 0, tier, value FROM reservations_policyvalue
        WHERE coalesce(instrument_id, group_id, institution_id) IS NULL
    ) v
$$;

-- Write one reservation with its claims; the gaps follow. Returns its id and the instrument's new revision.
-- p_filled: the columns of intake.FilledIn; what is left out stays empty.
CREATE OR REPLACE FUNCTION reservation_write(
    p_history_id text, p_history jsonb,
    p_instrument bigint, p_resources bigint[], p_claim_places int[],
    p_kind text, p_status text, p_starts_at timestamptz, p_ends_at timestamptz, p_turnaround int, p_places int,
    p_user bigint, p_booked_by bigint, p_account bigint, p_tier text, p_purpose text, p_note text,
    p_quote jsonb, p_total_fen bigint, p_hold_expires_at timestamptz, p_request_expires_at timestamptz,
    p_filled jsonb, p_now timestamptz
) RETURNS TABLE (id bigint, revision bigint) LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    v_id bigint;
BEGIN
    PERFORM set_config('pghistory.context_id', p_history_id, true),
            set_config('pghistory.context_metadata', p_history::text, true);
    INSERT INTO reservations_reservation (
        instrument_id, kind, status, during, turnaround_minutes, places, user_id, booked_by_id, account_id, tier,
        purpose, note, quote, total_fen, hold_expires_at, request_expires_at, use_is_assumed, ended_reason,
        created_at, version, access_mode, form_id, answers, participants, sample_declaration
    ) VALUES (
        p_instrument, p_kind, p_status, tstzrange(p_starts_at, p_ends_at), p_turnaround, p_places, p_user,
        p_booked_by, p_account, p_tier, p_purpose, p_note, p_quote, p_total_fen, p_hold_expires_at,
        p_request_expires_at, false, '', p_now, 1, coalesce(p_filled ->> 'access_mode', ''),
        (p_filled ->> 'form_id')::bigint, coalesce(p_filled -> 'answers', '{}'),
        coalesce(p_filled -> 'participants', '[]'), nullif(p_filled -> 'sample_declaration', 'null')
    ) RETURNING reservations_reservation.id INTO v_id;
    PERFORM claims_take(v_id, p_resources, p_claim_places, p_starts_at, p_ends_at, p_kind IN ('use', 'training'));
    RETURN QUERY SELECT v_id, r.revision FROM calendars_resource r WHERE r.instrument_id = p_instrument;
END
$$;

-- Checked at commit: an occupying reservation has claims; one that let go has none; completed may have either.
CREATE OR REPLACE FUNCTION reservation_claims_fit()
RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_ids bigint[];
    v_id bigint;
    v_status text;
    v_claimed boolean;
BEGIN
    IF TG_TABLE_NAME <> 'calendars_claim' THEN v_ids := ARRAY[NEW.id];
    ELSIF TG_OP = 'INSERT' THEN v_ids := ARRAY[NEW.reservation_id];
    ELSIF TG_OP = 'DELETE' THEN v_ids := ARRAY[OLD.reservation_id];
    ELSE v_ids := ARRAY[OLD.reservation_id, NEW.reservation_id];
    END IF;
    FOREACH v_id IN ARRAY v_ids LOOP
        SELECT status INTO v_status FROM reservations_reservation WHERE id = v_id;
        SELECT EXISTS (SELECT 1 FROM calendars_claim WHERE reservation_id = v_id) INTO v_claimed;
        IF v_status IN ('held', 'requested', 'confirmed', 'in_use') AND NOT v_claimed THEN
            RAISE EXCEPTION 'reservation % is % without a claim', v_id, v_status
                USING ERRCODE = 'check_violation', CONSTRAINT = 'reservation_occupies';
        ELSIF v_status IN ('declined', 'cancelled', 'expired', 'no_show') AND v_claimed THEN
            RAISE EXCEPTION 'reservation % is % and still has a claim', v_id, v_status
                USING ERRCODE = 'check_violation', CONSTRAINT = 'reservation_let_go';
        END IF;
    END LOOP;
    RETURN NULL;
END
$$;

DROP TRIGGER IF EXISTS reservation_claims_fit ON reservations_reservation;
CREATE CONSTRAINT TRIGGER reservation_claims_fit AFTER INSERT OR UPDATE OF status ON reservations_reservation
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION reservation_claims_fit();
DROP TRIGGER IF EXISTS claim_fits_reservation ON calendars_claim;
CREATE CONSTRAINT TRIGGER claim_fits_reservation AFTER INSERT OR DELETE OR UPDATE OF reservation_id ON calendars_claim
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION reservation_claims_fit();
