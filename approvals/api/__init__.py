"""How HTTP says approvals: /v1/approvals."""
