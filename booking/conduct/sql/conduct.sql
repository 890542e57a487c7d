-- What the rules ask about a person's conduct. Source: domain.md, "Credit" and "Rules".

-- A person's credit: 100 to start, never more. What would lift it above 100 is lost, so the balance after each entry
-- is min(100, before + change); with S the running sum that is 100 + S - max(0, the highest S so far).
CREATE OR REPLACE FUNCTION conduct_credit(p_person bigint)
RETURNS int LANGUAGE sql STABLE AS $$
    SELECT coalesce((
        SELECT (100 + (array_agg(r.total ORDER BY r.id DESC))[1] - greatest(0, max(r.total)))::int
        FROM (
            SELECT e.id, sum(e.change) OVER (ORDER BY e.id) AS total
            FROM conduct_creditentry e WHERE e.person_id = p_person
        ) r
    ), 100)
$$;

-- The agreement a person has to sign before they book an instrument, the institution's first; null: none is left.
CREATE OR REPLACE FUNCTION conduct_unsigned(p_person bigint, p_institution bigint, p_instrument bigint)
RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT a.id FROM conduct_agreement a
    WHERE a.institution_id = p_institution AND a.replaced_at IS NULL
      AND (a.instrument_id IS NULL OR a.instrument_id = p_instrument)
      AND NOT EXISTS (SELECT FROM conduct_signature s WHERE s.agreement_id = a.id AND s.person_id = p_person)
    ORDER BY a.instrument_id NULLS FIRST LIMIT 1
$$;

-- The same for a firm, signed by one of its people or by who books on its behalf.
CREATE OR REPLACE FUNCTION conduct_unsigned_for_firm(
    p_firm bigint, p_booking bigint, p_institution bigint, p_instrument bigint
) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT a.id FROM conduct_agreement a
    WHERE a.institution_id = p_institution AND a.replaced_at IS NULL
      AND (a.instrument_id IS NULL OR a.instrument_id = p_instrument)
      AND NOT EXISTS (
        SELECT FROM conduct_signature s WHERE s.agreement_id = a.id AND (s.person_id = p_booking OR EXISTS (
            SELECT FROM accounts_membership m
            WHERE m.user_id = s.person_id AND m.enterprise_id = p_firm AND m.role = 'firm_user')))
    ORDER BY a.instrument_id NULLS FIRST LIMIT 1
$$;
