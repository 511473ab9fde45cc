"""How the API says who acts, and what a person allowed whom."""
