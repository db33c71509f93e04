"""Telnyx, by way of TeXML (TEL-13)."""

from telephony.carriers.base import CredentialField
from telephony.carriers.carrier import Carrier
from telephony.serializers import TelnyxFrameSerializer

from . import documents, signature, webhooks
from .api import TelnyxAPI
from .console import CONSOLE

CARRIER = Carrier(
    name="telnyx",
    label="Telnyx",
    fields=(
        CredentialField("api_key", "API key", "Under Account settings, Keys & Credentials, in the portal."),
        CredentialField("public_key", "Public key", "Beside the API keys: what Telnyx signs its webhooks with."),
        CredentialField(
            "application_id",
            "TeXML application",
            "Only if you have made one yourself, as for calls out, which need its outbound voice profile.",
            required=False,
        ),
    ),
    console=CONSOLE,
    verify=signature.verify,
    webhooks=webhooks,
    documents=documents,
    api=TelnyxAPI,
    new_serializer=lambda: TelnyxFrameSerializer(outbound_encoding=documents.OURS),
    asks_for_key=True,
)
