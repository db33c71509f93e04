"""What people find in Twilio's console (Twilio's "Voice Webhooks")."""

from __future__ import annotations

from telephony.carriers.base import ConsoleGuide

CONSOLE = ConsoleGuide(
    account_help="The Account SID: begins with AC, on the first page of the console.",
    region_help="Only for accounts outside the United States' region, as dublin.ie1; empty otherwise.",
    steps=(
        "In Twilio's console open Phone Numbers, Manage, Active numbers and choose the number.",
        "Under Voice Configuration set “A call comes in” to Webhook, enter the voice address, choose HTTP POST.",
        "Enter the status address under “Call status changes”, HTTP POST, and save.",
    ),
)
