"""What a process read when it began stays until it ends: the collector of cycles leaves it alone."""

import gc

# The collector looks once so many objects more were made than let go; at older ones at each tenth look.
# With Python's 700 it looked 300 times while a batch of 10,000 was paid, took a tenth of the time and found
# nothing. What hangs together in a circle lies about a little longer now: some megabytes at most.
LOOKS_AFTER = 50_000
OLDER_AFTER = 10


def keep_what_was_read() -> None:
    """Take everything there is out of the collector's sight; at what comes later it looks seldom.

    Code, settings, models and routes are 150,000 objects and more. A full collection among them takes a tenth
    of a second, in the middle of somebody's request. Processes forked from this one share their pages, too.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(LOOKS_AFTER, OLDER_AFTER, OLDER_AFTER)
