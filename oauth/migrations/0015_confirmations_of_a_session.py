"""A confirmation counts in the session that asked for it. What was asked before has none, and is refused."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("oauth", "0014_reviews_are_approvals")]

    operations = [
        migrations.AddField(
            model_name="confirmation",
            name="session",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="oauth.signedinsession",
            ),
        ),
    ]
