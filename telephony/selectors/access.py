"""Rows of accounts as carriers' packages take them: plain data."""

from telephony.carriers import carrier_named
from telephony.carriers.base import AccountAccess, CarrierAPI
from telephony.models import CarrierAccount


def access_of(account: CarrierAccount) -> AccountAccess:
    """An account with its secrets in clear. Raises UnreadableCredential."""
    return AccountAccess(
        slug=account.slug,
        account_id=account.account_id,
        secrets=account.secrets(),
        region=account.region,
        hook_key=account.hook_key,
    )


def api_of(account: CarrierAccount) -> CarrierAPI:
    """The carrier's interface for an account; whoever takes it closes it."""
    return carrier_named(account.carrier).api(access_of(account))
