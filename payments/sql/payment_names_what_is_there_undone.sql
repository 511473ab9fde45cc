DROP TRIGGER payment_names_what_is_there ON public.payments_payment;
DROP TRIGGER changed_payment_names_what_is_there ON public.payments_payment;
DROP TRIGGER batch_stays ON public.payments_paymentbatch;
DROP TRIGGER batch_stays_the_same ON public.payments_paymentbatch;
DROP FUNCTION public.payment_names_what_is_there, public.batch_stays;
