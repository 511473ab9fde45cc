DROP FUNCTION public.newest_entry(uuid, timestamptz);
DROP INDEX public.every_64th_entry_by_moment;
