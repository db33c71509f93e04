"""Several services of one kind, of which one works: switched by hand, or when it fails (PAR-05)."""

from .recognition import RecognitionSwitcher
from .strategies import ServiceSwitcherStrategy, ServiceSwitcherStrategyFailover, ServiceSwitcherStrategyManual
from .switcher import ServiceSwitcher

__all__ = [
    "RecognitionSwitcher",
    "ServiceSwitcher",
    "ServiceSwitcherStrategy",
    "ServiceSwitcherStrategyFailover",
    "ServiceSwitcherStrategyManual",
]
