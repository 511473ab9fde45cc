DROP TRIGGER fx_rate_is_approved ON public.payments_fxrate;
DROP TRIGGER fee_is_approved ON public.payments_feerule;
DROP TRIGGER raised_limit_is_approved ON public.payments_paymentlimit;
DROP TRIGGER fx_quote_is_used_once ON public.payments_fxquote;
DROP FUNCTION public.fx_rate_is_approved, public.fee_is_approved, public.raised_limit_is_approved,
              public.fx_quote_is_used_once;
