"""A form that was sent to sign in."""

from tests.factories import PASSWORD


def sign_in(client, username="ada", password=PASSWORD, **more):
    return client.post("/sign-in/", {"username": username, "password": password, **more})
