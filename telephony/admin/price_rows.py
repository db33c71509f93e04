"""Where calls may go and what a minute costs there, as rows; works without scripts."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from telephony.selectors.countries import country_choices, country_name
from telephony.selectors.spend import HIGHEST_PRICE, price_in

SPARE = 3
MOST = 260

Row = dict[str, Any]
"""``country``, two letters; ``price`` as it was typed; ``allowed``: calls may go there."""


class PriceRowsWidget(forms.Widget):
    """A row for every country that has a price, and three empty ones."""

    template_name = "admin/telephony/price_rows.html"

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> Any:
        """Draw the rows."""
        filled = [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []
        empty = {"country": "", "price": "", "allowed": True}
        rows = [*filled, *([empty] * SPARE)]
        given = attrs or {}
        context = {"rows": list(enumerate(rows, start=1)), "name": name, "id": given.get("id", name),
                   "choices": country_choices(), "disabled": bool(given.get("disabled"))}  # fmt: skip
        return render_to_string(self.template_name, context)

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> list[Row]:
        """The rows in which a country or a price was entered, right or wrong."""
        found = []
        for index in range(1, MOST):
            if f"{name}-{index}-country" not in data:
                break
            country = str(data.get(f"{name}-{index}-country") or "")[:2]
            price = str(data.get(f"{name}-{index}-price") or "").strip()[:16]
            if country or price:
                found.append({"country": country, "price": price, "allowed": bool(data.get(f"{name}-{index}-allowed"))})
        return found

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        """No rows is an answer."""
        return False

    def id_for_label(self, id_: str) -> str:
        """No single control is labelled."""
        return ""


class PriceRowsField(forms.Field):
    """Rows whose prices are numbers, each country once."""

    widget = PriceRowsWidget

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)

    def clean(self, value: Any) -> list[Row]:
        """The rows; every mistake is named with its row."""
        known = {code for code, _name in country_choices()}
        seen: set[str] = set()
        wrong = []
        for number, row in enumerate(value, start=1):
            if row["country"] not in known:
                wrong.append(_("Row %d: choose a country.") % number)
            elif row["country"] in seen:
                wrong.append(_("Row %(n)d: %(country)s is there already.")
                             % {"n": number, "country": country_name(row["country"])})  # fmt: skip
            elif price_in(row["price"].replace(",", ".")) is None:
                wrong.append(_("Row %(n)d: a price is more than nothing and at most %(most)s.")
                             % {"n": number, "most": HIGHEST_PRICE})  # fmt: skip
            seen.add(row["country"])
        if wrong:
            raise forms.ValidationError(wrong)
        return [{**row, "price": row["price"].replace(",", ".")} for row in value]


def rows_of(countries: list[str], prices: Mapping[str, Any]) -> list[Row]:
    """Return what is stored as rows, by the countries' names."""
    codes = sorted({*countries, *prices}, key=country_name)
    return [{"country": code, "price": _typed(prices.get(code)), "allowed": code in countries} for code in codes]


def _typed(price: object) -> str:
    known = price_in(price)
    return "" if known is None else f"{known.normalize():f}" if known != Decimal(0) else ""
