"""Who or what takes a call that was placed, and what a bot does then (lessons T17; reliability C17)."""

from .detector import AnswerDetector
from .findings import AnswerKind, Finding, FoundBy
from .gate import AnswerGate
from .plan import AnswerPlan, plan_of

__all__ = ["AnswerDetector", "AnswerGate", "AnswerKind", "AnswerPlan", "Finding", "FoundBy", "plan_of"]
