"""Organizations, which form trees, and people."""

import uuid
import zoneinfo
from functools import lru_cache, reduce
from operator import or_
from typing import ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractUser, UserManager
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models.expressions import RawSQL
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from operation.characters import validate_one_line
from organizations.user_names import IS_ADDRESS, IS_OWN_ADDRESS

# Seconds for which badges issued by hand may wait; a badge that waits longer is a badge that does not come.
LONGEST_UNDO = 300


def validate_time_zone(name: str) -> None:
    """Refuses what is not an IANA time zone, such as `Europe/Paris`."""
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise ValidationError(
            _("“%(name)s” is not a time zone. Use an IANA name such as Europe/Paris or America/Denver."),
            params={"name": name},
            code="time_zone",
        ) from None


class OrganizationQuerySet(models.QuerySet["Organization"]):
    """Which organizations."""

    def under(self, roots: "models.QuerySet[Organization]") -> "OrganizationQuerySet":
        """The organizations of `roots` with all their descendants (S133: ticking a parent gives all children)."""
        return self.filter(pk__in=_tree_below(roots))

    def managed_by(self, user: "User") -> "OrganizationQuerySet":
        """Those the user was given to manage, with all their descendants."""
        return self.filter(pk__in=_tree_managed_by(user.pk))

    def above(self, organization_id: int) -> "OrganizationQuerySet":
        """The organization and all its ancestors."""
        return self.above_any(Organization.objects.filter(pk=organization_id))

    def above_any(self, organizations: "models.QuerySet[Organization]") -> "OrganizationQuerySet":
        """These organizations and all their ancestors; UNION for the reason given above."""
        sql, parameters = organizations.order_by().values("pk", "parent_id").query.sql_with_params()
        table = self.model._meta.db_table
        line = (
            f"WITH RECURSIVE line (id, parent_id) AS ({sql} UNION "  # noqa: S608 - a compiled query and a table's name
            f"SELECT parent.id, parent.parent_id FROM {table} parent JOIN line ON parent.id = line.parent_id) "
            f"SELECT id FROM line"
        )
        return self.filter(pk__in=RawSQL(line, parameters))  # noqa: S611 - as above

    def in_trees_of(self, organizations: "models.QuerySet[Organization]") -> "OrganizationQuerySet":
        """Every organization of the trees that these stand in: their roots, and all below."""
        return self.under(Organization.objects.above_any(organizations).filter(parent__isnull=True))

    def in_tree_of(self, organization_id: int) -> "OrganizationQuerySet":
        """All organizations of the tree that this one belongs to."""
        return self.under(Organization.objects.above(organization_id).filter(parent=None))

    def visible_to(self, user: "User") -> "OrganizationQuerySet":
        """Those the user manages, with their descendants, and the user's own; all for a superuser."""
        if user.is_superuser:
            return self.all()
        managed = Organization.objects.managed_by(user)
        return self.filter(models.Q(pk__in=managed.values("pk")) | models.Q(pk=user.organization_id))


def _tree_below(roots: "models.QuerySet[Organization]") -> RawSQL:
    """The ids of these organizations and of all below. UNION, not UNION ALL: should there ever be a cycle, the walk ends."""
    sql, parameters = roots.order_by().values("pk").query.sql_with_params()
    table = Organization._meta.db_table
    tree = (
        f"WITH RECURSIVE tree (id) AS ({sql} UNION "  # noqa: S608 - a compiled query and a table's name
        f"SELECT child.id FROM {table} child JOIN tree ON child.parent_id = tree.id) SELECT id FROM tree"
    )
    return RawSQL(tree, parameters)  # noqa: S611 - as above


@lru_cache(maxsize=1024)
def _tree_managed_by(user_id: int) -> RawSQL:
    """The statement, which says nothing but the account's id: a page asks for it a dozen times."""
    return _tree_below(User(pk=user_id).managed_organizations.all())


class Organization(models.Model):
    """An owner of users, courses, classes and badges; organizations form a tree (S133)."""

    name = models.CharField(_("name"), max_length=255, validators=[validate_one_line])
    parent = models.ForeignKey(
        "self",
        verbose_name=_("parent organization"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
    )
    time_zone = models.CharField(
        _("time zone"),
        max_length=64,
        default="UTC",
        validators=[validate_time_zone],
        help_text=_("An IANA name such as Europe/Paris. Days of achievements are days in this zone."),
    )
    achievements_enabled = models.BooleanField(
        _("enable achievements"), default=True, help_text=_("Let users of this organization earn achievements.")
    )
    in_global_achievements = models.BooleanField(
        _("participate in global achievements"), default=True, help_text=_("Only while achievements are enabled.")
    )
    uses_contract_instructors = models.BooleanField(_("uses contract instructors"), default=False)
    approval_limit = models.PositiveIntegerField(
        _("approval limit"),
        db_column="brake",  # as it was called before, for versions that run while another is being installed
        null=True,
        blank=True,
        default=1000,
        db_default=1000,
        help_text=_("More new awards of one achievement at a time than this await approval. Blank: no limit."),
    )
    emails_badges = models.BooleanField(
        _("e-mail badges to students"),
        default=True,
        db_default=True,
        help_text=_("Tell students by e-mail of badges from the built-in issuer. Credly sends its own."),
    )
    undo_seconds = models.PositiveSmallIntegerField(
        _("seconds to undo"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(LONGEST_UNDO)],
        help_text=_(
            "Badges issued by hand wait this long before they leave. 0: they leave at once. "
            "Blank: as the organization above."
        ),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    switched_at = models.DateTimeField(
        _("last switch"),
        null=True,
        editable=False,
        help_text=_("When a switch that decides whether training here counts was changed last."),
    )

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        verbose_name = _("organization")
        verbose_name_plural = _("organizations")
        constraints = [
            models.UniqueConstraint(fields=["parent", "name"], name="organization_name_unique", nulls_distinct=False),
            models.CheckConstraint(condition=~models.Q(parent=models.F("id")), name="organization_not_its_own_parent"),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuses a parent that lies below this organization: the tree would close to a cycle."""
        if self.pk and self.parent_id:
            below = Organization.objects.under(Organization.objects.filter(pk=self.pk))
            if below.filter(pk=self.parent_id).exists():
                raise ValidationError({"parent": _("An organization cannot be moved below itself.")})


def languages() -> list[tuple[str, str]]:
    """Those that the product speaks: (code, own name)."""
    return settings.LANGUAGES


# Addresses that are certainly valid, for the database to see; whatever looks otherwise Django's validator decides.
PLAIN_ADDRESS = r"^[A-Za-z0-9]+([._+-][A-Za-z0-9]+)*@([A-Za-z0-9]+(-[A-Za-z0-9]+)*\.)+[A-Za-z]{2,20}$"
_BLANK = r"^\s*$"


def faults_of_accounts(to: str = "") -> dict[str, models.Q]:
    """What keeps badges from an account, of rows with the account at this path, by the codes of badges.issuing.obstacles.

    "no_name" does where a provider needs names. Some addresses that are valid without being plain are among "bad_email".
    """
    return {
        "account_closed": models.Q((f"{to}is_active", False)),
        "no_name": models.Q((f"{to}first_name__regex", _BLANK)) | models.Q((f"{to}last_name__regex", _BLANK)),
        "no_email": models.Q((f"{to}email", "")),
        "bad_email": ~models.Q((f"{to}email", "")) & ~models.Q((f"{to}email__regex", PLAIN_ADDRESS)),
    }


class UserQuerySet(models.QuerySet["User"]):
    """Which people."""

    def visible_to(self, user: "User") -> "UserQuerySet":
        """The people of the organizations the user manages, and the user; all for a superuser.

        An instructor meets students through classes, not here (S136: sees no users of the organization).
        """
        if user.is_superuser:
            return self.all()
        managed = Organization.objects.managed_by(user)
        return self.filter(models.Q(organization__in=managed) | models.Q(pk=user.pk))

    def with_a_fault(self) -> "UserQuerySet":
        """Those that `faults_of_accounts` says something of."""
        return self.filter(reduce(or_, faults_of_accounts().values()))


class PeopleManager(UserManager["User"]):
    """Accounts, with the queryset's methods."""

    def get_queryset(self) -> UserQuerySet:
        """Rows of UserQuerySet."""
        return UserQuerySet(self.model, using=self._db)

    def visible_to(self, user: "User") -> UserQuerySet:
        """See UserQuerySet.visible_to."""
        return self.get_queryset().visible_to(user)


class User(AbstractUser):
    """A person with an account: student, instructor, administrator, or several of these."""

    organization = models.ForeignKey(
        Organization, verbose_name=_("organization"), on_delete=models.PROTECT, related_name="users"
    )
    first_name = models.CharField(_("first name"), max_length=150, blank=True, validators=[validate_one_line])
    last_name = models.CharField(_("last name"), max_length=150, blank=True, validators=[validate_one_line])
    email = models.EmailField(
        _("e-mail address"),
        blank=True,
        help_text=_("Badges are sent to this address; unique, whatever its case."),
    )
    earner_id = models.UUIDField(
        _("earner id"), default=uuid.uuid4, unique=True, editable=False, help_text=_("Names this person to providers.")
    )
    participates_in_achievements = models.BooleanField(_("participate in achievements"), default=True)
    is_contract_instructor = models.BooleanField(
        _("is contract instructor"), default=False, help_text=_("Sees every student of the classes they teach.")
    )
    managed_organizations = models.ManyToManyField(
        Organization,
        verbose_name=_("organization management"),
        blank=True,
        related_name="managers",
        help_text=_("Children are included."),
    )
    language = models.CharField(
        _("language"),
        max_length=10,
        choices=languages,
        blank=True,
        default="",
        db_default="",
        help_text=_("The language of pages and e-mails. Leave empty: pages follow the browser, and e-mails the site."),
    )
    list_columns = models.JSONField(
        _("columns of lists"),
        default=dict,
        blank=True,
        editable=False,
        db_default=models.Value({}, models.JSONField()),
        help_text=_("By the name of a list's page, the columns that the person chose to see there."),
    )

    has_old_name = models.BooleanField(
        _("user name from before the rules"),
        default=False,
        db_default=False,
        editable=False,
        help_text=_("The account keeps the name until somebody changes it, or check_user_names repairs it."),
    )

    # Where a page shows another person of the same name: what differs. Set by organizations.telling_apart.
    differs: str = ""
    # Where the name leads on a page. Set by organizations.leading.
    page: str = ""

    switched_at = models.DateTimeField(
        _("last switch"),
        null=True,
        editable=False,
        help_text=_("When the organization, the participation or the activity of the account was changed last."),
    )

    objects: ClassVar[PeopleManager] = PeopleManager()

    REQUIRED_FIELDS = ["email", "organization"]

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="user_email_unique",
                condition=~models.Q(email=""),
                violation_error_message=_("Another account has this e-mail address."),
            ),
            # Also how a name typed in another case is found.
            models.UniqueConstraint(
                Lower("username"),
                name="user_name_unique",
                condition=models.Q(has_old_name=False),
                violation_error_message=_(
                    "Another account has this user name. Choose one that differs by more than case."
                ),
            ),
            models.CheckConstraint(
                condition=models.Q(has_old_name=True) | ~IS_ADDRESS | IS_OWN_ADDRESS,
                name="user_name_no_other_address",
                violation_error_message=_("Only the account's own e-mail address may be a user name with an @."),
            ),
        ]
        indexes = [
            models.Index(fields=["last_name", "first_name", "id"], name="user_by_name"),
            # The newest of all: what was due after it need not ask whose switch it was.
            models.Index(
                fields=["switched_at"], condition=models.Q(switched_at__isnull=False), name="user_switched_last"
            ),
            # Few, where all accounts would have to be compared with an expression: see `with_a_fault`.
            models.Index(fields=["id"], condition=reduce(or_, faults_of_accounts().values()), name="user_with_a_fault"),
        ]

    def __str__(self) -> str:
        return f"{self.plain_name} ({self.differs})" if self.differs else self.plain_name

    @property
    def plain_name(self) -> str:
        """Full name, or the user name of an account without one: no more of an address than what is before its @."""
        return self.get_full_name() or self.username.partition("@")[0]

    def clean(self) -> None:
        """Refuses a user name by its constraints, whatever fields a form shows. An old name may stay as it is."""
        super().clean()
        unchanged = User.objects.filter(pk=self.pk, username=self.username, has_old_name=True)
        self.has_old_name = self.has_old_name and unchanged.exists()
        for constraint in self._meta.constraints:
            if constraint.name in {"user_name_unique", "user_name_no_other_address"}:
                try:
                    constraint.validate(User, self)
                except ValidationError as error:
                    raise ValidationError({"username": error.messages}) from error

    @property
    def display_name(self) -> str:
        """The name as it is printed."""
        return str(self)
