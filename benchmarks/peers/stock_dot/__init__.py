"""A Django project with django-oauth-toolkit as its tutorial says: every setting the library's default."""
