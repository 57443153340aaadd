"""What pages of the apps below ask of achievements."""

from django.template import Context, Template

from tests.factories import AchievementFactory


def test_the_page_of_a_path_is_told_its_awards_for_the_reader(world, path):
    AchievementFactory.create(name="Owl", organization=world.academy, learning_path=path)
    template = Template("{% load achievements %}{% path_awards path user as awards %}{{ awards.drifted.0 }}")

    told = [template.render(Context({"path": path, "user": user})) for user in (world.administrator, world.stranger)]

    assert told == ["Owl", ""]
