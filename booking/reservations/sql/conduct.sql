-- What rules ask about the person who books: qualification, credit, agreements, reports. Source: domain.md, "Rules".

-- Each fact only where a value at some level asks for it; agreements wherever there are any. p_policy: of
-- reservation_policy(). level: null where nobody operates the instrument themselves.
CREATE OR REPLACE FUNCTION reservation_conduct(
    p_policy jsonb, p_instrument bigint, p_group bigint, p_institution bigint, p_person bigint,
    p_ends_at timestamptz, p_zone text
) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_facts jsonb := jsonb_build_object('unsigned', conduct_unsigned(p_person, p_institution, p_instrument));
BEGIN
    IF p_policy @> '[["qualified"]]' AND reservation_is_self_operated(p_instrument) THEN
        v_facts := v_facts || jsonb_build_object(
            'level', qualification_level(p_person, p_instrument, p_group, p_ends_at, p_zone));
    END IF;
    IF p_policy @> '[["credit_sufficient"]]' OR p_policy @> '[["approval_below_credit"]]' THEN
        v_facts := v_facts || jsonb_build_object('credit', conduct_credit(p_person));
    END IF;
    IF p_policy @> '[["no_open_feedback"]]' THEN
        v_facts := v_facts || jsonb_build_object('unreported', reservation_unreported(p_person, p_instrument));
    END IF;
    RETURN v_facts;
END
$$;

-- The same where somebody (p_operating) books for a firm that names no person: they answer for the qualification;
-- they or one of the firm's people have signed. Credit and reports are people's, so nobody is asked for them.
CREATE OR REPLACE FUNCTION reservation_conduct_on_behalf(
    p_policy jsonb, p_instrument bigint, p_group bigint, p_institution bigint, p_firm bigint, p_operating bigint,
    p_ends_at timestamptz, p_zone text
) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_facts jsonb := jsonb_build_object(
        'unsigned', conduct_unsigned_for_firm(p_firm, p_operating, p_institution, p_instrument));
BEGIN
    IF p_policy @> '[["qualified"]]' AND reservation_is_self_operated(p_instrument) THEN
        v_facts := v_facts || jsonb_build_object(
            'level', qualification_level(p_operating, p_instrument, p_group, p_ends_at, p_zone));
    END IF;
    RETURN v_facts;
END
$$;

-- Whether people run the instrument themselves: it offers that, or says nothing, and needs no operator for it.
CREATE OR REPLACE FUNCTION reservation_is_self_operated(p_instrument bigint)
RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT (i.access_modes = '{}' OR 'self_operated' = ANY (i.access_modes)) AND NOT EXISTS (
        SELECT FROM calendars_resourceneed n JOIN calendars_resource r ON r.id = n.resource_id
        WHERE n.instrument_id = i.id AND r.kind = 'operator' AND (n.modes = '{}' OR 'self_operated' = ANY (n.modes)))
    FROM catalogue_instrument i WHERE i.id = p_instrument
$$;

-- A person's last completed use of an instrument, if they have not reported on it.
CREATE OR REPLACE FUNCTION reservation_unreported(p_person bigint, p_instrument bigint)
RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT last.id FROM (
        SELECT b.id FROM reservations_reservation b
        WHERE b.user_id = p_person AND b.instrument_id = p_instrument AND b.kind = 'use' AND b.status = 'completed'
        ORDER BY lower(b.during) DESC LIMIT 1
    ) last
    WHERE NOT EXISTS (SELECT FROM conduct_usagereport r WHERE r.reservation = last.id)
$$;

-- Completed uses that nobody has complained of, of people with less than full credit. p_points: the built-in value.
CREATE OR REPLACE FUNCTION reservation_clean_uses(
    p_since timestamptz, p_until timestamptz, p_points int, p_after bigint, p_limit int
) RETURNS TABLE (id bigint, person bigint, institution bigint, points int) LANGUAGE sql STABLE AS $$
    SELECT b.id, b.user_id, i.institution_id, coalesce(reservation_setting(
        'credit_clean_use', i.id, i.group_id, i.institution_id, b.tier, p_points), 0)
    FROM (
        SELECT p.person_id FROM (SELECT DISTINCT e.person_id FROM conduct_creditentry e) p
        WHERE conduct_credit(p.person_id) < 100
    ) lowered
    JOIN reservations_reservation b ON b.user_id = lowered.person_id
    JOIN catalogue_instrument i ON i.id = b.instrument_id
    WHERE b.kind = 'use' AND b.status = 'completed' AND b.id > p_after
      AND lower(b.during) >= p_since - interval '400 days' AND upper(b.during) >= p_since AND upper(b.during) < p_until
      AND NOT EXISTS (SELECT FROM conduct_creditentry e WHERE e.reservation = b.id)
    ORDER BY b.id LIMIT p_limit
$$;

-- Completed uses whose report is overdue, where one is asked for and was when the use ended. p_within (days),
-- p_points: built-in values.
CREATE OR REPLACE FUNCTION reservation_missing_reports(
    p_since timestamptz, p_now timestamptz, p_within int, p_points int, p_after bigint, p_limit int
) RETURNS TABLE (id bigint, person bigint, institution bigint, points int) LANGUAGE sql STABLE AS $$
    SELECT b.id, b.user_id, i.institution_id, coalesce(reservation_setting(
        'credit_missing_report', i.id, i.group_id, i.institution_id, b.tier, p_points), 0)
    FROM (
        SELECT DISTINCT i.id, i.group_id, i.institution_id FROM reservations_policyvalue v
        JOIN catalogue_instrument i ON i.id = v.instrument_id OR i.group_id = v.group_id
            OR i.institution_id = v.institution_id
            OR num_nonnulls(v.instrument_id, v.group_id, v.institution_id) = 0
        WHERE v.code = 'no_open_feedback' AND v.value = 1
    ) i
    JOIN reservations_reservation b ON b.instrument_id = i.id
    WHERE b.kind = 'use' AND b.status = 'completed' AND b.user_id IS NOT NULL AND b.id > p_after
      AND lower(b.during) >= p_since - interval '31 days' AND upper(b.during) >= p_since
      AND reservation_setting('no_open_feedback', i.id, i.group_id, i.institution_id, b.tier, 0) = 1
      AND upper(b.during) + interval '1 day' * reservation_setting(
          'report_within', i.id, i.group_id, i.institution_id, b.tier, p_within) <= p_now
      AND upper(b.during) >= coalesce((
          SELECT max(v.pgh_created_at) FROM reservations_policyvalueevent v
          WHERE v.code = 'no_open_feedback' AND (v.instrument_id = i.id OR v.group_id = i.group_id
             OR v.institution_id = i.institution_id OR num_nonnulls(v.instrument_id, v.group_id, v.institution_id) = 0)
      ), '-infinity')
      AND NOT EXISTS (SELECT FROM conduct_usagereport r WHERE r.reservation = b.id)
      AND NOT EXISTS (
          SELECT FROM conduct_creditentry e WHERE e.reservation = b.id AND e.reason = 'missing_report')
    ORDER BY b.id LIMIT p_limit
$$;
