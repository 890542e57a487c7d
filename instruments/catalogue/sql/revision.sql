-- The revision of the catalogue: the set of ids in catalogue_revision. Every statement that changes what a search by
-- filters counts gives one row a new id, never used before and visible from the commit on. Whoever finds all rows
-- held by others adds one, so that writers never wait for each other.
CREATE OR REPLACE FUNCTION catalogue_revise()
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE catalogue_revision SET id = DEFAULT
    WHERE id = (SELECT r.id FROM catalogue_revision r ORDER BY r.id DESC LIMIT 1 FOR UPDATE SKIP LOCKED);
    IF NOT FOUND THEN
        INSERT INTO catalogue_revision DEFAULT VALUES;
    END IF;
END
$$;

CREATE OR REPLACE FUNCTION catalogue_revise_changed()
RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM catalogue_revise();
    RETURN NULL;
END
$$;

DROP TRIGGER IF EXISTS instrument_revises_catalogue ON catalogue_instrument;
CREATE TRIGGER instrument_revises_catalogue AFTER INSERT OR UPDATE OR DELETE ON catalogue_instrument
    FOR EACH STATEMENT EXECUTE FUNCTION catalogue_revise_changed();
DROP TRIGGER IF EXISTS category_revises_catalogue ON catalogue_category;
CREATE TRIGGER category_revises_catalogue AFTER INSERT OR UPDATE OR DELETE ON catalogue_category
    FOR EACH STATEMENT EXECUTE FUNCTION catalogue_revise_changed();
DROP TRIGGER IF EXISTS institution_revises_catalogue ON accounts_institution;
CREATE TRIGGER institution_revises_catalogue AFTER INSERT OR UPDATE OR DELETE ON accounts_institution
    FOR EACH STATEMENT EXECUTE FUNCTION catalogue_revise_changed();
