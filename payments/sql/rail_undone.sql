DROP FUNCTION public.payment_moves_on CASCADE;
DROP FUNCTION public.payment_agrees_with_its_hold CASCADE;
DROP FUNCTION public.returns_stay_within_the_payment CASCADE;
