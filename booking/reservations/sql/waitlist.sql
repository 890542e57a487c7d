-- Waiting entries follow what happens to reservations, whoever does it: an offer is a held reservation, and it leaves
-- that status by many commands and by the clock. Its entry changes in the same statement, under the same lock.
CREATE OR REPLACE FUNCTION waitlist_follow()
RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_actor bigint := (nullif(current_setting('pghistory.context_metadata', true), '')::jsonb ->> 'actor')::bigint;
BEGIN
    -- Given back by the person: who wanted just this time is through, who wanted any such time goes on waiting.
    -- Not answered: through. Taken away by somebody else: back to the old place in the queue.
    IF OLD.status = 'held' AND NEW.status <> 'held' THEN
        UPDATE reservations_waitlistentry e
        SET status = s.status, offer_id = CASE WHEN s.status = 'waiting' THEN NULL ELSE e.offer_id END
        FROM (
            SELECT w.id, CASE
                WHEN NEW.status IN ('requested', 'confirmed', 'in_use', 'completed') THEN 'taken'
                WHEN v_actor = w.user_id THEN CASE
                    WHEN upper(w.span) - lower(w.span) = w.minutes * interval '1 minute' THEN 'withdrawn'
                    ELSE 'waiting' END
                WHEN NEW.status = 'expired' THEN 'expired'
                ELSE 'waiting' END AS status
            FROM reservations_waitlistentry w WHERE w.offer_id = NEW.id AND w.status = 'offered'
        ) s
        WHERE e.id = s.id;
    END IF;
    -- Nobody is offered again what they gave up themselves, did not come to or let lapse.
    IF OLD.during <> NEW.during OR NEW.status IN ('cancelled', 'declined', 'expired', 'no_show') THEN
        UPDATE reservations_waitlistentry e SET refused = e.refused || OLD.during
        WHERE e.user_id = NEW.user_id AND e.instrument_id = NEW.instrument_id AND e.status = 'waiting'
          AND (v_actor = NEW.user_id OR NEW.status = 'no_show' OR (OLD.status = 'held' AND NEW.status = 'expired'))
          AND e.span && OLD.during AND OLD.during <> ALL (e.refused) AND cardinality(e.refused) < 100;
    END IF;
    RETURN NULL;
END
$$;

DROP TRIGGER IF EXISTS waitlist_follow ON reservations_reservation;
CREATE TRIGGER waitlist_follow AFTER UPDATE OF status, during ON reservations_reservation FOR EACH ROW
    WHEN (OLD.status IN ('held', 'requested', 'confirmed', 'in_use') AND (
        OLD.during <> NEW.during OR NEW.status IN ('cancelled', 'declined', 'expired', 'no_show')
        OR (OLD.status = 'held' AND NEW.status <> 'held')))
    EXECUTE FUNCTION waitlist_follow();
