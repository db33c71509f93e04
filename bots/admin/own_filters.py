"""Lists of rows are narrowed by their own filters and nothing else."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

COMPARISONS = {"exact", "isnull", "in", "gt", "gte", "lt", "lte", "year", "month", "day"}
IDENTITY = {"id", "pk"}


class OwnFiltersAdmin(admin.ModelAdmin):
    """A model's pages whose list takes no other questions by its address than those it offers.

    Django lets an address ask for any column of the model, ``?secret__startswith=a``: who may see the list could read
    out, letter by letter, what the page shortens or does not show.
    """

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """Whether a list may be narrowed so: a filter's field, or the row itself, and no column behind it."""
        name, *rest = lookup.split("__")
        if rest and rest[-1] in COMPARISONS:
            rest.pop()
        offered = {item[0] if isinstance(item, (list, tuple)) else item for item in self.get_list_filter(request)}
        known = name in offered | {self.date_hierarchy} and set(rest) <= IDENTITY
        return known or (name in IDENTITY and not rest)
