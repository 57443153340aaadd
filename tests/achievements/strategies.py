"""Every condition that can be stored, for Hypothesis."""

from hypothesis import strategies as st

from achievements.conditions.parsing import MAX_CONDITIONS, MAX_NUMBER
from achievements.conditions.syntax import MAX_INTEGER
from achievements.conditions.terms import Achievements, Condition, Courses, Labs, Points

counts = st.one_of(st.integers(1, 5), st.integers(1, MAX_NUMBER))
ids = st.sets(st.integers(1, 100) | st.integers(1, MAX_INTEGER), max_size=6).map(lambda found: tuple(sorted(found)))
some_ids = ids.filter(bool)
training = {
    "count": counts,
    "distinct": st.booleans(),
    "single_day": st.booleans(),
    "complete": st.booleans(),
    "min_minutes_spent": st.sampled_from([0, 1, 90, MAX_NUMBER]),
}
labs = {**training, "lab_ids": ids, "passed": st.booleans()}
courses = {**training, "course_ids": ids, "tag_ids": ids}
conditions: st.SearchStrategy[Condition] = st.one_of(
    st.builds(Labs, **labs),
    st.builds(Courses, **courses),
    st.builds(Points, points=counts),
    st.builds(Achievements, achievement_ids=some_ids, count=counts),
)
lists_of_conditions = st.lists(conditions, min_size=1, max_size=MAX_CONDITIONS)
