from badges.catalogue import drawing_terms as terms


def test_what_is_kept_is_not_left_out_as_well():
    assert not (terms.SHAPES | terms.GROUPS) & terms.LEFT_OUT
    assert not terms.LOOKS & terms.ONLY_AS_STYLE


def test_nothing_that_is_kept_acts_or_fetches():
    kept = terms.SHAPES | terms.GROUPS | terms.GEOMETRY | terms.LOOKS
    acting = {"script", "foreignObject", "feImage", "style", "iframe", "href", "cursor", "a", "animate", "set"}

    assert not acting & kept
    assert not {name for name in kept if name.startswith("on")}
