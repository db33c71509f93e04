"""Lists answer the questions they offer; who may see a list does not read out columns by its address."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.test import Client, RequestFactory

from bots.admin.own_filters import OwnFiltersAdmin
from bots.models import Call
from tests.bots.factories import make_bot, make_call, make_user

OURS = [page for model, page in admin.site._registry.items() if model._meta.app_label in ("bots", "telephony")]
REQUEST = RequestFactory().get("/")


@pytest.mark.parametrize("page", OURS, ids=lambda page: page.opts.model_name)
def test_every_list_of_ours_takes_no_question_that_it_does_not_offer(page: Any) -> None:
    assert isinstance(page, OwnFiltersAdmin)
    offered = {*page.get_list_filter(REQUEST), page.date_hierarchy}
    columns = [field for field in page.model._meta.get_fields() if field.concrete and field.name not in offered]
    for field in columns:
        assert not page.lookup_allowed(f"{field.name}__startswith", "a", REQUEST)
        assert field.primary_key or not page.lookup_allowed(field.name, "a", REQUEST)
    for name in {name for name in offered if name}:
        assert page.lookup_allowed(name, "a", REQUEST)
        assert page.lookup_allowed(f"{name}__exact", "a", REQUEST)
        assert page.lookup_allowed(f"{name}__id__exact", "1", REQUEST)
        assert not page.lookup_allowed(f"{name}__draft__startswith", "a", REQUEST)
    assert page.lookup_allowed("id__in", "1", REQUEST)
    assert not page.lookup_allowed("id__call__exact", "1", REQUEST)


@pytest.mark.django_db
def test_a_callers_number_is_not_found_out_by_asking_for_it() -> None:
    call = make_call(make_bot(), None)
    Call.objects.filter(pk=call.pk).update(spec={"variables": {"caller_number": "+4915112345678"}})
    client = Client()
    client.force_login(make_user("ana", "view_call", staff=True))
    assert client.get("/admin/bots/call/?status__exact=ended").status_code == 200
    for known in ("+49", "+48"):
        answer = client.get("/admin/bots/call/", {"spec__variables__caller_number__startswith": known})
        assert answer.status_code == 400
