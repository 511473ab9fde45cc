"""What happened, told to the apps it concerns: a feed with numbers, and webhooks, both from the audit log."""
