"""What is wrong with a script, said to the person who edits it."""

from bots.engine.errors import Problem, SpecError


class ScriptError(SpecError):
    """The script of a scripted model cannot run; `problems` lists every mistake found."""

    code = "script.invalid"
    next_step = "Mend the places that are named in the script."

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(str(problem) for problem in problems[:5]))
        self.problems = problems
