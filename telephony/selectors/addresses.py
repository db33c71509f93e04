"""The addresses under which carriers reach this house: of its configured public one, never of a request (T8)."""

from urllib.parse import quote, urlsplit

from bots.actions.errors import ActionError
from bots.models.voice_settings import voice_setting
from telephony.carriers import carrier_named
from telephony.models import CarrierAccount

SCHEMES = {"https": "wss", "http": "ws"}


def public_url() -> str:
    """The house's public address without a slash at its end. Raises ActionError ``public_url.missing``."""
    found = str(voice_setting("PUBLIC_URL")).rstrip("/")
    parts = urlsplit(found)
    if parts.scheme not in SCHEMES or not parts.netloc or parts.query or parts.fragment:
        raise ActionError(
            "public_url.missing",
            "This server does not know under which address carriers reach it.",
            owner="us",
            next_step="Set VOICE_PUBLIC_URL, as https://voice.example, and restart.",
            http_status=503,
        )
    return found


def webhook_path(account: CarrierAccount, kind: str, *parts: object) -> str:
    """The path of a webhook: ``/telephony/<account>/<kind>/…``."""
    return "/".join(["/telephony", account.slug, kind, *(quote(str(part), safe="") for part in parts)])


def webhook_url(account: CarrierAccount, kind: str, *parts: object) -> str:
    """The whole address of a webhook; a carrier that signs nothing gets a key with it."""
    key = "" if carrier_named(account.carrier).signs_webhooks else f"?key={account.hook_key}"
    return f"{public_url()}{webhook_path(account, kind, *parts)}{key}"


def stream_url(carrier: str, token: str) -> str:
    """The address of a media stream; its token opens it once."""
    base = public_url()
    scheme, _, rest = base.partition("://")
    return f"{SCHEMES[scheme.lower()]}://{rest}/telephony/stream/{carrier}/{token}"
