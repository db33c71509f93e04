"""A bot in code that needs no key: it answers by rules and speaks with the built-in voice.

Run it and talk: python manage.py voice_bot docs/guide/examples/code_bot.py
"""

from bots.engine.context.context import LLMContext
from bots.engine.core.pipeline import Pipeline
from bots.engine.core.runner import PipelineRunner
from bots.engine.core.task import PipelineTask
from bots.engine.frames import LLMRunFrame
from bots.engine.providers.registry import make_service
from bots.engine.providers.resources import SharedResources
from bots.engine.rtvi import RTVIObserver, RTVIProcessor
from bots.engine.spec import BotSpec, ServiceSpec
from bots.engine.transports.creation import create_transport
from bots.engine.transports.params import TransportParams
from bots.engine.turns.pair import LLMContextAggregatorPair

SHARED = SharedResources()
SCRIPT = {
    "version": 1,
    "phrases": {"greeting": ["Hello. How can I help you?"]},
    "intents": [{"name": "hello", "patterns": ["^hello$"], "examples": ["hello"], "replies": ["Hello to you too."]}],
}
LLM = ServiceSpec("scripted", {"script": SCRIPT})
SPEC = BotSpec("sample", "Sample", ServiceSpec("pocketsphinx"), LLM, ServiceSpec("espeak"))


async def bot(runner_args):
    transport = await create_transport(runner_args, {"webrtc": TransportParams, "websocket": TransportParams})
    stt, llm, tts = (make_service(kind, getattr(SPEC, kind), SPEC, SHARED, {}) for kind in ("stt", "llm", "tts"))
    pair = LLMContextAggregatorPair(LLMContext())
    rtvi = RTVIProcessor(transport=transport)
    pipeline = Pipeline([transport.input(), rtvi, stt, pair.user(), llm, tts, transport.output(), pair.assistant()])
    task = PipelineTask(pipeline, observers=[RTVIObserver(rtvi)])

    @rtvi.event_handler("on_client_ready")
    async def on_ready(rtvi):
        await rtvi.set_bot_ready()
        await task.queue_frame(LLMRunFrame())

    @transport.event_handler("on_client_disconnected")
    async def on_gone(transport, client, *reason):
        await task.cancel()

    await PipelineRunner(handle_sigint=False).run(task)
