"""Tests of the key ring, the encrypted fields and the blind index."""
