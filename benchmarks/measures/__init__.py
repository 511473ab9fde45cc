"""The measurements: one file for each figure of issue 2, each returning figures."""
