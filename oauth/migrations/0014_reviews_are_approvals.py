"""The review of an app is an approval like any other. What waits to be decided goes on waiting, there."""

from datetime import timedelta
from typing import Any

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations

from approvals import rules
from bank import clock

REVIEWED = ("name", "redirect_uris", "scopes", "organisation", "purpose", "homepage", "privacy_notice")


def ask_again(apps: Any, schema_editor: Any) -> None:
    """Give each app in review the request that it would have today, by who asked; three days from now."""
    approval = apps.get_model("approvals", "Approval")
    for client in apps.get_model("oauth", "Client").objects.filter(status="in_review"):
        before = {"status": "in_review"}
        after = {"status": "live", **{name: getattr(client, name) for name in REVIEWED}}
        approval.objects.create(
            operation="client.live",
            target_type="client",
            target_id=client.client_id,
            payload={},
            before=before,
            after=after,
            payload_digest=rules.digest_of("client.live", client.client_id, {}, before, after),
            reason="The app asks to go live.",
            requested_by_id=client.submitted_by_id,
            requested_at=client.submitted_at,
            expires_at=clock.now() + timedelta(days=3),
        )


class Migration(migrations.Migration):
    dependencies = [
        ("approvals", "0004_withdrawn"),
        ("bank_database", "0002_clock"),
        ("oauth", "0013_rules_of_staff_access"),
    ]

    operations = [
        migrations.RunPython(ask_again, migrations.RunPython.noop),
        migrations.RemoveConstraint(
            model_name="client",
            name="client_in_review_says_who_asked",
        ),
        migrations.RemoveConstraint(
            model_name="client",
            name="client_is_not_decided_by_who_asked",
        ),
        migrations.RemoveField(
            model_name="client",
            name="decided_at",
        ),
        migrations.RemoveField(
            model_name="client",
            name="decided_by",
        ),
        migrations.RemoveField(
            model_name="client",
            name="submitted_at",
        ),
        migrations.RemoveField(
            model_name="client",
            name="submitted_by",
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="client",
            trigger=pgtrigger.compiler.Trigger(
                name="client_in_review_is_asked_for",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (NEW.\"status\" = 'in_review')",
                    constraint="CONSTRAINT",
                    func="\n    IF EXISTS (SELECT 1 FROM public.oauth_client c WHERE c.id = NEW.id AND c.status = 'in_review')\n       AND NOT EXISTS (SELECT 1 FROM public.approvals_approval a WHERE a.operation = 'client.live'\n                          AND a.target_id = NEW.client_id AND a.status = 'PENDING') THEN\n        RAISE EXCEPTION 'nobody asked for the review of %', NEW.client_id\n            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'client_in_review_is_asked_for';\n    END IF;\n    RETURN NULL;\n",
                    hash="0f067d89d4a19b7d9569fcdf2024e1a122be1a2e",
                    operation='INSERT OR UPDATE OF "status"',
                    pgid="pgtrigger_client_in_review_is_asked_for_29ae3",
                    table="oauth_client",
                    timing="DEFERRABLE INITIALLY DEFERRED",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="client",
            trigger=pgtrigger.compiler.Trigger(
                name="client_goes_live_by_approval",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (NEW.\"status\" = 'live' AND NOT (OLD.\"status\" = 'live'))",
                    func="\n    IF NOT public.approved_in_this_transaction(ARRAY['client.live'], NEW.client_id, jsonb_build_object(\n            'status', 'live', 'name', NEW.name, 'redirect_uris', NEW.redirect_uris, 'scopes', NEW.scopes))\n       OR EXISTS (SELECT 1 FROM public.approvals_approval a WHERE a.operation = 'client.live'\n                     AND a.target_id = NEW.client_id AND a.status = 'APPROVED'\n                     AND a.decided_at = now() + public.bank_ahead() AND a.decided_by_id = NEW.user_id) THEN\n        RAISE EXCEPTION 'nobody else approved that % goes live', NEW.client_id\n            USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'client_goes_live_by_approval';\n    END IF;\n    RETURN NEW;\n",
                    hash="c1c5f1902657eef1cf76e8791bf6246db347aaf1",
                    operation='UPDATE OF "status"',
                    pgid="pgtrigger_client_goes_live_by_approval_2de67",
                    table="oauth_client",
                    when="BEFORE",
                ),
            ),
        ),
    ]
