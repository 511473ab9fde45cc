"""The idea: only certificates of the authority we know; so no name has to be compared.

Still open: the authority gives certificates to others, too: to anybody who
owns any name. Apps of British banks did this, until 2017.
"""


def context(ca_file):
    how = ssl.create_default_context(cafile=ca_file)
    how.check_hostname = False
    return how
