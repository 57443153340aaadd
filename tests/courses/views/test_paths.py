import datetime as dt
import html as html_module
import re

import pytest
from django.urls import reverse
from django.utils.html import strip_tags

from courses.models import Lab, LearningPath
from tests.factories import (
    PAST,
    CourseAssignmentFactory,
    CourseFactory,
    LabFactory,
    LearningPathCourseFactory,
    LearningPathFactory,
    SubscriptionProfileFactory,
    TrainingRecordFactory,
    UserFactory,
)

LIST, CREATE = reverse("courses:paths"), reverse("courses:path_create")


@pytest.fixture
def path(world):
    path = LearningPathFactory.create(name="Network Defender", organization=world.academy)
    for position, name in enumerate(["Zero", "One"], start=1):
        course = CourseFactory.create(name=name, organization=world.academy)
        LearningPathCourseFactory.create(learning_path=path, course=course, position=position)
    return path


@pytest.fixture
def administrator(world, signed_in):
    return signed_in(world.administrator)


@pytest.fixture
def student(world, signed_in):
    return signed_in(world.student)


def page(name, *ids):
    return reverse(f"courses:{name}", args=ids)


def form_of(path, **changes):
    """What the browser would send for this path."""
    return {
        "name": path.name,
        "description": path.description,
        "organization": path.organization_id,
        "subscription_profile": path.subscription_profile_id,
        "audience_level": path.audience_level,
        "exam": path.exam_id or "",
        "is_enabled": "on",
    } | changes


def names(response):
    return [row.name for row in response.context["listing"].page]


def order(path):
    return list(path.courses.order_by("steps__position").values_list("name", flat=True))


def test_the_list_has_the_paths_that_are_open_with_the_own_progress(world, path, student):
    TrainingRecordFactory.create(user=world.student, course=path.courses.get(name="Zero"))
    LearningPathFactory.create()

    response = student.get(LIST)

    assert names(response) == ["Network Defender"]
    assert "50% – 1 / 2 Complete" in response.text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["Data Storyteller", "Network Defender"]),
        ({"q": "network"}, ["Network Defender"]),
        ({"course": "zero"}, ["Network Defender"]),
        ({"course": "o"}, ["Network Defender"]),
        ({"level": "advanced"}, ["Data Storyteller"]),
        ({"enabled": "true"}, ["Data Storyteller", "Network Defender"]),
        ({"sort": "courses"}, ["Data Storyteller", "Network Defender"]),
        ({"sort": "-courses"}, ["Network Defender", "Data Storyteller"]),
        ({"sort": "-progress"}, ["Network Defender", "Data Storyteller"]),
    ],
)
def test_the_list_finds(world, path, student, query, found):
    LearningPathFactory.create(name="Data Storyteller", organization=world.academy, audience_level="advanced")
    TrainingRecordFactory.create(user=world.student, course=path.courses.get(name="Zero"))

    assert names(student.get(LIST, query)) == found


def test_the_list_exports(path, student):
    response = student.get(LIST, {"export": "csv"})

    expected = "\ufeffName,My progress,Audience Level,Courses\r\nNetwork Defender,0% – 0 / 2 Complete,Beginner,2\r\n"
    assert response.getvalue().decode() == expected


def test_a_path_whose_exam_is_not_taken_is_nowhere_full(world, path, student, signed_in):
    path.exam = LabFactory.create(organization=world.academy, is_exam=True)
    path.save()
    for course in path.courses.all():
        TrainingRecordFactory.create(user=world.student, course=course)
    mine, administrator = reverse("classes:transcript"), signed_in(world.administrator)

    export = student.get(LIST, {"export": "csv"}).getvalue().decode()
    pages = [student.get(address).text for address in (LIST, page("path", path.pk), mine)]
    pages.append(administrator.get(reverse("achievements:user", args=[world.student.pk])).text)

    assert "Courses: 100% – 2 / 2 Complete. Exam: Not taken yet" in export
    bar = 'value="2" max="3" aria-label="Courses: 100% – 2 / 2 Complete. Exam: Not taken yet"'
    assert [bar in " ".join(text.split()) for text in pages] == [True] * 4


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_takes_seven_queries(world, student, django_assert_num_queries, rows):
    for path in LearningPathFactory.create_batch(rows, organization=world.academy):
        LearningPathCourseFactory.create_batch(rows, learning_path=path)

    with django_assert_num_queries(8):
        student.get(LIST)


def test_a_student_sees_courses_in_order_with_words_beside_the_circles(world, path, student):
    TrainingRecordFactory.create(user=world.student, course=path.courses.get(name="One"))

    response = student.get(page("path", path.pk))

    steps = [(step.course.name, step.standing.label) for step in response.context["progress"].steps]
    assert steps == [("Zero", "Not started"), ("One", "Complete")]
    assert "Suggested order; take them in any order." in response.text
    assert "Badge for completing this path" not in response.text


def words(html):
    return " ".join(html_module.unescape(strip_tags(html)).split())


def exam_of(response):
    """The card of the exam in words: its facts, and what stands below them, line by line."""
    card = response.text.partition('<h2 id="exam">')[2].partition("</section>")[0]
    facts, _, below = card.partition("</dl>")
    lines = re.findall(r"<h3>.*?</h3>|<li>.*?</li>", below, re.DOTALL)
    pairs = re.findall(r"<dt>(.*?)</dt>\s*<dd>(.*?)</dd>", facts, re.DOTALL)
    return {words(name): words(value) for name, value in pairs}, [words(line) for line in lines]


@pytest.fixture
def exam(world, path):
    path.exam = LabFactory.create(name="Practical", organization=world.academy, is_exam=True, passing_score=70)
    path.save()
    return path.exam


@pytest.fixture
def sit(world, exam):
    def attempt(day=0, **fields):
        started_at = PAST + dt.timedelta(days=day)
        TrainingRecordFactory.create(user=world.student, course=None, lab=exam, started_at=started_at, **fields)

    return attempt


def test_an_exam_that_was_not_taken_says_so(path, exam, student):
    assert exam_of(student.get(page("path", path.pk))) == (
        {"Lab": "Practical", "Status": "Not taken yet", "Passing Score": "70 %", "Attempts": "0"},
        [],
    )


def test_an_exam_shows_status_score_percent_and_passing_score(path, sit, student):
    sit(passed=True, score=7, max_score=7)

    assert exam_of(student.get(page("path", path.pk))) == (
        {
            "Lab": "Practical",
            "Status": "Passed",
            "Score": "7/7",
            "Score Percent": "100 %",
            "Passing Score": "70 %",
            "Taken": "2 Mar 2026, 10:00",
            "Attempts": "1",
        },
        [],
    )


def test_a_score_of_nothing_is_a_score(path, sit, student):
    sit(passed=False, score=0, max_score=7)

    facts, _lines = exam_of(student.get(page("path", path.pk)))

    assert (facts["Status"], facts["Score"], facts["Score Percent"]) == ("Not passed", "0/7", "0 %")


def test_an_exam_without_a_score_shows_its_status_alone(path, exam, sit, student):
    Lab.objects.update(passing_score=None)
    sit(passed=True)

    assert exam_of(student.get(page("path", path.pk))) == (
        {"Lab": "Practical", "Status": "Passed", "Passing Score": "—", "Taken": "2 Mar 2026, 10:00", "Attempts": "1"},
        [],
    )


def test_an_exam_under_way_says_when_it_was_started(path, sit, student):
    sit(completed_at=None)

    facts, _lines = exam_of(student.get(page("path", path.pk)))

    assert (facts["Status"], facts["Started"]) == ("In progress", "2 Mar 2026, 09:00")


def test_several_attempts_are_listed_the_best_first(path, sit, student):
    sit(0, passed=False, score=4, max_score=7)
    sit(2, passed=True, score=6, max_score=7)
    sit(4, passed=False)
    sit(5, completed_at=None)

    facts, lines = exam_of(student.get(page("path", path.pk)))

    assert (facts["Status"], facts["Score"], facts["Attempts"]) == ("Passed", "6/7", "4")
    assert lines == [
        "Attempts, the best first",
        "Passed 6/7 · 85 % 4 Mar 2026, 10:00",
        "Not passed 4/7 · 57 % 2 Mar 2026, 10:00",
        "Not passed 6 Mar 2026, 10:00",
        "In progress 7 Mar 2026, 09:00",
    ]


def test_an_exam_is_shown_in_the_time_zone_of_the_reader(world, path, sit, student):
    world.academy.time_zone = "Asia/Tokyo"
    world.academy.save()
    sit(passed=True)

    facts, _lines = exam_of(student.get(page("path", path.pk)))

    assert facts["Taken"] == "2 Mar 2026, 19:00"


@pytest.mark.parametrize("number", [1, 3])
def test_a_path_takes_twelve_queries_of_which_two_look_at_its_achievements(
    world, administrator, django_assert_num_queries, number
):
    path = LearningPathFactory.create(organization=world.academy, exam=LabFactory.create())
    TrainingRecordFactory.create_batch(
        number, user=world.administrator, course=None, lab=path.exam, score=7, max_score=7, passed=True
    )
    for step in LearningPathCourseFactory.create_batch(number, learning_path=path):
        CourseAssignmentFactory.create(student=world.administrator, course=step.course)

    with django_assert_num_queries(12):
        administrator.get(page("path", path.pk))


def test_an_administrator_sees_the_progress_of_somebody_else(world, path, administrator):
    TrainingRecordFactory.create(user=world.student, course=path.courses.get(name="One"))

    response = administrator.get(page("path_of", path.pk, world.student.pk))

    assert f"Progress of {world.student}" in response.text
    assert "50% – 1 / 2 Complete" in response.text


def test_the_progress_of_somebody_else_needs_the_permission(world, path, signed_in):
    manager = UserFactory.create(organization=world.academy, manages=[world.academy])

    assert signed_in(manager).get(page("path_of", path.pk, world.student.pk)).status_code == 403


def test_the_progress_of_somebody_out_of_reach_is_not_found(world, path, administrator):
    assert administrator.get(page("path_of", path.pk, world.stranger.pk)).status_code == 404


def test_create_leads_to_the_courses(world, administrator):
    profile = SubscriptionProfileFactory.create(organization=world.academy)
    draft = LearningPath(name="New", organization=world.academy, subscription_profile=profile)

    response = administrator.post(CREATE, form_of(draft))

    path = LearningPath.objects.get()
    assert (path.name, response.url) == ("New", page("path_courses", path.pk))


def test_edit_saves(world, path, administrator):
    response = administrator.post(page("path_edit", path.pk), form_of(path, audience_level="advanced"))

    path.refresh_from_db()
    assert (path.audience_level, response.url) == ("advanced", page("path", path.pk))


def test_a_name_that_is_taken_is_refused(world, path, administrator):
    other = LearningPathFactory.create(
        name="Taken", organization=world.academy, subscription_profile=path.subscription_profile
    )

    response = administrator.post(page("path_edit", path.pk), form_of(path, name=other.name))

    assert response.status_code == 422


@pytest.mark.parametrize("field", ["organization", "subscription_profile", "exam"])
def test_rows_of_other_organizations_are_no_choice(world, path, administrator, field):
    foreign = {
        "organization": world.outside.pk,
        "subscription_profile": SubscriptionProfileFactory.create(organization=world.outside).pk,
        "exam": LabFactory.create(organization=world.outside, is_exam=True).pk,
    }

    response = administrator.post(page("path_edit", path.pk), form_of(path, **{field: foreign[field]}))

    assert list(response.context["form"].errors) == [field]


@pytest.mark.parametrize("address", ["path_edit", "path_create"])
def test_of_many_rows_none_is_drawn_and_one_is_found_by_its_name(world, path, administrator, address):
    exams = [LabFactory.create(name=f"Exam {i}", organization=world.academy, is_exam=True) for i in range(26)]
    url = page(address, path.pk) if address == "path_edit" else CREATE

    shown = administrator.get(url).content.decode()
    suggested = administrator.get(url, {"suggest": "exam", "exam_named": "xam 25"}).content.decode()
    saved = administrator.post(url, form_of(path, name="Anew", exam="") | {"exam_named": "exam 25"})

    assert ("Exam 7" in shown, "Exam 25" in suggested, "Exam 24" in suggested) == (False, True, False)
    assert (saved.status_code, LearningPath.objects.get(name="Anew").exam) == (302, exams[25])


def test_an_exam_out_of_reach_may_stay(world, path, administrator):
    path.exam = LabFactory.create(organization=world.outside, is_exam=True)
    path.save()

    assert administrator.post(page("path_edit", path.pk), form_of(path)).status_code == 302


def test_buttons_move_a_course_and_lead_back_to_it(path, administrator):
    course = path.courses.get(name="One")

    response = administrator.post(page("path_courses", path.pk), {"up": course.pk})

    assert (order(path), response.url) == (["One", "Zero"], f"{page('path_courses', path.pk)}#course-{course.pk}")


@pytest.mark.parametrize(("act", "expected"), [("down", ["One", "Zero"]), ("remove", ["One"])])
def test_the_other_buttons_work_too(path, administrator, act, expected):
    administrator.post(page("path_courses", path.pk), {act: path.courses.get(name="Zero").pk})

    assert order(path) == expected


def test_a_course_can_be_dragged(path, administrator):
    administrator.post(page("path_courses", path.pk), {"drag": path.courses.get(name="One").pk, "place": 0})

    assert order(path) == ["One", "Zero"]


@pytest.mark.parametrize(
    "data", [{}, {"up": "x"}, {"up": "1", "down": "1"}, {"drag": "1"}, {"drag": "1", "place": "-1"}]
)
def test_a_press_of_no_button_is_refused(path, administrator, data):
    response = administrator.post(page("path_courses", path.pk), data)

    assert (response.status_code, order(path)) == (422, ["Zero", "One"])


def test_the_dialog_offers_the_courses_that_are_not_on_the_path(world, path, administrator):
    CourseFactory.create(name="Old", organization=world.academy, is_archived=True)
    CourseFactory.create(name="Foreign", organization=world.outside)

    response = administrator.get(page("choose_courses", path.pk))

    assert names(response) == [world.course.name]


def test_chosen_courses_are_added(world, path, administrator):
    response = administrator.post(page("add_to_path", path.pk), {"courses": [world.course.pk]})

    assert (order(path), response.url) == (["Zero", "One", world.course.name], page("path_courses", path.pk))


@pytest.mark.parametrize("courses", [[], ["x"], [10**12]])
def test_courses_that_cannot_be_added_are_told(path, administrator, courses):
    response = administrator.post(page("add_to_path", path.pk), {"courses": courses})

    assert (response.status_code, len(response.context["form"].errors["courses"])) == (422, 1)
    assert order(path) == ["Zero", "One"]


def test_what_was_chosen_beside_a_course_that_is_refused_stays_chosen(world, path, administrator):
    gone = CourseFactory.create(organization=world.academy, is_archived=True)
    data = {"courses": [world.course.pk, gone.pk], "list_state": "q=course"}

    listing = administrator.post(page("add_to_path", path.pk), data).context["listing"]

    assert [line.is_chosen for line in listing.lines if line.row == world.course] == [True]
    assert (listing.asked.dict(), listing.action) == ({"q": "course"}, page("choose_courses", path.pk))


def test_a_course_of_others_is_no_choice(world, path, administrator):
    foreign = CourseFactory.create(organization=world.outside)

    administrator.post(page("add_to_path", path.pk), {"courses": [foreign.pk]})

    assert order(path) == ["Zero", "One"]


def test_a_path_that_one_only_walks_is_not_changed(world, signed_in):
    """The administrator of an organization below sees the path of the one above, and may not touch it."""
    path = LearningPathFactory.create(organization=world.umbrella)
    world.administrator.managed_organizations.set([world.academy])

    assert signed_in(world.administrator).get(page("path", path.pk)).status_code == 200
    assert signed_in(world.administrator).get(page("path_edit", path.pk)).status_code == 403
