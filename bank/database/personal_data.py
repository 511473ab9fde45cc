"""What this room keeps."""

from bank.privacy.register import declare
from bank.privacy.words import IN_USE

declare(
    "bank_database.Mark",
    purpose="what kind of bank a database is of",
    retention=IN_USE,
    technical="environment",
)
