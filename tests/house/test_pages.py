"""Every page carries the house's safety headers, and guessing passwords locks out."""

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse


@pytest.mark.django_db
def test_pages_forbid_foreign_scripts_frames_and_plugins(client: Client) -> None:
    response = client.get(reverse("login"))
    policy = dict(part.strip().partition(" ")[::2] for part in response["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["object-src"] == "'none'"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "DENY"


@pytest.mark.django_db
def test_signing_in_leads_to_the_console(client: Client) -> None:  # DEP-16
    User.objects.create_user("ada", password="correct horse battery")
    response = client.post(reverse("login"), {"username": "ada", "password": "correct horse battery"})
    assert (response.status_code, response["Location"]) == (302, "/console/")


@pytest.mark.django_db
def test_guessing_passwords_locks_the_name_out_for_a_while(client: Client) -> None:
    User.objects.create_user("ada", password="correct horse battery")
    for attempt in range(settings.AXES_FAILURE_LIMIT):
        client.post(reverse("login"), {"username": "ada", "password": f"guess {attempt}"})
    response = client.post(reverse("login"), {"username": "ada", "password": "correct horse battery"})
    assert response.status_code == 429
    assert "_auth_user_id" not in client.session


@pytest.mark.django_db
def test_the_admin_is_closed_to_strangers(client: Client) -> None:
    assert client.get("/admin/").status_code == 302


@pytest.mark.django_db
def test_build_sources_are_not_served(client: Client) -> None:
    assert client.get("/static/src/package.json").status_code == 404
    style = client.get("/static/admin/css/base.css")
    assert b"html" in b"".join(style.streaming_content)
    style.close()
