"""The idea: an entry is a line, so take the line feeds out of names.

Still open: other characters end a line, too, and whoever reads the log may know them all.
"""


def record(kind, name):
    with open(LOG, "a", newline="") as log:
        name = name.replace("\n", " ").replace("\r", " ")
        log.write(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S} {kind} {name}\n")


def entries():
    with open(LOG, newline="") as log:
        return [line.split(" ", 2)[1:] for line in log.read().splitlines()]
