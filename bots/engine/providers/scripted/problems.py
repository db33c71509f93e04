"""What is wrong with a script, said to the person who edits it."""

from dataclasses import dataclass

from bots.engine.errors import SpecError


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: a stable code, the place inside the JSON ("$.forms.booking.slots[0].type") and a sentence."""

    code: str
    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


class ScriptError(SpecError):
    """The script of a scripted model cannot run; `problems` lists every mistake found."""

    code = "script.invalid"
    next_step = "Mend the places that are named in the script."

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(str(problem) for problem in problems[:5]))
        self.problems = problems
