"""What the stand-in says no with."""

from typing import Any

from tests.credly import guesses


class Refusal(Exception):  # noqa: N818 - the answer is as it should be
    """An answer that is no success, in Credly's envelope."""

    def __init__(
        self, status: int, message: str, *, data: dict[str, Any] | None = None, metadata: dict[str, Any] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.data = data or {}
        self.metadata = metadata or {}

    @property
    def body(self) -> dict[str, Any]:
        return {"data": {"message": self.message, **self.data}, "metadata": self.metadata}


def refusal(*names: str) -> Refusal:
    """One or several guesses of the table as one answer."""
    found = [guesses.REFUSALS[name] for name in names]
    text = ", ".join(guess.text for guess in found)
    return Refusal(found[0].status, f"Validation failed: {text}" if found[0].status == 422 else text)
