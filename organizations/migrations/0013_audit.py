import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

KEEP = """
CREATE FUNCTION audit_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.seal_id IS NULL AND to_jsonb(NEW) - 'seal_id' = to_jsonb(OLD) - 'seal_id' THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' AND current_setting('tms.audit_clearing', true) = 'on' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'An entry of the audit is never changed.' USING ERRCODE = 'insufficient_privilege';
END $$
"""
# Runs as the role that owns the tables: the one of the application may delete nothing else of them.
CLEAR = """
CREATE FUNCTION audit_clear(sealed_before timestamptz) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    cleared bigint;
BEGIN
    IF sealed_before > now() - interval '30 days' THEN
        RAISE EXCEPTION 'Entries of the last 30 days are kept.' USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM set_config('tms.audit_clearing', 'on', true);
    DELETE FROM organizations_auditentry WHERE seal_id IN (SELECT id FROM organizations_auditseal WHERE sealed_at < sealed_before);
    GET DIAGNOSTICS cleared = ROW_COUNT;
    PERFORM set_config('tms.audit_clearing', 'off', true);
    RETURN cleared;
END $$
"""


class Migration(migrations.Migration):
    """What people did, which the database lets nobody change."""

    dependencies = [
        ("organizations", "0012_accounts_with_a_fault"),
    ]

    operations = [
        migrations.CreateModel(
            name="AuditSeal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sealed_at", models.DateTimeField()),
                ("count", models.PositiveIntegerField()),
                ("digest", models.CharField(max_length=64)),
            ],
        ),
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(verbose_name="when")),
                ("action", models.CharField(max_length=30, verbose_name="action")),
                (
                    "result",
                    models.CharField(
                        choices=[("done", "Done"), ("failed", "Failed"), ("refused", "Refused")],
                        default="done",
                        max_length=10,
                        verbose_name="result",
                    ),
                ),
                ("address", models.GenericIPAddressField(null=True, verbose_name="from")),
                ("request_id", models.CharField(blank=True, max_length=64)),
                ("kind", models.CharField(blank=True, max_length=60)),
                ("row_id", models.BigIntegerField(null=True)),
                ("words", models.CharField(blank=True, max_length=255)),
                ("before", models.JSONField(default=dict)),
                ("after", models.JSONField(default=dict)),
                (
                    "actor",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="who",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="organizations.organization",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
                (
                    "seal",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="organizations.auditseal",
                    ),
                ),
            ],
            options={
                "verbose_name": "audit entry",
                "verbose_name_plural": "audit entries",
                "default_permissions": ("view",),
                "indexes": [
                    models.Index(fields=["organization", "-id"], name="audit_of_organization"),
                    models.Index(fields=["actor", "-id"], name="audit_of_actor"),
                    models.Index(fields=["person", "-id"], name="audit_of_person"),
                    models.Index(fields=["at"], name="audit_at"),
                    models.Index(condition=models.Q(("seal__isnull", True)), fields=["id"], name="audit_unsealed"),
                ],
            },
        ),
        migrations.RunSQL(KEEP, "DROP FUNCTION audit_keep()"),
        migrations.RunSQL(
            "CREATE TRIGGER keep BEFORE UPDATE OR DELETE ON organizations_auditentry"
            " FOR EACH ROW EXECUTE FUNCTION audit_keep()",
            "DROP TRIGGER keep ON organizations_auditentry",
        ),
        migrations.RunSQL(CLEAR, "DROP FUNCTION audit_clear(timestamptz)"),
    ]
