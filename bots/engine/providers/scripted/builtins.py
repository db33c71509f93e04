"""The intents every scripted bot knows; a script can replace their patterns, replies and tools."""

from bots.engine.providers.scripted.patterns import compiled
from bots.engine.providers.scripted.script import Intent

_POLITE = r"^(?:um |uh |okay |ok |oh |sorry |please |hey |well |and |can you |could you |would you )?(?:please )?"
_END = r"(?: please| for me| now| then| thanks| thank you| again)?$"


def _intent(name: str, core: str, *examples: str) -> Intent:
    return Intent(name, patterns=(compiled(f"{_POLITE}(?:{core}){_END}"),), examples=examples)


BUILT_IN: dict[str, Intent] = {
    intent.name: intent
    for intent in (
        _intent(
            "repeat",
            r"repeat|repeat that|say that|say it again|say again|come again|pardon|pardon me|what did you say|"
            r"what was that|i did not hear you|i didn't hear you|one more time|what",
            "repeat that please",
            "say that again",
            "what did you say",
            "pardon",
        ),
        _intent("continue", r"go on|continue|carry on|keep going", "go on", "continue"),
        _intent(
            "help",
            r"help|help me|i need help|what can i say|what can you do|what are my options|what else can you do",
            "help",
            "what can i say",
            "what can you do",
        ),
        Intent(
            "human",
            patterns=(
                compiled(
                    r"^(?:please |can i |could i |i want |i need |i'd like |let me |i would like )?(?:to )?"
                    r"(?:speak |talk )?(?:to |with )?(?:a |an |the |some )?"
                    r"(?:human|human being|real person|person|agent|operator|somebody real)(?: please)?$"
                ),
            ),
            examples=("i want to talk to a person", "operator", "a human please"),
        ),
        _intent(
            "wait",
            r"wait|wait a (?:moment|minute|second)|one moment|just a (?:moment|minute|second)|hold on|hang on|"
            r"give me a (?:moment|minute|second)|let me think",
            "wait a moment",
            "hold on",
            "one moment",
        ),
        _intent(
            "cancel",
            r"cancel|cancel that|cancel it|never mind|forget it|forget that|stop|stop it|stop that|start over|"
            r"leave it",
            "cancel that",
            "never mind",
            "forget it",
            "stop",
        ),
        _intent(
            "goodbye",
            r"(?:thanks |thank you |no )?(?:good ?bye|bye|bye bye|see you|see you later|that's all|that is all|"
            r"that will be all|hang up|end the call)",
            "goodbye",
            "bye bye",
            "that is all",
            "thank you goodbye",
        ),
        _intent(
            "time",
            r"what time is it|what's the time|what is the time|tell me the time|do you have the time|the time",
            "what time is it",
            "tell me the time",
        ),
        _intent(
            "date",
            r"what day is it|what day is today|what's the date|what is the date|what date is it|"
            r"what is today's date|what's today's date|what is the date today|what day is it today",
            "what day is it",
            "what is the date",
        ),
    )
}
