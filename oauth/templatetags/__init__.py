"""What the templates of sign-in and consent need besides Django's own tags."""
