from badges.catalogue import drawing_terms as terms


def test_what_is_kept_is_not_left_out_as_well():
    assert not (terms.SHAPES | terms.GROUPS) & (terms.LEFT_OUT | terms.MOVING)
    assert not (terms.LOOKS | terms.GEOMETRY) & (terms.DRAWING_NOTHING | terms.TELLING)
    assert not terms.LOOKS & {*terms.SAYING_NOTHING}
    assert not terms.DRAWING_NOTHING & {*terms.SAYING_NOTHING}


def test_what_stands_under_a_condition_is_named_by_no_other_list():
    named = terms.GEOMETRY | terms.LOOKS | terms.TELLING | terms.DRAWING_NOTHING | {*terms.SAYING_NOTHING}

    assert not terms.CONDITIONS & named


def test_each_value_that_says_nothing_is_one_word_of_small_letters():
    assert [value for values in terms.SAYING_NOTHING.values() for value in values if value != value.lower()] == []
    assert terms.SAYING_NOTHING["background"] == {"none", "transparent"}


def test_nothing_that_is_kept_acts_or_fetches():
    kept = terms.SHAPES | terms.GROUPS | terms.GEOMETRY | terms.LOOKS
    acting = {"script", "foreignObject", "feImage", "style", "iframe", "href", "cursor", "a", "animate", "set"}

    assert not acting & kept
    assert not {name for name in kept if name.startswith("on")}
