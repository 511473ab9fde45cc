"""FAPI 2.0 Message Signing, requirement by requirement."""
