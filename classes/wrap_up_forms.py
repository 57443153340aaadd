"""Turns what Wrap up posts into students, badges and changes of lines, each within the person's reach."""

from collections.abc import Collection, Mapping
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from badges.held.remarking import RemarkForm, remark_of_student
from badges.issuing.remarks import Remarks
from badges.models import Badge
from classes.forms import Chosen, changes_of, out_of_reach, pairs_of, remark_refused
from classes.matching import Matches, Person, match
from classes.matrix import MOST_COLUMNS, Ticks
from classes.models import Class, Enrollment
from classes.rosters import Change, lines, people
from classes.selecting import key_of
from listing.chosen import is_id, numbers
from organizations.models import User
from organizations.scope import within_scope


class WrapUpForm:
    """The page as it was sent: what is ticked, the completions chosen, and the key of the page.

    A badge or student out of reach (deleted, of another organization, forged) is told, and nothing is issued before the
    person has seen what is left. One in reach that may no longer be issued stays: issuing reports it with its reason.
    """

    def __init__(self, data: QueryDict, *, klass: Class, user: User) -> None:
        self.data = data
        self.errors: list[str] = []
        self.line_errors: Mapping[int, str] = {}
        self.key = key_of(data.get("key", ""))
        self.pairs = pairs_of(" ".join(data.getlist("give")))
        self.seen = numbers(data.getlist("columns"))[:MOST_COLUMNS]
        # A list that was pasted, whom its unclear lines were said to mean, and whom it has found: their lines alone are shown.
        self.text = data.get("list", "")
        self.meant = [word for name in ("meant", "yes") for word in data.getlist(name)]
        self.only = numbers(data.getlist("only"))
        # With a script, ticks have followed each completion that was chosen.
        self.is_scripted = data.get("scripted") == "1"
        self.remark = RemarkForm(data)
        self._own_remarks: dict[int, RemarkForm] = {}
        self._klass, self._user = klass, user

    def badges(self) -> Chosen[Badge]:
        """The badges of the pairs, in the order of the page."""
        wanted = {badge for badge, _student in self.pairs}
        ids = [pk for pk in self.seen if pk in wanted] + sorted(wanted.difference(self.seen))
        rows = Badge.objects.filter(organization_id=self._klass.organization_id).select_related("provider")
        return Chosen.among(rows, ids)

    def students(self) -> Chosen[User]:
        """The students of the pairs."""
        return Chosen.among(people(self._klass, self._user), sorted({student for _badge, student in self.pairs}))

    def choices_of(self, line: Enrollment) -> QueryDict | None:
        """What was sent, where the page still shows it of this line: refused, or not saved yet and changed by nobody since."""
        is_unsaved = self.data.get(f"line-{line.pk}-was_completion") == line.completion_status
        return self.data if self.errors or is_unsaved else None

    def remark_of(self, student_id: int) -> RemarkForm:
        """What is said of this student's badges alone."""
        if student_id not in self._own_remarks:
            self._own_remarks[student_id] = remark_of_student(self.data, student_id)
        return self._own_remarks[student_id]

    def remarks(self) -> Remarks:
        """What is said of the badges of the pairs; once `complain` has found nothing."""
        students = {student for _badge, student in self.pairs}
        return Remarks(self.remark.remark, {pk: self.remark_of(pk).remark for pk in students})

    def changes(self) -> list[Change]:
        """What is chosen of the lines, where it differs from what the page showed."""
        named = {pk for name in self.data if (pk := _line_of(name)) is not None}
        shown = lines(self._klass, self._user).filter(pk__in=named) if named else ()
        return [change for change in changes_of(self.data, shown) if change.is_change]

    def matches(self) -> Matches:
        """What became of the list that was pasted, among the students to whom the person may issue badges here."""
        shown = lines(self._klass, self._user).enrolled().order_by("pk")
        named: Any = shown.annotate(address=within_scope(self._user, "student", "student__email"))
        persons = [Person(line.student_id, line.student.plain_name, line.address) for line in named]
        return match(self.text, persons, dict(map(_answer, self.meant)))

    def ticks(self, renewed: Collection[int] = (), selected: Collection[int] = ()) -> Ticks:
        """What the page shows as ticked when it is drawn again."""
        return Ticks(self.pairs, self.seen, renewed, selected)

    def complain(self, badges: Chosen[Badge], students: Chosen[User]) -> bool:
        """Whether it cannot be issued as it stands; `errors` says why, in sentences."""
        self.errors += out_of_reach(badges, students)
        if any(one.is_refused for one in [self.remark, *(self.remark_of(student.pk) for student in students.rows)]):
            self.errors.append(remark_refused())
        if not self.pairs:
            self.errors.append(_("Tick at least one badge."))
        elif self.key is None:
            self.refuse(_("This form was not complete. Check the ticks, and press the button again."))
        return bool(self.errors)

    def refuse(self, sentence: str) -> None:
        """Say why nothing was issued; the next press is another request, under a new key."""
        self.errors.append(sentence)
        self.key = None


def _answer(word: str) -> tuple[str, int]:
    """What a button beside an unclear line sends: the line, and whom it means."""
    key, _colon, line = word.partition(":")
    return line, int(key) if is_id(key) else 0


def _line_of(name: str) -> int | None:
    """The line that a field is about."""
    parts = name.split("-")
    return int(parts[1]) if len(parts) == 3 and parts[0] == "line" and is_id(parts[1]) else None
