"""The ledger's rules are asked once a statement; a posting and its entries come by one."""

from pathlib import Path

from django.db import migrations, models

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("accounts", "0018_holds_of_a_batch")]

    operations = [
        migrations.RunSQL(
            (SQL / "post_entries_at_once.sql").read_text(), (SQL / "post_entries_with_fees.sql").read_text()
        ),
        migrations.RunSQL(
            (SQL / "ledger_rules_by_statement.sql").read_text(),
            (SQL / "ledger_rules_by_statement_undone.sql").read_text(),
        ),
        migrations.AlterField(
            model_name="entry",
            name="posting",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=models.PROTECT,
                related_name="entries",
                to="accounts.posting",
            ),
        ),
    ]
