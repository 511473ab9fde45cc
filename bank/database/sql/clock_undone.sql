DROP TRIGGER clock_moves_forward_in_a_sandbox ON public.bank_clock;
DROP FUNCTION public.clock_moves_forward_in_a_sandbox;
DROP FUNCTION public.bank_now;
DROP FUNCTION public.bank_ahead;
