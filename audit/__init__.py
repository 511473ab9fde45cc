"""What happened: every change and every refusal, recorded with it, sealed into a log nobody can edit."""
