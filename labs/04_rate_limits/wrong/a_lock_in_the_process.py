"""The idea: check and count under a lock, so that no two requests overlap.

Still open: the lock and the dictionary are this process's. Four processes allow four times as
many tries, forty allow forty times as many, and a restart forgets them all.
"""

import threading

lock = threading.Lock()


def sign_in(name, code, headers):
    with lock:
        if tries.get(name, 0) >= MOST_TRIES:
            return 429
        if is_right(name, code):
            return 200
        tries[name] = tries.get(name, 0) + 1
        return 401
