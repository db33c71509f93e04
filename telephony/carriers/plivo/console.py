"""What people find in Plivo's console (Plivo's "Application")."""

from __future__ import annotations

from telephony.carriers.base import ConsoleGuide

CONSOLE = ConsoleGuide(
    account_help="The Auth ID: begins with MA or SA, on the first page of the console.",
    steps=(
        "In Plivo's console open Voice, Applications, XML and make an application.",
        "Enter the voice address as Answer URL and the status address as Hangup URL, both with POST.",
        "Open Phone Numbers, choose the number and set it to that application.",
    ),
)
