"""The log over HTTP: the signed head, proofs, and for auditors the events themselves."""
