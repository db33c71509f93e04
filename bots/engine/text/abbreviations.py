"""Abbreviations that a full stop follows, lower case, without that stop. All languages together: a bot may mix them."""

from __future__ import annotations

_NEVER = """
    mr mrs ms mx dr prof rev hon gen col lt sgt capt cmdr gov messrs mt vs eg e.g ie i.e cf approx viz
    hr fr frl z.b d.h bzw evtl ggf inkl zzgl u.a s.o z.t mme mlle p.ex sr sra srta dra dott avv
"""
_MAYBE = """
    etc inc ltd co corp jr llc plc bros dept st ft ave blvd rd al ca est ph.d jan feb apr aug sept sep oct nov dec
    mon tue tues wed thu thur thurs fri usw str tel ext min max incl
"""
_NUMBERED = "no nos nr nº núm art fig p pp vol ch sec para"

# A sentence never ends here: something must follow.
NEVER_LAST = frozenset(_NEVER.split())
# A sentence may end here; what follows decides.
MAYBE_LAST = frozenset(_MAYBE.split())
# Not the end when a number follows ("No. 5", "fig. 2").
BEFORE_NUMBER = frozenset(_NUMBERED.split())
