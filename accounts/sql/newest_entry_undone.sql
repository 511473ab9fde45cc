DROP FUNCTION public.newest_entry(uuid, timestamptz);
