"""The one failure that actions raise: a code, a sentence, an owner and a next step."""


class ActionError(Exception):
    """A refused action, ready for a form, an API answer or a command.

    ``owner`` is caller, author, provider, network or us; ``http_status`` is what an API answers.
    """

    def __init__(
        self, code: str, message: str, *, owner: str = "caller", next_step: str = "", http_status: int = 400
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.owner = owner
        self.next_step = next_step
        self.http_status = http_status

    def as_dict(self) -> dict[str, str]:
        """The error as the API answers it."""
        return {
            "code": self.code,
            "info": self.message,
            "detail": self.message,
            "owner": self.owner,
            "next_step": self.next_step,
        }
