-- Rates, fees and raised limits need two people: an approval of exactly this, made in this transaction.
CREATE FUNCTION public.fx_rate_is_approved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.id <> NEW.unit_currency || '-' || NEW.quoted_currency OR NOT public.approved_in_this_transaction(
           ARRAY['fx.rate'], NEW.id, jsonb_build_object('rate', NEW.rate::text)) THEN
        RAISE EXCEPTION 'rate %: nobody approved this', NEW.id
            USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'fx_rate_is_approved';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER fx_rate_is_approved BEFORE INSERT OR UPDATE ON public.payments_fxrate
    FOR EACH ROW EXECUTE FUNCTION public.fx_rate_is_approved();

CREATE FUNCTION public.fee_is_approved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.id <> NEW.kind || '-' || NEW.currency OR NOT public.approved_in_this_transaction(
           ARRAY['fee.set'], NEW.id,
           jsonb_build_object('fixed', NEW.fixed, 'basis_points', NEW.basis_points, 'least', NEW.least, 'most', NEW.most))
    THEN
        RAISE EXCEPTION 'fee %: nobody approved this', NEW.id
            USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'fee_is_approved';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER fee_is_approved BEFORE INSERT OR UPDATE ON public.payments_feerule
    FOR EACH ROW EXECUTE FUNCTION public.fee_is_approved();

CREATE FUNCTION public.raised_limit_is_approved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT public.approved_in_this_transaction(
           ARRAY['account.limits'], public.public_id('acc', NEW.account_id),
           jsonb_build_object('per_payment', NEW.per_payment, 'per_day', NEW.per_day)) THEN
        RAISE EXCEPTION 'limits of account %: nobody approved this', public.public_id('acc', NEW.account_id)
            USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'raised_limit_is_approved';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER raised_limit_is_approved BEFORE UPDATE OF per_payment, per_day ON public.payments_paymentlimit
    FOR EACH ROW WHEN (coalesce(NEW.per_payment, 9223372036854775807) > coalesce(OLD.per_payment, 9223372036854775807)
                       OR coalesce(NEW.per_day, 9223372036854775807) > coalesce(OLD.per_day, 9223372036854775807))
    EXECUTE FUNCTION public.raised_limit_is_approved();

-- A quote is used once, and nothing else of it changes (the application may update nothing else).
CREATE FUNCTION public.fx_quote_is_used_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.used_at IS NOT NULL THEN
        RAISE EXCEPTION 'quote % is used once', public.public_id('fxq', NEW.id)
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'fx_quote_is_used_once';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER fx_quote_is_used_once BEFORE UPDATE ON public.payments_fxquote
    FOR EACH ROW EXECUTE FUNCTION public.fx_quote_is_used_once();

ALTER TABLE public.payments_fxrate ENABLE ALWAYS TRIGGER fx_rate_is_approved;
ALTER TABLE public.payments_feerule ENABLE ALWAYS TRIGGER fee_is_approved;
ALTER TABLE public.payments_paymentlimit ENABLE ALWAYS TRIGGER raised_limit_is_approved;
ALTER TABLE public.payments_fxquote ENABLE ALWAYS TRIGGER fx_quote_is_used_once;
