"""What people find in Telnyx's portal (Telnyx's "Configuring Call Control/TeXML Applications")."""

from __future__ import annotations

from telephony.carriers.base import ConsoleGuide

CONSOLE = ConsoleGuide(
    account_help="The AccountSid that Telnyx sends with its messages: your organization's id.",
    steps=(
        "In Telnyx's portal open Voice, Programmable Voice, TeXML Applications and make an application.",
        "Enter the voice address as its webhook and the status address as its status callback, both with POST.",
        "Open Numbers, My Numbers, and choose that application as the number's connection.",
    ),
)
