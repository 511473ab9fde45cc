"""Tests of approvals/."""
