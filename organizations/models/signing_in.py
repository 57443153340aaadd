"""Where people are signed in, and the letters by which they set a password."""

from django.db import models

from organizations.models.people import User


class UserSession(models.Model):
    """A session of an account: since when, from where, and with what. Django's own row holds what it carries."""

    session_key = models.CharField(max_length=40, unique=True, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sessions")
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    address = models.GenericIPAddressField(null=True)
    browser = models.CharField(max_length=200, blank=True, editable=False)

    def __str__(self) -> str:
        return f"{self.user_id} since {self.started_at:%Y-%m-%d %H:%M}"


class PasswordLetter(models.Model):
    """The letter with a link to set a password that somebody asked for last; one row for an account."""

    class Failure(models.TextChoices):
        """Why it was not sent. Forgotten once the mail server takes another letter."""

        REFUSED = "refused"
        GIVEN_UP = "given_up"

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="password_letter")
    asked_at = models.DateTimeField()
    next_attempt_at = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0, db_default=0)
    failure = models.CharField(max_length=10, choices=Failure, blank=True, db_default="")
    # When it was asked for that time; asking again repairs nothing.
    failed_since = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                condition=models.Q(next_attempt_at__isnull=False),
                name="password_letter_due",
            ),
        ]

    def __str__(self) -> str:
        return f"password letter to {self.user_id}"
