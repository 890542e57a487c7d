-- Locks, claims and revisions. Source: engine.md, "Tables" and "One transaction".

-- The calendars that change together with these: what their instruments need besides themselves, and every other
-- instrument that needs the same.
CREATE OR REPLACE FUNCTION calendar_together(p_resources bigint[])
RETURNS bigint[] LANGUAGE sql STABLE AS $$
    WITH needed AS (
        SELECT unnest(p_resources) AS id
        UNION
        SELECT n.resource_id FROM calendars_resource r
        JOIN calendars_resourceneed n ON n.instrument_id = r.instrument_id
        WHERE r.id = ANY (p_resources)
    )
    SELECT array_agg(id ORDER BY id) FROM (
        SELECT id FROM needed
        UNION
        SELECT r.id FROM needed d
        JOIN calendars_resourceneed n ON n.resource_id = d.id
        JOIN calendars_resource r ON r.instrument_id = n.instrument_id
    ) t
$$;

-- Lock resources, and those that change together with them, in key order, waiting at most 3 s (SQLSTATE 55P03 after
-- that, and where others have come to change together with them meanwhile). Returns those asked for.
CREATE OR REPLACE FUNCTION calendar_lock(p_resources bigint[])
RETURNS TABLE (id bigint) LANGUAGE plpgsql AS $$
DECLARE
    v_all bigint[];
BEGIN
    PERFORM set_config('lock_timeout', '3000', true);
    v_all := calendar_together(p_resources);
    PERFORM 1 FROM calendars_resource r WHERE r.id = ANY (v_all) ORDER BY r.id FOR NO KEY UPDATE;
    IF calendar_together(p_resources) IS DISTINCT FROM v_all THEN
        RAISE EXCEPTION 'what is needed together has changed' USING ERRCODE = 'lock_not_available';
    END IF;
    RETURN QUERY SELECT r.id FROM calendars_resource r WHERE r.id = ANY (p_resources) ORDER BY r.id;
END
$$;

-- Take places for a reservation: one claim per pair of resource and place, and the gaps cut accordingly.
-- The exclusion constraint claim_place_taken_once refuses what is taken. The turnaround is each resource's;
-- a closure has none.
CREATE OR REPLACE FUNCTION claims_take(
    p_reservation bigint, p_resources bigint[], p_places int[], p_starts_at timestamptz, p_ends_at timestamptz,
    p_turns_around boolean
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v record;
BEGIN
    FOR v IN
        SELECT r.id, t.place, r.turnaround_minutes, r.instrument_id IS NULL OR EXISTS (
                   SELECT 1 FROM calendars_resourceneed n WHERE n.instrument_id = r.instrument_id) AS entangled, tstzrange(
                   p_starts_at,
                   p_ends_at + CASE WHEN p_turns_around THEN r.turnaround_minutes ELSE 0 END * interval '1 minute'
               ) AS occupies
        FROM unnest(p_resources, p_places) t (resource, place)
        JOIN calendars_resource r ON r.id = t.resource
        ORDER BY r.id, t.place
    LOOP
        INSERT INTO calendars_claim (reservation_id, resource_id, place, occupies)
        VALUES (p_reservation, v.id, v.place, v.occupies);
        IF v.entangled THEN
            PERFORM free_gaps_follow(v.id, tstzrange(
                lower(v.occupies) - v.turnaround_minutes * interval '1 minute', upper(v.occupies)));
        ELSE
            PERFORM free_gaps_take(v.id, v.place, v.occupies, v.turnaround_minutes);
        END IF;
    END LOOP;
END
$$;

-- Let go everything a reservation holds, or of it only these resources. Returns the resources touched.
CREATE OR REPLACE FUNCTION claims_release(p_reservation bigint, p_resources bigint[] DEFAULT NULL)
RETURNS SETOF bigint LANGUAGE plpgsql AS $$
DECLARE
    v record;
BEGIN
    FOR v IN
        WITH gone AS (
            DELETE FROM calendars_claim
            WHERE reservation_id = p_reservation AND (p_resources IS NULL OR resource_id = ANY (p_resources))
            RETURNING resource_id, occupies
        )
        SELECT g.resource_id, range_merge(range_agg(g.occupies)) AS span,
               r.turnaround_minutes * interval '1 minute' AS turnaround
        FROM gone g JOIN calendars_resource r ON r.id = g.resource_id
        GROUP BY g.resource_id, r.turnaround_minutes ORDER BY g.resource_id
    LOOP
        PERFORM free_gaps_follow(v.resource_id, tstzrange(lower(v.span) - v.turnaround, upper(v.span)));
        RETURN NEXT v.resource_id;
    END LOOP;
END
$$;

-- An absence claims every place of its resource; the gaps of whatever needs it follow.
CREATE OR REPLACE FUNCTION absence_take(p_absence bigint)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v record;
BEGIN
    SELECT r.id, r.capacity, r.turnaround_minutes * interval '1 minute' AS turnaround, a.during INTO v
    FROM calendars_absence a JOIN calendars_resource r ON r.id = a.resource_id WHERE a.id = p_absence;
    INSERT INTO calendars_claim (absence_id, resource_id, place, occupies)
    SELECT p_absence, v.id, p.place, v.during FROM generate_series(1, v.capacity) p (place);
    PERFORM free_gaps_follow(v.id, tstzrange(lower(v.during) - v.turnaround, upper(v.during)));
END
$$;

-- Forget an absence and give its time back.
CREATE OR REPLACE FUNCTION absence_release(p_absence bigint)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v record;
BEGIN
    SELECT r.id, r.turnaround_minutes * interval '1 minute' AS turnaround, a.during INTO v
    FROM calendars_absence a JOIN calendars_resource r ON r.id = a.resource_id WHERE a.id = p_absence;
    DELETE FROM calendars_claim WHERE absence_id = p_absence;
    DELETE FROM calendars_absence WHERE id = p_absence;
    PERFORM free_gaps_follow(v.id, tstzrange(lower(v.during) - v.turnaround, upper(v.during)));
END
$$;

-- A reservation ended early: its claims end there too, each with the turnaround it was made with, and the rest is
-- free. Returns the resources touched.
CREATE OR REPLACE FUNCTION claims_shorten(p_reservation bigint, p_agreed_end timestamptz, p_ended_at timestamptz)
RETURNS SETOF bigint LANGUAGE plpgsql AS $$
DECLARE
    v record;
BEGIN
    FOR v IN
        WITH before AS (
            SELECT c.id, c.resource_id, c.occupies,
                   p_ended_at + greatest(upper(c.occupies) - p_agreed_end, interval '0') AS until
            FROM calendars_claim c WHERE c.reservation_id = p_reservation
        ), shortened AS (
            UPDATE calendars_claim c SET occupies = tstzrange(lower(b.occupies), b.until)
            FROM before b
            WHERE c.id = b.id AND b.until > lower(b.occupies) AND b.until < upper(b.occupies)
            RETURNING b.resource_id, b.occupies
        ), gone AS (
            DELETE FROM calendars_claim c USING before b
            WHERE c.id = b.id AND b.until <= lower(b.occupies)
            RETURNING b.resource_id, b.occupies
        )
        SELECT t.resource_id, range_merge(range_agg(t.occupies)) AS span,
               r.turnaround_minutes * interval '1 minute' AS turnaround
        FROM (SELECT * FROM shortened UNION ALL SELECT * FROM gone) t
        JOIN calendars_resource r ON r.id = t.resource_id
        GROUP BY t.resource_id, r.turnaround_minutes ORDER BY t.resource_id
    LOOP
        PERFORM free_gaps_follow(v.resource_id, tstzrange(lower(v.span) - v.turnaround, upper(v.span)));
        RETURN NEXT v.resource_id;
    END LOOP;
END
$$;

-- Revision + 1, once per transaction.
CREATE OR REPLACE FUNCTION calendar_revise(p_resources bigint[])
RETURNS void LANGUAGE sql AS $$
    UPDATE calendars_resource
    SET revision = revision + 1, revised_in = pg_current_xact_id()::text::bigint
    WHERE id = ANY (p_resources) AND revised_in <> pg_current_xact_id()::text::bigint
$$;

-- A removal of claims that says so (commands/forget_claims.py) is no change of the calendar; age alone says
-- nothing: cancelling a backdated closure removes old claims as well, and is one.
CREATE OR REPLACE FUNCTION calendar_revise_claimed()
RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('benchshare.forgets_claims', true) IS DISTINCT FROM 'on' THEN
        PERFORM calendar_revise(calendar_together(ARRAY(SELECT DISTINCT c.resource_id FROM changed c)));
    END IF;
    RETURN NULL;
END
$$;

DROP TRIGGER IF EXISTS claim_inserted_revises ON calendars_claim;
CREATE TRIGGER claim_inserted_revises AFTER INSERT ON calendars_claim
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION calendar_revise_claimed();
DROP TRIGGER IF EXISTS claim_updated_revises ON calendars_claim;
CREATE TRIGGER claim_updated_revises AFTER UPDATE ON calendars_claim
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION calendar_revise_claimed();
DROP TRIGGER IF EXISTS claim_deleted_revises ON calendars_claim;
CREATE TRIGGER claim_deleted_revises AFTER DELETE ON calendars_claim
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION calendar_revise_claimed();

-- Every instrument is a resource from the moment it is listed.
CREATE OR REPLACE FUNCTION calendar_add_instruments()
RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO calendars_resource
        (kind, institution_id, instrument_id, name, capacity, turnaround_minutes, revision, revised_in)
    SELECT 'instrument', i.institution_id, i.id, '', 1, 0, 1, 0 FROM added i ORDER BY i.id;
    RETURN NULL;
END
$$;

DROP TRIGGER IF EXISTS instrument_becomes_resource ON catalogue_instrument;
CREATE TRIGGER instrument_becomes_resource AFTER INSERT ON catalogue_instrument
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION calendar_add_instruments();
