"""Wrap up: completion, the students by the badges, and one press for both."""

import datetime as dt
import re
import uuid

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from badges.models import IssuanceBatch, IssuedBadge
from classes.models import Class, Enrollment, Selection
from classes.views import wrapping_up
from tests.classes.views.addresses import HTMX, url
from tests.factories import PAST, BadgeFactory, EnrollmentFactory, IssuedBadgeFactory

Status, Completion = Enrollment.Status, Enrollment.Completion


@pytest.fixture
def badge(world):
    """Of the course, and ready for everybody."""
    badge = BadgeFactory.create(organization=world.academy, name="Night Owl")
    world.course.badges.add(badge)
    return badge


@pytest.fixture
def page(world):
    return url("wrap_up", world)


def text_of(response):
    return " ".join(response.content.decode().split())


def chosen(completion, *lines, was=Completion.UNKNOWN):
    """What the selects of these lines send."""
    return {
        f"line-{line.pk}-{name}": value
        for line in lines
        for name, value in [("was_enrollment", "enrolled"), ("was_completion", was), ("completion", completion)]
    }


def give(*pairs):
    return {"give": [f"{badge.pk}-{student.pk}" for badge, student in pairs]}


def press(client, page, button="issue", **fields):
    return client.post(page, {button: "1", "key": uuid.uuid4()} | fields)


def ticked(response):
    return [(cell.badge, cell.student) for cell in response.context["matrix"].ticked]


def statuses():
    return list(Enrollment.objects.order_by("pk").values_list("completion_status", flat=True))


def test_an_organization_s_instructor_sees_the_own_students_alone(world, as_, page, badge):
    seen = {persona: as_(persona).get(page).context["matrix"].rows for persona in ("instructor", "contractor")}

    assert [row.line.student for row in seen["instructor"]] == [world.student]
    assert {row.line.student for row in seen["contractor"]} == {world.student, world.guest}


def test_who_is_not_enrolled_has_no_line(world, as_, page, badge):
    EnrollmentFactory.create(klass=world.klass, enrollment_status=Status.WAIT_LISTED)

    assert len(as_("contractor").get(page).context["matrix"].rows) == 2


def test_where_nobody_is_enrolled_the_roster_says_why(world, as_, page, badge):
    Enrollment.objects.update(enrollment_status=Status.WAIT_LISTED)

    response = as_("contractor").get(page, follow=True)

    assert response.redirect_chain == [(url("roster", world), 302)]
    assert "No one on this roster is Enrolled." in text_of(response)


@pytest.mark.parametrize("place", ["details", "roster"])
def test_it_is_reached_from_the_class_once_that_has_begun(world, as_, page, badge, place):
    client = as_("instructor")
    link = f'<a class="button primary" href="{page}">'

    assert link in text_of(client.get(url(place, world)))
    now = timezone.now()
    Class.objects.update(starts_at=now + dt.timedelta(days=1), ends_at=now + dt.timedelta(days=2))
    assert link not in text_of(client.get(url(place, world)))


def test_one_press_completes_everybody_of_whom_nothing_was_said(world, as_, page, badge):
    attending = EnrollmentFactory.create(klass=world.klass, completion_status=Completion.ATTENDING)
    waiting = EnrollmentFactory.create(klass=world.klass, enrollment_status=Status.WAIT_LISTED)

    response = press(as_("contractor"), page, "complete", columns=badge.pk)

    assert statuses() == [Completion.COMPLETE] * 2 + [Completion.ATTENDING, Completion.UNKNOWN]
    assert "2 changes saved." in text_of(response)
    assert set(ticked(response)) == {(badge, world.student), (badge, world.guest)}
    assert {attending.student, waiting.student}.isdisjoint({student for _badge, student in ticked(response)})


def test_an_organization_s_instructor_completes_the_own_students_alone(world, as_, page, badge):
    press(as_("instructor"), page, "complete")

    assert statuses() == [Completion.COMPLETE, Completion.UNKNOWN]


def test_what_was_chosen_of_somebody_is_saved_along_and_stays(world, as_, page, badge):
    fields = chosen(Completion.NO_SHOW, world.guest_enrollment)

    response = press(as_("contractor"), page, "complete", columns=badge.pk, scripted="1", **fields)

    assert statuses() == [Completion.COMPLETE, Completion.NO_SHOW]
    assert ticked(response) == [(badge, world.student)]


def test_what_was_ticked_by_hand_stays_when_completion_is_saved(world, as_, page, badge):
    other = BadgeFactory.create(organization=world.academy)
    world.course.badges.add(other)
    fields = chosen(Completion.COMPLETE, world.enrollment) | give((other, world.guest))
    columns = f"{badge.pk},{other.pk}"

    plain = press(as_("contractor"), page, "save", columns=columns, **fields)

    assert set(ticked(plain)) == {(badge, world.student), (other, world.student), (other, world.guest)}
    fields = chosen(Completion.COMPLETE, world.guest_enrollment) | give((badge, world.guest))
    scripted = press(as_("contractor"), page, "save", columns=columns, scripted="1", **fields)
    assert ticked(scripted) == [(badge, world.guest)]


@pytest.mark.parametrize("button", ["choose", "find", "everybody", "tick", "count"])
def test_a_completion_that_is_not_saved_yet_stays_chosen_whatever_is_pressed(world, as_, page, badge, button):
    fields = chosen(Completion.FAILED, world.enrollment) | {"columns": badge.pk, "badges": badge.pk}
    fields["list"] = world.student.plain_name

    response = as_("contractor").post(page, {button: badge.pk, "key": uuid.uuid4()} | fields, headers=HTMX)

    assert text_of(response).count('<option value="failed" selected>') == 1
    assert statuses() == [Completion.UNKNOWN] * 2


def test_the_ticked_pairs_are_issued_and_their_results_shown(world, as_, page, badge):
    other = BadgeFactory.create(organization=world.academy)
    pairs = [(badge, world.student), (other, world.guest)]

    response = press(as_("contractor"), page, **give(*pairs))

    batch = IssuanceBatch.objects.get()
    assert response["Location"] == f"{url('issued_badges', world, batch_id=batch.pk)}?wrap_up=1#results"
    assert [(item.badge, item.student) for item in batch.items.order_by("pk")] == pairs
    assert batch.issued_by == world.contractor


@pytest.mark.parametrize("button", ["choose", "keep"])
def test_without_a_script_all_that_was_typed_goes_through_the_dialog_and_back(world, as_, page, badge, button):
    client, typed = as_("contractor"), {"note": "So", f"student-{world.guest.pk}-note": "Own"}
    fields = chosen(Completion.FAILED, world.enrollment) | give((badge, world.guest)) | typed
    dialog = f"{url('wrap_up_choose_badges', world)}?badges={badge.pk}"
    opened = client.post(dialog, {"list_opens": "1", "key": uuid.uuid4(), "columns": badge.pk, **fields})

    sent = dict(opened.context["carried"]) | {"choose": "badges", "badges": badge.pk, button: "badges"}
    back = client.post(opened.context["back"], sent)

    assert ticked(back) == [(badge, world.guest)]
    assert back.context["remark"]["note"].value() == "So"
    assert ">\nOwn</textarea>" in back.text
    assert '<option value="failed" selected>' in text_of(back)


def test_what_the_page_leaves_out_is_told_with_its_reason(world, as_, page, badge):
    held = BadgeFactory.create(organization=world.academy, name="Held by all")
    for student in (world.student, world.guest):
        IssuedBadgeFactory.create(badge=held, student=student)
    fields = chosen(Completion.COMPLETE, world.enrollment) | give((badge, world.student))
    page = f"{page}?badges={badge.pk}&badges={held.pk}"

    press(as_("contractor"), page, columns=[badge.pk, held.pk], **fields)

    items = IssuanceBatch.objects.get().items
    assert [item.student for item in items.filter(code="")] == [world.student]
    assert set(items.exclude(code="").values_list("badge", "student", "code", "message")) == {
        (badge.pk, world.guest.pk, "left_out", "The student has not completed this class: Unknown."),
        (held.pk, world.student.pk, "left_out", "The student already has this badge."),
        (held.pk, world.guest.pk, "left_out", "The student already has this badge."),
    }


def test_a_note_and_a_link_go_with_the_badges_and_a_student_may_have_own_ones(world, as_, page, badge):
    own = {f"student-{world.guest.pk}-note": "<b>Own</b>", f"student-{world.guest.pk}-link": ""}
    fields = give((badge, world.student), (badge, world.guest)) | own

    press(as_("contractor"), page, note="For all", link="work.example/a", **fields)

    said = IssuedBadge.objects.order_by("pk").values_list("student", "note", "link")
    assert set(said) == {
        (world.student.pk, "For all", "https://work.example/a"),
        (world.guest.pk, "<b>Own</b>", "https://work.example/a"),
    }


@pytest.mark.parametrize(
    ("field", "typed", "error"),
    [
        ("note", "<i>n</i>" * 1_250, "Ensure this value has at most 1000 characters (it has 10000)."),
        ("link", "javascript:alert(1)", "Enter a whole web address that begins with https://."),
    ],
)
@pytest.mark.parametrize("whose", ["everybody", "student"])
def test_what_is_wrong_with_a_note_is_said_at_its_field_and_nothing_is_lost(
    world, as_, page, badge, field, typed, error, whose
):
    name = field if whose == "everybody" else f"student-{world.student.pk}-{field}"
    fields = chosen(Completion.COMPLETE, world.enrollment) | give((badge, world.student)) | {name: typed}

    response = press(as_("contractor"), page, columns=badge.pk, **fields)

    assert response.status_code == 422
    assert "Nothing was issued. Correct the note or the link that is marked, and press again." in text_of(response)
    assert (ticked(response), statuses()) == ([(badge, world.student)], [Completion.UNKNOWN] * 2)
    line = response.context["matrix"].rows[0].line
    form = response.context["remark"] if whose == "everybody" else line.remark
    assert (line.student, form[field].value(), form[field].errors) == (world.student, typed, [error])
    assert response.text.count('<details class="remark') == 3
    assert len(re.findall(r'<details class="remark[^"]*" open>', response.text)) == 1
    assert (escape(typed) in response.text, "<i>n" in response.text) == (True, False)
    assert not IssuedBadge.objects.exists()


def test_a_student_who_is_withdrawn_while_the_badge_can_be_undone_keeps_it_and_so_does_undo(
    world, as_, page, badge, settings
):
    settings.UNDO_SECONDS = 60
    client = as_("contractor")
    results = press(client, page, note="Well done", **give((badge, world.student), (badge, world.guest))).url

    Enrollment.objects.filter(pk=world.enrollment.pk).update(enrollment_status=Status.CANCELLED)

    shown = client.get(results)
    assert (shown.status_code, len(shown.context["outcome"].issued)) == (200, 2)
    batch = IssuanceBatch.objects.get()
    client.post(reverse("badges:undo_issuance", args=[batch.pk]))
    assert (IssuedBadge.objects.count(), batch.items.filter(code="undone").count()) == (0, 2)
    again = press(client, page, note="Once more", **give((badge, world.student), (badge, world.guest)))
    assert client.get(again.url).status_code == 200
    assert list(IssuedBadge.objects.values_list("student", "note")) == [(world.guest.pk, "Once more")]


def test_completion_is_saved_first_and_then_the_badges_are_issued(world, as_, page, badge):
    fields = chosen(Completion.COMPLETE, world.enrollment) | give((badge, world.student))

    assert press(as_("contractor"), page, **fields).status_code == 302

    assert statuses() == [Completion.COMPLETE, Completion.UNKNOWN]
    assert IssuedBadge.objects.count() == 1


def test_where_completion_is_refused_nothing_is_issued_and_all_stays_as_it_was_chosen(world, as_, page, badge):
    Enrollment.objects.filter(pk=world.guest_enrollment.pk).update(completion_status=Completion.FAILED)
    fields = chosen(Completion.COMPLETE, world.enrollment, world.guest_enrollment) | give((badge, world.guest))

    response = press(as_("contractor"), page, columns=badge.pk, **fields)

    assert response.status_code == 422
    assert (IssuanceBatch.objects.count(), statuses()) == (0, [Completion.UNKNOWN, Completion.FAILED])
    assert ticked(response) == [(badge, world.guest)]
    source = text_of(response)
    assert "Nothing was saved or issued." in source
    assert "Someone else just changed this student to Enrolled, Failed." in source
    assert source.count('<option value="complete" selected>') == 2


def test_from_its_results_a_crumb_leads_back(world, as_, page, badge):
    client = as_("contractor")

    results = press(client, page, **give((badge, world.student))).url

    crumb = f'<li><a href="{page}">Wrap up</a></li>'
    assert crumb in client.get(results).text
    assert crumb not in client.get(results.partition("?")[0]).text


def test_a_second_press_of_the_same_page_leads_to_the_first_result(world, as_, page, badge):
    fields = chosen(Completion.COMPLETE, world.enrollment) | give((badge, world.student)) | {"key": uuid.uuid4()}
    client = as_("contractor")

    first, again = press(client, page, **fields), press(client, page, **fields)

    assert first["Location"] == again["Location"]
    assert (IssuanceBatch.objects.count(), IssuedBadge.objects.count()) == (1, 1)


def test_a_second_press_that_the_first_one_overtook_issues_nothing_more(world, as_, page, badge):
    """The first had saved the completion, and its badges were not there yet when the second one looked."""
    Enrollment.objects.filter(pk=world.enrollment.pk).update(completion_status=Completion.COMPLETE, completed_at=PAST)
    fields = chosen(Completion.COMPLETE, world.enrollment) | give((badge, world.student))

    assert press(as_("contractor"), page, **fields).status_code == 302
    assert IssuedBadge.objects.count() == 1


def test_the_key_of_somebody_else_issues_nothing(world, as_, page, badge):
    key = uuid.uuid4()
    press(as_("instructor"), page, key=key, **give((badge, world.student)))

    response = press(as_("contractor"), page, key=key, columns=badge.pk, **give((badge, world.guest)))

    assert response.status_code == 422
    assert "This form was sent before, for something else." in text_of(response)
    assert response.context["key"] != key
    assert IssuedBadge.objects.count() == 1


def test_what_became_held_in_between_fails_with_its_reason_and_the_rest_is_issued(world, as_, page, badge):
    IssuedBadgeFactory.create(badge=badge, student=world.student)

    response = press(as_("contractor"), page, **give((badge, world.student), (badge, world.guest)))

    outcome = as_("contractor").get(response["Location"]).context["outcome"]
    assert [failure.pair.student for failure in outcome.failed] == [world.student]
    assert [item.student for item in outcome.issued] == [world.guest]


def test_forged_badges_and_students_issue_nothing(world, as_, page, badge):
    strange = BadgeFactory.create(organization=world.partner)

    for pair in [(strange, world.student), (badge, world.guest), (badge, world.stranger)]:
        response = press(as_("instructor"), page, **give((badge, world.student), pair))
        assert response.status_code == 422

    assert not IssuanceBatch.objects.exists()


def test_forged_lines_are_not_changed(world, as_, page, badge):
    press(as_("instructor"), page, "save", **chosen(Completion.COMPLETE, world.guest_enrollment))

    assert statuses() == [Completion.UNKNOWN] * 2


def test_who_may_not_change_lines_issues_and_sets_no_completion(world, as_, page, badge):
    Permission.objects.get(codename="change_enrollment").group_set.clear()
    client = as_("contractor")

    source = text_of(client.get(page))
    assert "<select" not in source
    assert 'name="complete"' not in source
    assert press(client, page, "complete").status_code == 403
    assert (
        press(client, page, **chosen(Completion.COMPLETE, world.enrollment), **give((badge, world.student))).status_code
        == 403
    )
    assert not IssuanceBatch.objects.exists()
    assert press(client, page, **give((badge, world.student))).status_code == 302


def test_with_nothing_ticked_nothing_is_issued(world, as_, page, badge):
    response = press(as_("contractor"), page, columns=badge.pk)

    assert (response.status_code, response.context["form"].errors) == (422, ["Tick at least one badge."])


def test_a_column_ticks_who_is_complete_without_a_script_and_then_says_that_it_unticks_them(world, as_, page, badge):
    Enrollment.objects.filter(pk=world.enrollment.pk).update(completion_status=Completion.COMPLETE, completed_at=PAST)
    Enrollment.objects.filter(pk=world.guest_enrollment.pk).update(completion_status=Completion.FAILED)
    client, number = as_("contractor"), "<span data-number>1</span>"

    before = press(client, page, "count", columns=badge.pk)
    assert (ticked(before), 'name="tick"' in before.text, 'name="untick"' in before.text) == ([], True, False)
    assert f'<span data-does="untick" hidden> Untick {number}' in text_of(before)
    assert "<span data-ready>1</span> ready" in before.text
    response = press(client, page, "tick", columns=badge.pk, tick=badge.pk)
    assert ticked(response) == [(badge, world.student)]
    assert ('name="tick"' in response.text, 'name="untick"' in response.text) == (False, True)
    assert f'<span data-does="tick" hidden> Tick {number}' in text_of(response)
    both = give((badge, world.student), (badge, world.guest))
    response = press(client, page, "untick", columns=badge.pk, untick=badge.pk, **both)
    assert ticked(response) == [(badge, world.guest)]  # who was ticked by hand stays so
    assert ticked(press(client, page, "tick", columns=badge.pk, tick="x")) == []


def test_a_cell_says_that_its_student_has_not_completed(world, as_, page, badge):
    Enrollment.objects.filter(pk=world.enrollment.pk).update(completion_status=Completion.COMPLETE, completed_at=PAST)
    Enrollment.objects.filter(pk=world.guest_enrollment.pk).update(completion_status=Completion.FAILED)

    source = text_of(as_("contractor").get(page))

    assert (source.count('<label class="give">'), source.count('<label class="give not-complete">')) == (1, 1)
    assert "<small data-completion>Failed</small>" in source


def test_badges_are_added_and_what_is_ticked_stays(world, as_, page, badge):
    other = BadgeFactory.create(organization=world.academy, name="Peer Mentor")
    client = as_("contractor")
    fields = {"choose": "badges", "badges": [badge.pk, other.pk], "columns": badge.pk} | give((badge, world.guest))

    response = client.post(page, fields, headers=HTMX)

    assert [column.badge for column in response.context["matrix"].columns] == [badge, other]
    assert ticked(response) == [(badge, world.guest)]
    assert response["HX-Replace-Url"] == f"{page}?selection={Selection.objects.get().pk}"
    plain = client.post(page, fields, follow=True)
    assert [column.badge for column in plain.context["matrix"].columns] == [badge, other]


def test_the_badges_of_the_page_are_chosen_when_the_dialog_opens(world, as_, page, badge):
    client = as_("contractor")
    [opener] = re.findall(r'id="add-badges" href="([^"]+)"', client.get(page).content.decode())

    dialog = client.get(opener.replace("&amp;", "&"))

    assert list(dialog.context["listing"].chosen) == [str(badge.pk)]
    assert dialog.context["back"] == f"{page}?badges={badge.pk}"
    assert ">Wrap up</a>" in text_of(dialog)


def test_what_was_chosen_is_over_once_it_is_issued(world, as_, page, badge):
    client = as_("contractor")
    address = client.post(page, {"choose": "badges", "badges": badge.pk})["Location"]

    press(client, address, **give((badge, world.student)))

    assert not Selection.objects.exists()


def named(student, first, last):
    student.first_name, student.last_name = first, last
    student.save()


def shown(response):
    return [row.line.student for row in response.context["matrix"].rows]


def test_of_a_list_that_is_pasted_the_students_are_shown_and_ticked(world, as_, page, badge):
    other = BadgeFactory.create(organization=world.academy)
    more = EnrollmentFactory.create(klass=world.klass).student
    named(world.student, "Jiří", "Hřebíčková")
    named(world.guest, "Moana", "Horomona")
    text = "Hrebickova, Jiri\nMoanna Horomona\nMike Pennyfarrow\njiri hrebickova"
    columns = f"{badge.pk},{other.pk}"
    client, page = as_("contractor"), f"{page}?badges={columns}"

    response = press(client, page, "find", list=text, columns=columns, **give((other, world.student), (badge, more)))

    assert shown(response) == [world.student]
    assert set(ticked(response)) == {(badge, world.student), (other, world.student)}
    assert "1 of them is not set to Complete." in text_of(response)
    assert 'id="found" tabindex="-1" autofocus' in response.text
    assert "autofocus" not in press(client, page, "count", list=text, columns=columns, only=world.student.pk).text
    [question] = response.context["questions"]
    assert (question["text"], question["people"]) == ("Moanna Horomona", [world.guest])
    assert (response.context["unknown"], response.context["matches"].repeated) == ("Mike Pennyfarrow", 1)

    fields = {"list": text, "columns": columns, "only": world.student.pk}
    response = press(client, page, "yes", **fields | {"yes": f"{world.guest.pk}:Moanna Horomona"})
    assert set(shown(response)) == {world.student, world.guest}
    assert ticked(response) == [(badge, world.guest)]  # what was unticked of the first stays so
    assert response.context["questions"] == []
    assert f'name="meant" value="{world.guest.pk}:Moanna Horomona"' in text_of(response)

    response = press(client, page, "everybody", **fields)
    assert len(shown(response)) == 3
    assert "Hrebickova" not in response.content.decode()
    assert "Everyone is listed again: 3 students." in text_of(response)
    assert 'id="found" role="status" tabindex="-1" autofocus' in response.text


def test_a_list_finds_nobody_whom_the_instructor_does_not_see(world, as_, page, badge):
    waiting = EnrollmentFactory.create(klass=world.klass, enrollment_status=Status.WAIT_LISTED).student
    named(world.guest, "Moana", "Horomona")
    named(waiting, "Arjun", "Iyersen")
    world.guest.email = "moana@north.example"
    world.guest.save()
    text = f"Moana Horomona\n{world.guest.email}\nMoanna Horomona\nArjun Iyersen"

    response = press(as_("instructor"), page, "find", list=text)
    forged = press(as_("instructor"), page, "yes", list=text, yes=f"{world.guest.pk}:Moana Horomona")

    for one in (response, forged):
        matches = one.context["matches"]
        assert (list(matches.found), list(matches.asked), len(matches.unknown)) == ([], [], 4)
        assert shown(one) == [world.student]


def test_an_address_that_the_reader_may_not_see_finds_nobody(world, as_, page, badge):
    text = f"{world.guest.email}"

    seen = {
        persona: press(as_(persona), page, "find", list=text).context for persona in ("contractor", "administrator")
    }

    assert [one.key for one in seen["contractor"]["matches"].found] == [world.guest.pk]
    assert list(seen["administrator"]["matches"].found) == []


def test_only_the_students_of_the_list_are_completed_and_what_is_refused_keeps_it(world, as_, page, badge):
    text = world.student.plain_name

    press(as_("contractor"), page, "complete", list=text, only=world.student.pk)
    refused = press(as_("contractor"), page, list=text, only=world.student.pk)

    assert statuses() == [Completion.COMPLETE, Completion.UNKNOWN]
    assert (refused.status_code, shown(refused)) == (422, [world.student])
    assert f">{text}</textarea>" in refused.content.decode()


def test_of_equal_names_it_is_asked_which_one(world, as_, page, badge):
    named(world.student, "Ada", "Park")
    named(world.guest, "Ada", "Park")

    response = press(as_("contractor"), page, "find", list="Ada Park")

    assert [person.pk for person in response.context["questions"][0]["people"]] == sorted(
        [world.student.pk, world.guest.pk]
    )
    assert "Which one?" in text_of(response)
    assert f"Ada Park ({world.guest.email})" in text_of(response)


def test_before_the_class_begins_no_completion_is_offered(world, as_, page, badge):
    now = timezone.now()
    Class.objects.update(starts_at=now + dt.timedelta(days=1), ends_at=now + dt.timedelta(days=2))

    source = text_of(as_("contractor").get(page))

    assert "You can set completion once the class has started." in source
    assert 'name="complete"' not in source


def test_a_large_class_has_pages_and_says_what_the_button_issues(world, as_, page, badge):
    EnrollmentFactory.create_batch(101, klass=world.klass)
    client = as_("contractor")

    first, second = client.get(page), client.get(f"{page}?page=2")

    assert [len(response.context["matrix"].rows) for response in (first, second)] == [100, 3]
    assert "The button below issues what is ticked on this page." in text_of(first)
    press(client, page, "complete")
    assert set(statuses()) == {Completion.COMPLETE}


def test_what_cannot_be_issued_has_its_sentence_and_its_repair(world, as_, page, badge):
    world.guest.email = ""
    world.guest.save()
    world.student.email = ""
    world.student.save()

    source = text_of(as_("administrator").get(page))

    assert source.count("The student's account has no e-mail address.".replace("'", "&#x27;")) >= 4
    assert reverse("admin:organizations_user_change", args=[world.student.pk]) in source
    assert "No badge is ready. See the reasons in the table." in source


@pytest.mark.parametrize("number", [1, 20])
def test_the_number_of_queries_does_not_depend_on_the_size(world, as_, page, badge, number, django_assert_num_queries):
    EnrollmentFactory.create_batch(number, klass=world.klass)
    client = as_("contractor")
    chosen_badges = [badge, *BadgeFactory.create_batch(number, organization=world.academy)]
    address = f"{page}?badges={','.join(str(one.pk) for one in chosen_badges)}"

    with django_assert_num_queries(21):
        assert client.get(address).status_code == 200


def test_the_acts_are_those_of_the_page(world, as_, page, badge):
    """Every button of the form is one that the view knows, but for what leads elsewhere; the first, which Enter presses,
    changes nothing.
    """
    source = as_("contractor").get(page).content.decode()
    names = re.findall(
        r'<button(?![^>]*\bformaction=)[^>]*\bname="(\w+)"', source.partition('id="wrap-up"')[2].partition("</form>")[0]
    )

    assert names[0] == "count"
    assert set(names) - {"count"} <= set(wrapping_up._ACTS)
    assert press(as_("contractor"), page, "count").status_code == 200


def test_after_an_undo_the_same_is_ticked_again_and_nothing_else(world, as_, page, badge, settings):
    settings.UNDO_SECONDS = 60
    Enrollment.objects.update(completion_status=Completion.COMPLETE, completed_at=PAST)
    client = as_("contractor")
    assert len(ticked(client.get(page))) == 2
    press(client, page, columns=badge.pk, **give((badge, world.guest)))
    batch = IssuanceBatch.objects.get()

    undone = client.post(reverse("badges:undo_issuance", args=[batch.pk]), {"next": page}, follow=True)
    again = f"{page}?again={batch.pk}"

    assert f'<a href="{again}">Change it and issue again</a>' in undone.text
    assert ticked(client.get(again)) == [(badge, world.guest)]
    assert len(ticked(client.get(page))) == 2
    assert len(ticked(as_("instructor").get(again))) == 1  # who has not issued it finds what is proposed
