"""What a fresh installation needs before the first person signs in: an administrator and groups of permissions."""

import os
import secrets
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.db import transaction

ADMINISTRATOR = "admin"
PASSWORD_FILE = "administrator-password.txt"  # noqa: S105 - the name of a file
GROUPS: dict[str, tuple[str, ...]] = {
    "Builders": (
        "add_bot", "change_bot", "view_bot", "view_botversion", "view_call", "view_transcript", "listen_recording",
        "view_callevent", "view_recording", "add_credential", "change_credential", "view_credential",
    ),
    "Analysts": (
        "view_bot", "view_botversion", "view_call", "view_transcript", "listen_recording", "view_callevent",
        "view_recording", "view_job",
    ),
    "Operators": ("view_bot", "view_call", "view_job", "change_job"),
}  # fmt: skip


@transaction.atomic
def ensure_groups() -> list[str]:
    """Create the groups with their permissions; permissions that somebody added to them stay. Answers new names."""
    created: list[str] = []
    for name, codenames in GROUPS.items():
        group, new = Group.objects.get_or_create(name=name)
        if new:
            found = Permission.objects.filter(content_type__app_label="bots", codename__in=codenames)
            group.permissions.add(*found)
            created.append(name)
    return created


def write_secret(path: Path, secret: str) -> None:
    """Keep a secret in a file that only its owner may read."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(secret + "\n")


@transaction.atomic
def ensure_administrator(*, password_file: Path, reset: bool = False) -> tuple[Any, str | None]:
    """The administrator, and the new password when one was just made (first run, or ``reset``).

    The password is written to the file before it is in force, so that nobody is locked out by a crash in between.
    """
    users = get_user_model().objects.select_for_update()
    user = users.filter(username=ADMINISTRATOR).first()
    if user is not None and not reset:
        return user, None
    password = secrets.token_urlsafe(12)
    write_secret(password_file, password)
    if user is None:
        user = get_user_model().objects.create_superuser(ADMINISTRATOR, "", password)
    else:
        user.set_password(password)
        user.is_active = user.is_staff = user.is_superuser = True
        user.save()
    return user, password
