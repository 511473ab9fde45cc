"""What a process read when it began stays until it ends: the collector of cycles leaves it alone."""

import gc


def keep_what_was_read() -> None:
    """Take everything there is out of the collector's sight; what comes later is looked at as ever.

    Code, settings, models and routes are 150,000 objects and more. A full collection among them takes a tenth
    of a second, in the middle of somebody's request. Processes forked from this one share their pages, too.
    """
    gc.collect()
    gc.freeze()
