DROP TRIGGER payment_is_as_quoted ON public.payments_payment;
DROP FUNCTION public.payment_is_as_quoted;
