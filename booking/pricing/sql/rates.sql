-- The price of an hour of an instrument for a tier on a local date; null: no price, the use is free of charge.
CREATE OR REPLACE FUNCTION pricing_hourly_fen(p_instrument bigint, p_tier text, p_on date)
RETURNS integer LANGUAGE sql STABLE AS $$
    SELECT h.hourly_fen FROM pricing_ratecard c JOIN pricing_hourlyrate h ON h.card_id = c.id AND h.tier = p_tier
    WHERE c.instrument_id = p_instrument AND c.valid @> p_on
$$;
