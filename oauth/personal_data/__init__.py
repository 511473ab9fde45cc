"""What identity keeps of people, and why: in our own tables, and in those of the libraries it uses."""

from oauth.personal_data import libraries, own, staff

__all__ = ["libraries", "own", "staff"]
