"""What happened: every change and every refusal, recorded with the change, sealed into a log that cannot be edited."""
