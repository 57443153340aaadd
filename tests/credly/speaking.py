"""Speaks to the stand-in as any client of Credly would."""

from typing import Any, Self

import requests

from tests.credly.running import Credly

ISSUED_AT = "2014-04-01 09:41:00 -0500"


class Speaker:
    """A session with the account's token."""

    def __init__(self, credly: Credly) -> None:
        self.account = f"{credly.url}/organizations/{credly.organization}"
        self.session = requests.Session()
        self.session.auth = (credly.token, "")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_failure: object) -> None:
        self.session.close()

    def get(self, path: str, **query: Any) -> requests.Response:
        return self.session.get(self.account + path, params=query, timeout=60, allow_redirects=False)

    def send(self, method: str, path: str, body: object, **options: Any) -> requests.Response:
        options = {"timeout": 60, "allow_redirects": False} | options
        return self.session.request(method, self.account + path, json=body, **options)

    def issue(self, body: dict[str, Any], **options: Any) -> requests.Response:
        return self.send("POST", "/badges", body, **options)


def message(answer: requests.Response) -> tuple[int, str]:
    """The status and what Credly says."""
    return answer.status_code, answer.json()["data"]["message"]


def order(template: str, email: str = "sam@example.test", **changes: Any) -> dict[str, Any]:
    """The body of an issue call; a change to `...` leaves the field out."""
    whole = {
        "recipient_email": email,
        "issued_to_first_name": "Sam",
        "issued_to_last_name": "Student",
        "badge_template_id": template,
        "issued_at": ISSUED_AT,
        "issuer_earner_id": f"earner of {email}",
    }
    return {name: value for name, value in (whole | changes).items() if value is not ...}
