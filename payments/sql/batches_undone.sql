DROP TRIGGER batch_is_what_was_announced ON public.payments_paymentbatch;
DROP TRIGGER batch_is_executed_once ON public.payments_paymentbatch;
DROP FUNCTION public.batch_is_what_was_announced;
DROP FUNCTION public.batch_is_executed_once;
