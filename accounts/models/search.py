"""What words are where in a long history, so that a search need not read all of it (decision 40)."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models


class SearchIndex(models.Model):
    """How an account's history is indexed, and how far. The worker makes it; without it search is slower."""

    database_rights: ClassVar = {"bank_app": "SELECT, INSERT, UPDATE (built, summed), DELETE"}

    account = models.OneToOneField(
        "accounts.Account", primary_key=True, on_delete=models.PROTECT, related_name="search_index"
    )
    block = models.PositiveSmallIntegerField()  # so many entries that follow each other are a block
    fan = models.PositiveSmallIntegerField()  # so many blocks are a block of the next level
    letters = models.PositiveSmallIntegerField()  # so much is kept of an ending
    page = models.PositiveSmallIntegerField()  # so many endings are on a page
    built = ArrayField(models.IntegerField(), default=list)  # how many blocks of each level have pages
    summed = ArrayField(models.IntegerField(), default=list, db_default=[])  # how many have amounts

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="search_index_has_a_shape",
                condition=models.Q(block__gte=1, fan__gte=2, letters__gte=1, page__gte=1),
            ),
        ]


class SearchPage(models.Model):
    """Some of the endings of what is written in a block, from `first` on, in the order of their bytes.

    An ending is what is left of a reference or merchant's name from one of its letters on, in lower case.
    """

    database_rights: ClassVar = {"bank_app": "SELECT, INSERT, DELETE"}

    pk = models.CompositePrimaryKey("index", "level", "number", "first")
    # In the database ON DELETE CASCADE: what the worker adds meanwhile goes, too (accounts/sql/search.sql).
    index = models.ForeignKey(
        SearchIndex, on_delete=models.DO_NOTHING, related_name="pages", db_index=False, db_constraint=False
    )
    level = models.PositiveSmallIntegerField()  # 0 is of entries, any other of blocks of the level below
    number = models.PositiveIntegerField()  # of the block in its level, from 0
    first = models.TextField(db_collation="C")
    endings = models.TextField()  # each after a mark, then the first of the next page


class SearchAmounts(models.Model):
    """The smallest and the largest amount that came in and that went out in a block; null where none did."""

    database_rights: ClassVar = {"bank_app": "SELECT, INSERT, DELETE"}

    pk = models.CompositePrimaryKey("index", "level", "number")
    # In the database ON DELETE CASCADE (accounts/sql/search_amounts.sql).
    index = models.ForeignKey(
        SearchIndex, on_delete=models.DO_NOTHING, related_name="amounts", db_index=False, db_constraint=False
    )
    level = models.PositiveSmallIntegerField()
    number = models.PositiveIntegerField()
    least_credit = models.BigIntegerField(null=True)  # minor units, as all of these
    most_credit = models.BigIntegerField(null=True)
    least_debit = models.BigIntegerField(null=True)
    most_debit = models.BigIntegerField(null=True)
