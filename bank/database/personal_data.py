"""What this room keeps."""

from bank.privacy.register import declare
from bank.privacy.words import IN_USE

declare(
    "bank_database.Mark",
    purpose="what kind of bank a database is of",
    retention=IN_USE,
    technical="environment",
)

declare(
    "bank_database.Clock",
    purpose="how far the sandbox's clock is ahead",
    retention=IN_USE,
    technical="id ahead",
)
