"""What the bank is measured against: the plainest Django there is, and django-oauth-toolkit as it comes."""
