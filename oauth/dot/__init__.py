"""Everything the bank takes from django-oauth-toolkit and oauthlib is imported here and nowhere else."""
