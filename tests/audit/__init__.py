"""Tests of the audit trail: recording, sealing, proofs, and what a tampering superuser gets."""
