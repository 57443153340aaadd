from achievements.conditions.sql import Sql, join


def test_pieces_keep_the_order_of_their_parameters():
    found = Sql("SELECT %s", (1,)) + ", %s FROM t" + Sql(" WHERE a = %s", ("x",))

    assert found == Sql("SELECT %s, %s FROM t WHERE a = %s", (1, "x"))


def test_joined_pieces_carry_all_their_parameters():
    assert join(" AND ", [Sql("a = %s", (1,)), Sql("b"), Sql("c = %s", (2,))]) == Sql("a = %s AND b AND c = %s", (1, 2))
    assert join(", ", []) == Sql("")
