"""Functions that are given everything they may need (LK-04…07).

``AIFunction`` and ``FunctionContext`` belong to a branch of LiveKit from before its 1.0, where decorated functions with
a run context took their place (LK-21): plain async functions (FUNC-04) are accepted wherever an ``AIFunction`` is.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from bots.engine.checks import Checks
from bots.engine.context.arguments import validate_arguments
from bots.engine.context.direct import DirectFunction
from bots.engine.context.function_schema import FunctionSchema
from bots.engine.errors import ToolError
from bots.engine.tools.registry import DEFAULT_TIMEOUT_S, FunctionCallParams, FunctionHandler, Registration

from .messages import ChatMalformed

if TYPE_CHECKING:
    from bots.engine.services.llm import LLMService
    from bots.engine.services.stt import STTService
    from bots.engine.services.tts import TTSService

    from .session import AgentSession

DEEPEST = 8
"""How many functions may call each other in a row."""


class AIError(ToolError):
    """A function cannot do what it was asked; the model is told the sentence (LK-06)."""

    code = "tool.ai_error"


class AIFunction(ABC):
    """A function the model may call (LK-04): ``parameters`` is a JSON Schema object. Error: ``chat.malformed``.

    ``timeout_s``: seconds until a call counts as failed, so that no function holds a conversation up (LK-07).
    """

    timeout_s: float = DEFAULT_TIMEOUT_S

    def __init__(self, name: str, description: str, parameters: Mapping[str, Any]) -> None:
        check = Checks(ChatMalformed)
        check.texts(name=name)
        check.kinds(str, "a text", description=description)
        check.kinds(Mapping, "a JSON Schema object", parameters=parameters)
        if parameters.get("type", "object") != "object" or not isinstance(parameters.get("properties", {}), Mapping):
            raise ChatMalformed(f"parameters of {name} must be a JSON Schema object with properties.")
        self.name, self.description, self.parameters = name, description, dict(parameters)

    @property
    def schema(self) -> FunctionSchema:
        """The function as every model can be told of it (FUNC-02)."""
        given = self.parameters
        return FunctionSchema(
            self.name, self.description, dict(given.get("properties", {})), list(given.get("required", ()))
        )

    @abstractmethod
    async def execute(self, ctx: FunctionContext) -> Any:
        """Do the work and return JSON data; raise :class:`AIError` with a sentence for the model otherwise."""


ChatFunction: TypeAlias = AIFunction | FunctionSchema | Callable[..., Any]


class FunctionContext:
    """What a function is given (LK-05): its checked arguments, the agent, the other functions, and the services.

    ``values``: arguments by name, of the declared types (LK-06). ``agent.userdata`` holds state, ``agent.lock`` guards
    it, ``agent.say(text)`` speaks. ``stt``, ``tts``, ``llm`` are None where the bot has none.
    """

    def __init__(
        self,
        values: dict[str, Any],
        agent: AgentSession,
        function_tools: list[AIFunction],
        stt: STTService | None = None,
        tts: TTSService | None = None,
        llm: LLMService | None = None,
        *,
        depth: int = 0,
    ) -> None:
        self.values, self.agent, self.function_tools = values, agent, function_tools
        self.stt, self.tts, self.llm = stt, tts, llm
        self._depth = depth

    async def call(self, name: str, **values: Any) -> Any:
        """Call another function and return its result (LK-06); its arguments are checked like the model's.

        Raises ``tool.ai_error`` for a name that is not there and for functions that call each other without end.
        """
        function = next((tool for tool in self.function_tools if tool.name == name), None)
        if function is None:
            raise AIError(f"There is no function named {name}.")
        if self._depth + 1 >= DEEPEST:
            raise AIError("The functions call each other without end.")
        checked = validate_arguments(function.schema, values)
        inner = FunctionContext(
            checked, self.agent, self.function_tools, self.stt, self.tts, self.llm, depth=self._depth + 1
        )
        return await function.execute(inner)


def schemas_of(functions: Sequence[ChatFunction]) -> list[FunctionSchema]:
    """Return functions as the contexts take them, of equal names the later."""
    found: dict[str, FunctionSchema] = {}
    for function in functions:
        if isinstance(function, AIFunction):
            schema = function.schema
        elif isinstance(function, FunctionSchema):
            schema = function
        else:
            schema = DirectFunction(function).schema
        found[schema.name] = schema
    return list(found.values())


def register_ai_functions(
    llm: LLMService,
    functions: Sequence[AIFunction],
    agent: AgentSession,
    *,
    stt: STTService | None = None,
    tts: TTSService | None = None,
) -> list[FunctionSchema]:
    """Let a model's service run these functions; return their schemas for the context's tools.

    Arguments are checked before a function runs, its failure and its time limit are told to the model (LK-06, LK-07).
    Speech does not cancel them: they may have effects (lessons T3).
    """

    def answering(function: AIFunction) -> FunctionHandler:
        async def answer(params: FunctionCallParams) -> None:
            context = FunctionContext(dict(params.arguments), agent, list(functions), stt, tts, llm)
            await params.result_callback(await function.execute(context))

        return answer

    for function in functions:
        llm.register(
            function.name,
            Registration(
                answering(function), cancel_on_interruption=False, timeout_s=function.timeout_s, schema=function.schema
            ),
        )
    return schemas_of(functions)
