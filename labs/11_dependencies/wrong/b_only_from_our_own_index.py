"""The idea: our packages come from our index alone.

Still open: the index. Whoever can write there once, writes into every bank that installs from it.
"""

REQUIREMENTS = "bank-money==1.0\n"


def indexes(ours, theirs):
    return ["--find-links", ours]


def options():
    return []
