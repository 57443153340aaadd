from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

PLAIN_ADDRESS = r"^[A-Za-z0-9]+([._+-][A-Za-z0-9]+)*@([A-Za-z0-9]+(-[A-Za-z0-9]+)*\.)+[A-Za-z]{2,20}$"
WITH_A_FAULT = (
    models.Q(is_active=False)
    | models.Q(first_name__regex=r"^\s*$")
    | models.Q(last_name__regex=r"^\s*$")
    | models.Q(email="")
    | (~models.Q(email="") & ~models.Q(email__regex=PLAIN_ADDRESS))
)


class Migration(migrations.Migration):
    """Accounts that nothing can be sent to, found without a look at all the others."""

    atomic = False  # nobody waits for an index that is made concurrently

    dependencies = [("organizations", "0011_undo_help")]

    operations = [
        AddIndexConcurrently("user", models.Index(fields=["id"], condition=WITH_A_FAULT, name="user_with_a_fault"))
    ]
