"""The courses of a path by their names."""


def course_of(path, name):
    return path.courses.get(name=name)
