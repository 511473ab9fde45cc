"""FAPI 2.0, requirement by requirement; AS and RS numbers are those of the design page oauth.md."""
