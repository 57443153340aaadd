"""Issue Badges: choosing many badges and students, the press, and what became of it."""

import uuid
from urllib.parse import parse_qs, urlencode, urlparse

import pytest
from django.urls import reverse

from badges.models import Badge, IssuanceBatch, IssuedBadge
from classes.forms import MAX_PAIRS
from classes.models import Enrollment, Selection
from tests.classes.views.addresses import HTMX, issue_url, url
from tests.factories import PAST, BadgeFactory, ClassFactory, EnrollmentFactory, IssuedBadgeFactory, StudentFactory

Status = Enrollment.Status


def text_of(response):
    """The page's source, without its line ends."""
    return " ".join(response.content.decode().split())


def ids(rows):
    return [row.pk for row in rows]


def in_address(world, badges, students):
    """The page with these in its address, as a link from elsewhere has it."""
    return f"{url('issue_badges', world)}?{urlencode({'badges': ids(badges), 'students': ids(students)}, doseq=True)}"


def chosen(client, world, badges, students):
    """The page after both dialogs: its address names the selection."""
    page = client.post(url("issue_badges", world), {"choose": "badges", "badges": ids(badges)})
    return client.post(page["Location"], {"choose": "students", "students": ids(students)})["Location"]


def issue(client, world, badges, students, *, key=None, **more):
    return press(client, chosen(client, world, badges, students), key=key, **more)


def press(client, page, *, key=None, **more):
    return client.post(page, {"issue": "1", "key": key or uuid.uuid4()} | more, follow=True)


def rows_of(response):
    form = response.context["form"]
    return list(form.badges.rows), list(form.students.rows)


def test_issue_badges_begins_empty(world, as_):
    page = text_of(as_("instructor").get(url("issue_badges", world)))

    assert "No badge chosen yet." in page
    assert "No student chosen yet." in page


def test_choose_students_offers_an_organization_instructor_only_the_own_students(world, as_):
    response = as_("instructor").get(url("choose_students", world))

    assert [row.pk for row in response.context["listing"].page] == [world.student.pk]


def test_choose_students_offers_a_contract_instructor_the_whole_class(world, as_):
    response = as_("contractor").get(url("choose_students", world))

    assert {row.pk for row in response.context["listing"].page} == {world.student.pk, world.guest.pk}


def test_who_completed_is_told_beside_the_name_and_can_be_added_at_once(world, as_, badge):
    client = as_("contractor")
    for line, completion in ((world.enrollment, "complete"), (world.guest_enrollment, "no_show")):
        line.completion_status, line.completed_at = completion, PAST if completion == "complete" else None
        line.save()

    dialog = client.get(url("choose_students", world) + "?sort=-completion")
    page = client.get(chosen(client, world, [badge], []))
    added = client.post(page.context["here"], {"completed": "1"}, follow=True)

    cells = [[str(cell.value) for cell in line.cells][:2] for line in dialog.context["listing"].lines]
    assert cells == [[str(world.guest), "No Show"], [str(world.student), "Complete"]]
    assert "Add 1 who completed" in text_of(page)
    assert rows_of(added) == ([badge], [world.student])
    assert "who completed" not in text_of(added)


def test_the_chosen_are_reviewed_before_anything_is_issued(world, as_, badge):
    IssuedBadgeFactory.create(badge=badge, student=world.guest)
    client = as_("contractor")

    page = text_of(client.get(chosen(client, world, [badge], [world.student, world.guest])))

    assert "1 badge is ready to be issued." in page
    assert "1 is not, for the reason beside the student." in page
    assert IssuedBadge.objects.count() == 1


def test_of_a_student_with_ready_and_refused_badges_both_are_named(world, as_, badge):
    other = BadgeFactory.create(organization=world.academy, name="Early Bird")
    IssuedBadgeFactory.create(badge=badge, student=world.student)

    response = as_("contractor").get(in_address(world, [badge, other], [world.student]))

    [line] = response.context["grid"]
    assert ([failure.pair.badge for failure in line.failures], line.ready, line.is_ready) == ([badge], [other], False)
    assert "Early Bird</span> Ready" in text_of(response)


def reviewed(client, world, badges, students):
    """What the page that was looked at sends with the button."""
    page = client.get(in_address(world, badges, students))
    return {"not_ready": page.context["seen"], "key": page.context["key"]}


def test_only_what_was_ready_is_sent(world, as_, badge):
    IssuedBadgeFactory.create(badge=badge, student=world.guest)
    client, both = as_("contractor"), [world.student, world.guest]

    page = text_of(issue(client, world, [badge], both, **reviewed(client, world, [badge], both)))

    assert "Warning: Not all badges" not in page
    assert list(IssuedBadge.objects.exclude(batch=None).values_list("student", flat=True)) == [world.student.pk]
    left = page.partition("The following badges were left out:")[2]
    assert str(world.guest) in left
    assert "The student already has this badge." in left


def test_what_could_be_issued_again_meanwhile_is_left_out_and_told(world, as_, badge):
    held = IssuedBadgeFactory.create(badge=badge, student=world.guest)
    client, both = as_("contractor"), [world.student, world.guest]
    seen = reviewed(client, world, [badge], both)
    held.delete()

    page = text_of(issue(client, world, [badge], both, **seen))

    assert "1 badge was left out before issuing, for the reason below." in page
    assert "It could not be issued when you reviewed the lists. It can be now." in page


def test_what_is_refused_in_between_fails(world, as_, badge):
    client, both = as_("contractor"), [world.student, world.guest]
    seen = reviewed(client, world, [badge], both)
    IssuedBadgeFactory.create(badge=badge, student=world.guest)

    first = issue(client, world, [badge], both, **seen)
    again = issue(client, world, [badge], both, **seen)

    assert [failure.pair.student for failure in first.context["outcome"].failed] == [world.guest]
    assert first.redirect_chain == again.redirect_chain


def test_with_nothing_ready_the_button_is_off_and_a_press_is_refused_in_words(world, as_, badge):
    IssuedBadgeFactory.create(badge=badge, student=world.student)
    client = as_("contractor")

    page = client.get(in_address(world, [badge], [world.student]))
    response = issue(client, world, [badge], [world.student], **reviewed(client, world, [badge], [world.student]))

    words = "No badge can be issued. See the reasons beside the students."
    assert 'disabled aria-describedby="before-issuing"' in text_of(page)
    assert words in text_of(page)
    assert (response.status_code, response.context["form"].errors) == (422, [words])
    assert not IssuanceBatch.objects.exists()


@pytest.mark.parametrize("nonsense", ["x", "1", "1-", "1-2-3", "-", "²-1", "9" * 30 + "-1"])
def test_nonsense_in_place_of_pairs_leaves_nobody_out(world, as_, badge, nonsense):
    issue(as_("contractor"), world, [badge], [world.student], not_ready=nonsense)

    assert IssuedBadge.objects.count() == 1


def test_where_nobody_is_enrolled_nothing_is_offered_and_the_address_says_why(world, as_, badge):
    Enrollment.objects.update(enrollment_status=Status.WAIT_LISTED)
    client = as_("contractor")

    pages = [text_of(client.get(url(name, world))) for name in ("roster", "details")]
    answers = [client.get(url("issue_badges", world), follow=True), client.get(issue_url(world), follow=True)]

    assert ["Issue Badges" in page for page in pages] == [False, False]
    assert [[str(message) for message in answer.context["messages"]] for answer in answers] == [
        ["No badge can be issued from here. No one on this roster is Enrolled."],
        ["No badge can be issued from here. The student is not enrolled in this class."],
    ]
    assert [answer.redirect_chain for answer in answers] == [[(url("roster", world), 302)]] * 2


def test_what_a_dialog_has_ticked_takes_the_place_of_its_list_and_leaves_the_other(world, as_, badge):
    client = as_("contractor")
    page = in_address(world, [badge], [world.student])

    kept = client.post(page, {"choose": "students", "students": world.guest.pk}, follow=True)
    emptied = client.post(kept.redirect_chain[0][0], {"choose": "badges"}, follow=True)

    assert (rows_of(kept), rows_of(emptied)) == (([badge], [world.guest]), ([], [world.guest]))


@pytest.mark.parametrize("kind", ["badge", "student"])
def test_each_entry_can_be_removed(world, as_, badge, kind):
    other = BadgeFactory.create(organization=world.academy)
    going = {"badge": other, "student": world.guest}[kind]
    client = as_("contractor")
    page = chosen(client, world, [badge, other], [world.student, world.guest])

    form = client.post(page, {"remove": f"{kind}-{going.pk}"}, follow=True).context["form"]

    left = {"badge": form.badges.rows, "student": form.students.rows}[kind]
    assert list(left) == [{"badge": badge, "student": world.student}[kind]]


@pytest.mark.parametrize(("removed", "badges", "students"), [("badges", 0, 2), ("students", 1, 0), ("nonsense", 1, 2)])
def test_a_whole_list_can_be_removed(world, as_, badge, removed, badges, students):
    client = as_("contractor")
    page = chosen(client, world, [badge], [world.student, world.guest])

    found = rows_of(client.post(page, {"remove": removed}, follow=True))

    assert tuple(map(len, found)) == (badges, students)


def test_all_who_are_not_ready_can_be_removed(world, as_, badge):
    other = BadgeFactory.create(organization=world.academy)
    for held in (badge, other):
        IssuedBadgeFactory.create(badge=held, student=world.guest)
    IssuedBadgeFactory.create(badge=badge, student=world.student)
    client = as_("contractor")
    page = chosen(client, world, [badge, other], [world.student, world.guest])

    seen = client.get(page)
    left = client.post(page, {"remove": "not-ready", "not_ready": seen.context["seen"]}, follow=True)

    assert "Remove 1 who is not ready" in text_of(seen)
    assert rows_of(left) == ([badge, other], [world.student])
    assert "who is not ready" not in text_of(left)


def test_issue_badges_reports_successes_and_failures_separately(world, as_, badge):
    IssuedBadgeFactory.create(badge=badge, student=world.guest)

    response = issue(as_("contractor"), world, [badge], [world.student, world.guest])

    page = text_of(response)
    assert response.redirect_chain == [
        (url("issued_badges", world, batch_id=IssuanceBatch.objects.get().pk) + "#results", 302)
    ]
    assert "The following badges were successfully issued:" in page
    assert "Warning: Not all badges were successfully issued. See the Failed Badge list for details." in page
    assert "The following badge issuances failed:" in page
    line = (
        f"Badge: Night Owl was not issued to {world.guest} because of this error: The student already has this badge."
    )
    assert f"<li>{line}</li>" in page


def test_the_pickers_are_empty_again_after_a_run(world, as_, badge):
    page = text_of(issue(as_("contractor"), world, [badge], [world.student]))

    assert "No badge chosen yet." in page
    assert "Warning: Not all badges" not in page


def test_the_results_stay_at_their_own_address(world, as_, badge):
    client = as_("contractor")
    first = text_of(issue(client, world, [badge], [world.student]))

    again = text_of(client.get(url("issued_badges", world, batch_id=IssuanceBatch.objects.get().pk)))

    assert (world.student.last_name in first, world.student.last_name in again) == (True, True)


def test_the_results_of_somebody_else_are_not_found(world, as_, badge):
    issue(as_("contractor"), world, [badge], [world.student])

    response = as_("instructor").get(url("issued_badges", world, batch_id=IssuanceBatch.objects.get().pk))

    assert response.status_code == 404


def test_a_reload_of_the_press_issues_nothing_twice(world, as_, badge):
    client, key = as_("contractor"), uuid.uuid4()
    page = chosen(client, world, [badge], [world.student])

    first = press(client, page, key=key)
    second = press(client, page, key=key)

    assert first.redirect_chain == second.redirect_chain
    assert "The following badge issuances failed:" not in text_of(second)
    assert IssuedBadge.objects.count() == 1


def test_the_key_of_another_person_is_refused_in_words(world, as_, badge):
    key = uuid.uuid4()
    issue(as_("contractor"), world, [badge], [world.student], key=key)

    response = issue(as_("instructor"), world, [badge], [world.student], key=key)

    assert response.status_code == 422
    assert "This form was sent before, for something else." in text_of(response)


def test_an_empty_selection_is_an_error_in_words(world, as_):
    response = press(as_("contractor"), url("issue_badges", world))

    assert response.status_code == 422
    assert "Add at least one badge." in text_of(response)
    assert "Add at least one student." in text_of(response)
    assert not Selection.objects.exists()


@pytest.fixture
def more_than_most(world):
    """142 badges and as many students: 20,164 pairs."""
    badges = BadgeFactory.create_batch(142, organization=world.academy)
    return badges, [line.student for line in EnrollmentFactory.create_batch(142, klass=world.klass)]


def test_too_many_are_told_before_the_press_and_refused_after_it(world, as_, more_than_most):
    client = as_("contractor")
    page = chosen(client, world, *more_than_most)

    before = client.get(page)
    after = press(client, page)

    words = "That is more than 20,000 badges at once. Take some badges or students off, and issue the rest next."
    assert f"{142:,} badges × {142:,} students = 20,164. At most {MAX_PAIRS:,} at once." in text_of(before)
    assert words in text_of(before)
    assert 'disabled aria-describedby="before-issuing"' in text_of(before)
    assert (after.status_code, after.context["form"].errors) == (422, [words])
    assert [len(rows) for rows in rows_of(client.get(page))] == [142, 142]
    assert not IssuedBadge.objects.exists()


def test_what_one_press_may_issue_is_said_before_anything_is_chosen(world, as_):
    page = text_of(as_("contractor").get(url("issue_badges", world)))

    assert "Each student receives each badge, at most 20,000 at once." in page


def test_a_hundred_lines_stand_on_the_page_those_with_a_reason_first(world, as_, badge):
    students = [line.student for line in EnrollmentFactory.create_batch(103, klass=world.klass)]
    IssuedBadgeFactory.create(badge=badge, student=students[-1])
    client = as_("contractor")

    response = client.get(chosen(client, world, [badge], students))

    assert [line.student for line in response.context["grid"]] == [students[-1], *students[:99]]
    assert "3 more students are chosen. Press Add Students to see them or to take some off." in text_of(response)
    assert "102 badges are ready to be issued." in text_of(response)


@pytest.mark.parametrize("number", [1, 120])
def test_the_page_takes_as_many_queries_for_one_student_as_for_many(
    world, as_, badge, django_assert_num_queries, number
):
    students = [line.student for line in EnrollmentFactory.create_batch(number, klass=world.klass)]
    client = as_("contractor")
    page = chosen(client, world, [badge], students)

    with django_assert_num_queries(19):
        client.get(page)


def test_a_badge_deleted_meanwhile_is_told_and_the_rest_stays(world, as_, badge):
    going = BadgeFactory.create(organization=world.academy)
    client = as_("contractor")
    page = chosen(client, world, [badge, going], [world.student])
    Badge.objects.filter(pk=going.pk).delete()

    response = press(client, page)
    again = press(client, page)

    assert "1 badge you chose is no longer available. We removed it from the list." in text_of(response)
    assert rows_of(response) == ([badge], [world.student])
    assert [row.badge for row in IssuedBadge.objects.all()] == [badge]
    assert again.status_code == 200


# The selection


def test_the_first_choice_makes_a_row_and_the_address_names_it(world, as_, badge):
    client = as_("contractor")

    answer = client.post(url("issue_badges", world), {"choose": "badges", "badges": badge.pk}, headers=HTMX)

    row = Selection.objects.get()
    assert answer["HX-Replace-Url"] == f"{url('issue_badges', world)}?selection={row.pk}"
    assert (row.user, row.klass, row.badge_ids, row.student_ids) == (world.contractor, world.klass, [badge.pk], [])


def test_looking_makes_no_row(world, as_, badge):
    as_("contractor").get(in_address(world, [badge], [world.student]))

    assert not Selection.objects.exists()


def test_two_windows_have_two_selections(world, as_, badge):
    client = as_("contractor")

    pages = [chosen(client, world, [badge], [student]) for student in (world.student, world.guest)]

    assert [rows_of(client.get(page))[1] for page in pages] == [[world.student], [world.guest]]


def test_the_selection_of_somebody_else_or_of_another_class_is_not_opened(world, as_, badge):
    other = EnrollmentFactory.create(
        klass__organization=world.academy, klass__course=world.course, student=world.student
    ).klass
    other.instructors.add(world.contractor)
    client = as_("contractor")
    page = chosen(client, world, [badge], [world.student])

    answers = [
        as_("instructor").get(page),
        client.get(page.replace(url("issue_badges", world), reverse("classes:issue_badges", args=[other.pk]))),
    ]

    assert [rows_of(answer) for answer in answers] == [([], []), ([], [])]


@pytest.mark.parametrize("named", ["x", "7f2c1a52-7a58-4b5e-8f5f-1f9b9f5a7a11"])
def test_an_address_of_a_selection_that_is_gone_says_so(world, as_, named):
    response = as_("contractor").get(url("issue_badges", world), {"selection": named})

    assert response.context["form"].errors == [
        "What was chosen here was issued already, or is over 30 days old. Choose again."
    ]


def test_what_was_issued_is_chosen_no_more(world, as_, badge):
    issue(as_("contractor"), world, [badge], [world.student])

    assert not Selection.objects.exists()


def test_the_address_stays_short_for_five_hundred(world, as_, badge):
    students = [line.student for line in EnrollmentFactory.create_batch(500, klass=world.klass)]
    client = as_("contractor")
    page = url("issue_badges", world)
    dialog = url("choose_students", world)

    all_found = client.post(dialog, {"list_all": ""})
    ticked = {str(row.pk) for row in all_found.context["listing"].page}
    body = {"choose": "students", "students": [*ticked, ",".join(all_found.context["listing"].chosen_elsewhere)]}
    answer = client.post(page, body)

    everybody = {world.student.pk, world.guest.pk, *ids(students)}
    assert set(Selection.objects.get().student_ids) == everybody
    assert len(answer["Location"]) < 120


def test_a_dialog_ticks_what_is_chosen_and_all_that_is_found(world, as_, badge):
    BadgeFactory.create(organization=world.academy, name="Early Bird")
    client = as_("contractor")
    page = chosen(client, world, [badge], [world.student])
    dialog = page.replace("issue-badges/?", "issue-badges/choose-badges/?")

    opened = client.get(dialog).context["listing"]
    searched = client.post(dialog, {"badges": badge.pk, "list_search": "", "q": "early"}).context["listing"]
    everything = client.post(dialog, {"badges": badge.pk, "list_all": "q=early"}).context["listing"]
    nothing = client.post(dialog, {"badges": badge.pk, "list_none": "q=early"}).context["listing"]

    early = Badge.objects.get(name="Early Bird")
    assert list(opened.chosen) == [str(badge.pk)]
    assert (list(searched.page), searched.chosen_elsewhere) == ([early], [str(badge.pk)])
    assert list(everything.chosen) == [str(badge.pk), str(early.pk)]
    assert list(nothing.chosen) == []


@pytest.mark.parametrize("forged", ["badge", "student"])
def test_ids_of_another_organization_are_refused_like_missing_ones(world, as_, badge, forged):
    foreign_badge, foreign_student = BadgeFactory.create(name="Canary"), StudentFactory.create(last_name="Canary")
    badges = [badge, foreign_badge] if forged == "badge" else [badge]
    students = [world.student, foreign_student] if forged == "student" else [world.student]

    response = press(as_("contractor"), in_address(world, badges, students))

    assert response.status_code == 422
    assert "Canary" not in text_of(response)
    assert not IssuedBadge.objects.exists()


def test_an_organization_instructor_cannot_reach_the_other_students_of_the_class(world, as_, badge):
    response = press(as_("instructor"), in_address(world, [badge], [world.student, world.guest]))

    assert "1 student you chose is no longer on your roster." in text_of(response)
    assert not IssuedBadge.objects.exists()


def test_a_student_un_enrolled_meanwhile_fails_and_the_others_are_issued(world, as_, badge):
    Enrollment.objects.filter(pk=world.guest_enrollment.pk).update(enrollment_status=Status.CANCELLED)

    page = text_of(issue(as_("contractor"), world, [badge], [world.student, world.guest]))

    assert "The student is not enrolled in this class." in page
    assert [row.student for row in IssuedBadge.objects.all()] == [world.student]


def test_a_badge_switched_off_meanwhile_fails_with_its_reason(world, as_, badge):
    Badge.objects.filter(pk=badge.pk).update(manual_issuance=False)

    page = text_of(issue(as_("contractor"), world, [badge], [world.student]))

    assert "Manual issuance is not enabled on this badge." in page


@pytest.mark.parametrize("nonsense", ["x", "-1", "1.5", "9" * 30, "²", "\x00"])
def test_ids_that_are_no_numbers_are_left_out(world, as_, badge, nonsense):
    data = {"choose": "badges", "badges": [badge.pk, nonsense]}

    response = as_("contractor").post(url("issue_badges", world), data, follow=True)

    assert response.status_code == 200
    assert rows_of(response) == ([badge], [])


def test_a_session_that_ended_on_submit_loses_nothing(world, as_, client, badge):
    address = f"http://testserver{chosen(as_('contractor'), world, [badge], [world.student])}"

    refused = client.post(address, {"issue": "1", "key": uuid.uuid4()}, headers={"Referer": address})
    back = parse_qs(urlparse(refused["Location"]).query)["next"][0]

    assert not IssuedBadge.objects.exists()
    assert rows_of(as_("contractor").get(back)) == ([badge], [world.student])


def test_a_class_not_taught_is_forbidden_and_one_of_another_organization_is_not_found(world, as_):
    inside = ClassFactory.create(organization=world.academy)
    outside = ClassFactory.create()

    answers = [
        as_("instructor").get(reverse("classes:issue_badges", args=[pk])).status_code for pk in (inside.pk, outside.pk)
    ]

    assert answers == [403, 404]


def test_issuing_many_takes_no_more_queries_than_few(world, as_, badge, django_assert_max_num_queries):
    badges = [badge, *BadgeFactory.create_batch(4, organization=world.academy)]
    students = [
        line.student
        for line in EnrollmentFactory.create_batch(200, klass=world.klass, student__organization=world.academy)
    ]
    client = as_("contractor")
    issue(client, world, badges[:1], students[:1])
    few, many = (chosen(client, world, badges[:n], students[:m]) for n, m in ((2, 2), (5, 200)))
    with django_assert_max_num_queries(40) as counted:
        client.post(few, {"issue": "1", "key": uuid.uuid4()})

    with django_assert_max_num_queries(len(counted)):
        client.post(many, {"issue": "1", "key": uuid.uuid4()})

    assert IssuedBadge.objects.count() == 1000


def test_a_note_and_a_link_go_with_every_badge(world, as_, badge):
    issue(as_("contractor"), world, [badge], [world.student, world.guest], note="Well\r\ndone", link="work.example")

    said = set(IssuedBadge.objects.values_list("note", "link"))
    assert (IssuedBadge.objects.count(), said) == (2, {("Well\ndone", "https://work.example")})


def test_without_a_script_a_note_goes_through_the_dialog_and_back(world, as_, badge):
    client, typed = as_("contractor"), {"note": "So", "link": "work.example"}
    page = chosen(client, world, [badge], [world.student])
    opened = client.post(url("choose_badges", world) + page[page.index("?") :], {"list_opens": "1", **typed})

    assert opened.context["carried"] == list(typed.items())
    assert list(opened.context["listing"].chosen) == [str(badge.pk)]
    fields = {"choose": "badges", "badges": badge.pk, **typed}
    back = client.post(opened.context["back"], fields)
    kept = client.post(opened.context["back"], {"choose": "badges", "keep": "1", **typed})
    for response in (back, kept):
        assert response.context["form"].remark["note"].value() == "So"
        assert response.context["form"].badges.rows == [badge]


def test_a_wrong_link_issues_nothing_and_what_was_typed_stays_whatever_is_pressed(world, as_, badge):
    client = as_("contractor")
    typed = {"note": "<b>So</b>", "link": "javascript:alert(1)"}

    refused = issue(client, world, [badge], [world.student], **typed)

    assert refused.status_code == 422
    assert "Nothing was issued. Correct the note or the link that is marked, and press again." in text_of(refused)
    page = refused.context["here"]
    pages = [
        refused,
        client.post(page, {"remove": "students", **typed}),
        client.post(page, {"choose": "badges", "badges": badge.pk, **typed}, headers={"HX-Request": "true"}),
    ]
    for response in pages:
        assert "&lt;b&gt;So&lt;/b&gt;</textarea>" in response.text
        assert 'value="javascript:alert(1)"' in response.text
    assert not IssuedBadge.objects.exists()
