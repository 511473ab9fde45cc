"""The database has every rule the models declare: a migration can lose one, and nothing else would say so."""

import pytest
from django.apps import apps
from django.db import connection, models

MODELS = [model for model in apps.get_models() if model._meta.managed and not model._meta.proxy]


@pytest.fixture
def names(db: None) -> set[str]:
    """Every constraint and valid index there is."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE convalidated UNION "
            "SELECT indexrelid::regclass::text FROM pg_index WHERE indisvalid"
        )
        return {name.rpartition(".")[2] for (name,) in cursor.fetchall()}


def column_rules(table: str) -> dict[str, set[str]]:
    """Return the rules on single columns of a table: "unique" and "foreign key"."""
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, table).values()
    rules: dict[str, set[str]] = {}
    for each in found:
        if len(each["columns"]) == 1:
            is_said = {"unique": each["unique"], "foreign key": each["foreign_key"]}
            rules.setdefault(each["columns"][0], set()).update(
                name for name, is_so in is_said.items() if is_so
            )
    return rules


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
class TestTables:
    def test_have_the_constraints_and_indexes_of_their_model(
        self, names: set[str], model: type[models.Model]
    ) -> None:
        declared = {each.name for each in (*model._meta.constraints, *model._meta.indexes)}
        assert declared <= names

    def test_have_the_rules_of_their_columns(self, db: None, model: type[models.Model]) -> None:
        rules = column_rules(model._meta.db_table)
        for field in model._meta.local_concrete_fields:
            has = rules.get(field.column, set())
            assert not field.unique or "unique" in has, field
            assert not getattr(field, "db_constraint", False) or "foreign key" in has, field
