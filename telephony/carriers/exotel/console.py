"""What people find in Exotel's dashboard (Exotel's "Working with the Stream and Voicebot Applet")."""

from __future__ import annotations

from telephony.carriers.base import ConsoleGuide

CONSOLE = ConsoleGuide(
    account_help="The account SID, under API settings in the dashboard.",
    region_help="in for accounts in Mumbai, empty for Singapore.",
    steps=(
        "Ask Exotel's support to switch on the Voicebot applet, if App Bazaar does not offer it yet.",
        "In App Bazaar make a flow: Call Start, a Voicebot applet, for transfers a Connect applet, a Hangup applet.",
        "Enter the voice address, with its key, as the Voicebot applet's URL.",
        "Enter the connect address as the Connect applet's dynamic URL; nobody answering leads back to the Voicebot.",
        "Enter the status address in a Passthru applet before the Hangup applet, and save the flow.",
        "Open ExoPhones, choose the number and set it to that flow.",
    ),
    sets_webhooks=False,
)
