"""The idea: pin the version; then nobody's version 99 is newer.

Still open: a version is a name that anybody can give. The same version with a later build number
goes first, and in an index that was broken into, the same version is another file.
"""

REQUIREMENTS = "bank-money==1.0\n"


def options():
    return []
