DROP FUNCTION audit.destroy_openings(text);
