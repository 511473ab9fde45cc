"""The witness: a process of its own that remembers a log's largest head and contradicts it never."""
