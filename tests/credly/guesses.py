"""Everything in the stand-in that no source tells: one table, to be corrected against Credly's sandbox.

What is documented, or was seen in production (the duplicate message, the envelope, the statuses of good answers), is
not here. A message is always one part after "Validation failed: ", as Rails joins them.
"""

from typing import NamedTuple


class Guess(NamedTuple):
    """A refusal as it may look."""

    status: int
    text: str


REFUSALS: dict[str, Guess] = {
    # tokens and paths
    "no_token": Guess(401, "Unauthorized"),
    "expired_token": Guess(401, "Unauthorized"),
    "may_not_read": Guess(403, "Your authorization token does not allow reading."),
    "may_not_write": Guess(403, "Your authorization token does not allow writing."),
    "may_not_delete": Guess(403, "Your authorization token does not allow deleting."),
    "other_organization": Guess(404, "Organization not found."),
    "not_found": Guess(404, "Resource not found."),
    "no_path": Guess(404, "Not found."),
    "not_json": Guess(415, "The content type must be application/json."),
    "unreadable_json": Guess(400, "The body is not a JSON object."),
    "too_many_requests": Guess(429, "Too many requests."),
    # a badge to be issued
    "email_blank": Guess(422, "Recipient email can't be blank"),
    "email_invalid": Guess(422, "Recipient email is invalid"),
    "first_name_blank": Guess(422, "Issued to first name can't be blank"),
    "last_name_blank": Guess(422, "Issued to last name can't be blank"),
    "template_blank": Guess(422, "Badge template can't be blank"),
    "template_unknown": Guess(422, "Badge template must exist"),
    "template_not_active": Guess(422, "Badge template is archived and cannot be used to issue badges"),
    "issued_at_blank": Guess(422, "Issued at can't be blank"),
    "issued_at_invalid": Guess(422, "Issued at is invalid"),
    "issued_at_without_offset": Guess(422, "Issued at must include a UTC offset"),
    "expires_at_invalid": Guess(422, "Expires at is invalid"),
    "expires_too_early": Guess(422, "Expires at must be after issued at"),
    "locale_unknown": Guess(422, "Locale is not included in the list"),
    "evidence_invalid": Guess(422, "Evidence is invalid"),
    "batch_empty": Guess(422, "Badges can't be blank"),
    "batch_too_long": Guess(422, "Badges is too long (maximum is 50)"),
    # a badge that is there
    "user_has_it": Guess(422, "User already has this badge"),
    "reason_blank": Guess(422, "Revocation reason can't be blank"),
    "revoked_already": Guess(422, "This badge has already been revoked"),
    "replaced_cannot_be_revoked": Guess(422, "This badge cannot be revoked because it has been replaced."),
}

# Which badges count when a second one is refused. A test can say otherwise (`duplicates_count`).
STATES_THAT_COUNT = ("pending", "accepted", "rejected")
# Nobody confirms GET of one issued badge; two clients have it. The documented way is a filtered list.
ONE_BADGE_CAN_BE_READ = False
# An event shows its badge as it was when the event happened: the harder case for who applies events late.
EVENTS_SHOW_THE_PAST = True
BATCH_LIMIT = 50
DEFAULT_SORT = "-created_at"
BULK_PAGE = 1000
# The addresses of further pages come with another path than the API's: whoever follows one gets a 404 here.
NEXT_PAGE_PATH = "/api/v1"
# A token lives for 180 days (two sources say so), and the list of tokens does not repeat its secret.
TOKEN_DAYS = 180
