"""A tree of organizations with a row of every model, whose every word is a canary: no other tree may ever hear of it."""

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.contrib.admin.models import CHANGE, LogEntry
from django.db import models

from achievements.models import AchievementChange, SweepPart, UndeliveredBadge
from badges.models import (
    Badge,
    BadgeLetter,
    BadgeProvider,
    IssuedBadge,
    LetterPause,
    ProviderEvent,
    ProviderPace,
    StepMoment,
    Via,
)
from badges.openbadges import credentials, keys
from classes.models import Class, Enrollment, Selection
from courses.models import Course
from operation.models import FormPress
from organizations.models import AuditEntry, AuditSeal, Organization, PasswordLetter, User, UserSession
from tests import factories as f

AHEAD = dt.timedelta(days=1)
PERSONAS = ("administrator", "instructor", "contractor", "student", "nobody")


@dataclass
class Tree:
    """One customer: `root` above `child`, and its people. `word` is in all names of things, `people` in all of persons."""

    word: str
    people: str
    root: Organization
    child: Organization
    administrator: User
    instructor: User
    contractor: User
    student: User
    nobody: User
    klass: Class
    course: Course
    rows: dict[type[models.Model], models.Model] = field(default_factory=dict)
    ids: dict[str, Any] = field(default_factory=dict)

    @property
    def personas(self) -> Mapping[str, User]:
        """Those who walk."""
        return {name: getattr(self, name) for name in PERSONAS}

    def keep(self, *rows: models.Model) -> None:
        """As the row of its model, for the addresses of the administration."""
        self.rows |= {type(row): row for row in rows}


def plant(word: str, people: str) -> Tree:
    """A tree with everything: shared providers and badges, a global achievement, a course open to everybody."""
    root = f.OrganizationFactory.create(name=f"{word} root")
    child = f.OrganizationFactory.create(name=f"{word} child", parent=root, uses_contract_instructors=True)

    def person(factory: Any, name: str, **fields: Any) -> User:
        words = {"first_name": name.capitalize(), "last_name": people, "username": f"{people}-{name}".lower()}
        given: dict[str, Any] = {"organization": child, "email": f"{name}@{people}.example".lower(), **words, **fields}
        made: User = factory.create(**given)
        return made

    course = f.CourseFactory.create(
        name=f"{word} course",
        number=f"{word} C1",
        description=f"About {word}.",
        organization=child,
        content_provider=f.ContentProviderFactory.create(name=f"{word} content", organization=child),
        tags=[f.CourseTagFactory.create(name=f"{word} tag", organization=child)],
        achievements_for_outside_organizations=True,
    )
    instructor = person(f.InstructorFactory, "instructor", is_staff=True)
    contractor = person(f.InstructorFactory, "contractor", organization=root, is_contract_instructor=True)
    klass = f.ClassFactory.create(
        name=f"{word} class",
        number=f"{word} K1",
        location=f"{word} room",
        organization=child,
        course=course,
        instructors=[instructor, contractor],
    )
    tree = Tree(
        word=word,
        people=people,
        root=root,
        child=child,
        administrator=person(f.AdministratorFactory, "administrator", organization=root),
        instructor=instructor,
        contractor=contractor,
        student=person(f.StudentFactory, "student"),
        nobody=person(f.UserFactory, "nobody"),
        klass=klass,
        course=course,
    )
    tree.keep(root, child, tree.student, course, klass)
    _add_visits(tree)
    _add_training(tree)
    _add_badges(tree)
    _add_achievements(tree)
    return tree


def _add_visits(tree: Tree) -> None:
    """What is kept of somebody's visits."""
    student, address = tree.student, f"https://{tree.word}.example/"
    session = UserSession.objects.create(
        session_key=tree.word, user=student, started_at=f.PAST, seen_at=f.PAST, browser=f"{tree.word} browser"
    )
    press = FormPress.objects.create(key=uuid.uuid4(), user=student, led_to=address, pressed_at=f.PAST)
    letter = PasswordLetter.objects.create(user=student, asked_at=f.PAST)
    selection = Selection.objects.create(
        user=tree.instructor, klass=tree.klass, student_ids=[student.pk], updated_at=f.PAST
    )
    view = f.SavedViewFactory.create(
        owner=tree.administrator, organization=tree.child, name=f"{tree.word} view", query=f"q={tree.word}"
    )
    tree.ids["view_id"] = view.pk
    brand = f.BrandFactory.create(organization=tree.root, name=f"{tree.word} brand")
    seal = AuditSeal.objects.create(sealed_at=f.PAST, count=1, digest="0" * 64)
    entry = AuditEntry.objects.create(
        at=f.PAST,
        action="changed",
        actor=tree.administrator,
        person=student,
        organization=tree.child,
        kind="badges.badge",
        words=f"{tree.word} entry",
        before={"name": f"{tree.word} before"},
        after={"name": f"{tree.word} after"},
        seal=seal,
    )
    tree.keep(session, press, letter, selection, view, brand, seal, entry)


def _add_training(tree: Tree) -> None:
    word, child, course, student = tree.word, tree.child, tree.course, tree.student
    group = f.PublishingGroupFactory.create(name=f"{word} group", organization=child)
    group.publishes_to.set([tree.root, child])
    course.publishing_groups.set([group])
    lab = f.LabFactory.create(name=f"{word} lab", number=f"{word} L1", organization=child, is_exam=True)
    activity = f.CourseActivityFactory.create(name=f"{word} activity", course=course, kind="lab", lab=lab)
    profile = f.SubscriptionProfileFactory.create(name=f"{word} subscription", organization=child)
    path = f.LearningPathFactory.create(
        name=f"{word} path", description=word, organization=child, subscription_profile=profile, exam=lab
    )
    step = f.LearningPathCourseFactory.create(learning_path=path, course=course)
    enrollment = f.EnrollmentFactory.create(klass=tree.klass, student=student)
    assignment = f.CourseAssignmentFactory.create(
        student=student, course=course, subscription_profile=profile, assigned_by=tree.administrator
    )
    record = f.TrainingRecordFactory.create(user=student, course=course, source_id=f"{word} record")
    f.TrainingRecordFactory.create(user=student, course=course, lab=lab, source_id=f"{word} lab record")
    tree.keep(group, lab, activity, profile, path, step, enrollment, assignment, record)
    tree.keep(course.content_provider, course.tags.get())  # type: ignore[arg-type]
    tree.ids |= {
        "class_id": tree.klass.pk,
        "enrollment_id": enrollment.pk,
        "assignment_id": assignment.pk,
        "path_id": path.pk,
        "user_id": student.pk,
        "organization_id": child.pk,
        "path": "badges/missing.png",
        "colour": "8a1c4a",
        "digest": "0" * 12,
        "uidb64": "MQ",
        "token": "wrong",
        "row": 0,
        "name": "course_ids",
        "way": "linkedin",
    }


def _add_badges(tree: Tree) -> None:
    word, public_id = tree.word, uuid.uuid4()
    provider = _provider(tree, public_id)
    badge = f.BadgeFactory.create(
        name=f"{word} badge",
        description=f"Of {word}.",
        criteria=f"Do {word}.",
        organization=tree.child,
        provider=provider,
        provider_template_id=f"{word}-template",
        public_id=public_id,
    )
    shared = f.BadgeFactory.create(name=f"{word} shared badge", organization=tree.root, provider=provider)
    shared.available_to.set([tree.child])
    tree.course.badges.set([badge, shared])
    batch = f.IssuanceBatchFactory.create(
        organization=tree.child,
        issued_by=tree.instructor,
        source_id=tree.klass.pk,
        source_words=tree.klass.name,
    )
    issued = _issued(tree, badge, batch=batch, public_id=public_id)
    failed = _issued(
        tree,
        shared,
        status="pending",
        delivery="failed",
        delivered_at=None,
        failure_code="refused",
        failure_message=f"{word} was refused.",
    )
    _issued(tree, shared, status="revoked", revoked_at=f.PAST, revoked_by=tree.administrator, revocation_reason=word)
    item = f.IssuanceItemFactory.create(
        batch=batch, badge=badge, student=tree.student, issued_badge=issued, code="", message=""
    )
    f.IssuanceItemFactory.create(batch=batch, badge=shared, student=tree.student, message=f"{word} held it.")
    letter = BadgeLetter.objects.create(issued_badge=failed, failure=f"{word} has no letter box.")
    credential = credentials.sign(issued)
    tree.keep(StepMoment.objects.create(issued_badge=issued, step="shared", at=f.PAST))
    tree.keep(LetterPause.objects.create(badge=badge, student=tree.student, at=f.PAST))
    tree.keep(UndeliveredBadge.objects.get(issued=failed))
    tree.keep(provider, badge, batch, issued, item, letter, credential, credential.status_list)
    tree.keep(keys.in_use(provider).rsa, *_of_provider(tree, provider))
    tree.ids |= {
        "provider_id": provider.pk,
        "template_id": provider.templates.get().pk,
        "badge_id": badge.pk,
        "batch_id": batch.pk,
        "issued_id": issued.pk,
        "public_id": public_id,
        "key_id": keys.in_use(provider).rsa.pk,
        "number": credential.status_list.number,
        "secret": "wrong",
    }


def _provider(tree: Tree, public_id: uuid.UUID) -> BadgeProvider:
    provider = f.BadgeProviderFactory.create(
        name=f"{tree.word} provider",
        description=f"Of {tree.word}.",
        organization=tree.root,
        public_id=public_id,
        website=f"https://{tree.word}.example/",
        contact_email=f"office@{tree.word}.example",
    )
    provider.available_to.set([tree.child])
    return provider


def _of_provider(tree: Tree, provider: BadgeProvider) -> list[models.Model]:
    template = f.BadgeTemplateFactory.create(
        provider=provider, name=f"{tree.word} template", external_id=f"{tree.word}-template"
    )
    event = ProviderEvent.objects.create(
        provider=provider, event_id=uuid.uuid4(), event_type=f"{tree.word}.event", received_at=f.PAST
    )
    return [template, event, ProviderPace.objects.create(provider=provider, next_at=f.PAST)]


def _issued(tree: Tree, badge: Badge, **fields: Any) -> IssuedBadge:
    made: IssuedBadge = f.IssuedBadgeFactory.create(
        badge=badge,
        student=tree.student,
        via=Via.ROSTER,
        source_id=tree.klass.pk,
        source_words=tree.klass.name,
        issued_by=tree.instructor,
        **fields,
    )
    return made


def _add_achievements(tree: Tree) -> None:
    word, by = tree.word, tree.administrator
    badge = Badge.objects.get(pk=tree.ids["badge_id"])
    conditions = [{"Subject": 10, "Count": 1, "Complete": True, "CourseIds": [tree.course.pk]}]
    achievement = f.AchievementFactory.create(
        name=f"{word} achievement",
        description=f"Of {word}.",
        organization=tree.child,
        badge=badge,
        conditions=conditions,
    )
    f.AchievementFactory.create(name=f"{word} for all", organization=tree.root, is_global=True, badge=badge)
    change = AchievementChange.objects.create(
        achievement=achievement,
        version=1,
        conditions=conditions,
        changed={"name": [f"{word} before", f"{word} achievement"]},
        changed_at=f.PAST,
        changed_by=by,
    )
    sweep = f.SweepFactory.create(started_by=by, earned=1, finished_at=f.PAST + AHEAD)
    earned = f.EarnedAchievementFactory.create(achievement=achievement, user=tree.student, sweep=sweep)
    hold = f.HoldFactory.create(achievement=achievement, sweep=sweep)
    part = SweepPart.objects.create(sweep=sweep, achievement=achievement, held=3)
    problem = f.SweepProblemFactory.create(
        sweep=sweep, achievement=achievement, student=tree.student, message=f"{word} failed."
    )
    tree.keep(achievement, change, sweep, earned, hold, part, problem, f.SweepHintFactory.create())
    tree.ids |= {"achievement_id": achievement.pk, "hold_id": hold.pk, "sweep_id": sweep.pk}
    for row in (achievement, badge, tree.klass, tree.student):
        LogEntry.objects.log_actions(by.pk, [row], CHANGE, f"{word} changed", single_object=True)


def enroll_outsider(tree: Tree, outsider: User) -> dict[type[models.Model], models.Model]:
    """Somebody of another tree takes the open course: enrolled, trained, badge and achievement earned."""
    enrollment: Enrollment = f.EnrollmentFactory.create(klass=tree.klass, student=outsider)
    record = f.TrainingRecordFactory.create(user=outsider, course=tree.course)
    assignment = f.CourseAssignmentFactory.create(student=outsider, course=tree.course)
    badge, achievement = tree.rows[Badge], tree.rows[f.AchievementFactory._meta.model]
    issued = f.IssuedBadgeFactory.create(
        badge=badge, student=outsider, via=Via.ROSTER, source_words=tree.klass.name, issued_by=tree.instructor
    )
    earned = f.EarnedAchievementFactory.create(achievement=achievement, user=outsider, sweep_id=tree.ids["sweep_id"])
    problem = f.SweepProblemFactory.create(sweep_id=tree.ids["sweep_id"], achievement=achievement, student=outsider)
    return {type(row): row for row in (enrollment, record, assignment, issued, earned, problem)}
