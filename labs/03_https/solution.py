"""What the library does when it is left alone: chain, name and
dates, against our authority; and no second try.
"""


def context(ca_file):
    return ssl.create_default_context(cafile=ca_file)
