"""The composed house is consistent: what it starts, waits for and sets exists."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import get_commands

from voiceapp.env import FILE_SUFFIX, ROLES, VARIABLES

OWN = {"web", "media", "worker", "beat", "migrate"}
IMAGE_VARIABLES = {
    "postgres": {"POSTGRES_USER", "POSTGRES_DB", "POSTGRES_PASSWORD_FILE"},
    "redis": set(),
}
KNOWN = set(VARIABLES) | {name + FILE_SUFFIX for name in VARIABLES}


@pytest.fixture(scope="module")
def compose(project: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((project / "docker-compose.yml").read_text(encoding="utf-8"))
    return loaded


def test_all_parts_of_the_grown_up_house_are_there(compose: dict[str, Any]) -> None:
    assert set(compose["services"]) == OWN | set(IMAGE_VARIABLES)


def test_own_services_share_one_image_built_here(compose: dict[str, Any], project: Path) -> None:  # DEP-07
    for name in OWN:
        service = compose["services"][name]
        assert (project / service["build"] / "Dockerfile").is_file()
        assert service["image"] == "voiceapp"
        assert service["environment"]["ROLE"] in ROLES


def test_each_long_running_service_proves_its_health_and_restarts(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        if name != "migrate":
            assert service["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}, name
            assert service["restart"] == "unless-stopped", name


def test_every_wait_names_a_service_that_can_fulfil_it(compose: dict[str, Any]) -> None:
    services = compose["services"]
    for name, service in services.items():
        for target, wait in service.get("depends_on", {}).items():
            assert target in services, f"{name} waits for {target}"
            if wait["condition"] == "service_healthy":
                assert "healthcheck" in services[target]
            else:
                assert wait["condition"] == "service_completed_successfully"
                assert services[target]["restart"] == "no"


def test_only_variables_that_mean_something_are_set(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        unknown = set(service.get("environment", {})) - IMAGE_VARIABLES.get(name, KNOWN)
        assert unknown == set(), name


def test_no_secret_stands_in_the_file(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        for variable, value in service.get("environment", {}).items():
            if re.search("PASSWORD|SECRET|ENCRYPTION|DATABASE_URL", variable):
                assert variable.endswith(FILE_SUFFIX)
                secret = value.removeprefix("/run/secrets/")
                assert secret in compose["secrets"]
                assert secret in service["secrets"]


def test_commands_exist(compose: dict[str, Any], project: Path) -> None:
    commands = get_commands()
    for name in OWN:
        command = compose["services"][name]["command"]
        if command[0] == "celery":
            assert command[1:3] == ["--app", "voiceapp"]
            assert command[3] in {"worker", "beat"}
        else:
            assert command[0] == "python"
            assert (project / command[1]).is_file()
            assert command[2] in commands


def test_volumes_are_named_and_declared(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        for mount in service.get("volumes", []):
            assert mount.split(":")[0] in compose["volumes"]


def test_ports_are_open_to_this_machine_only_and_each_once(compose: dict[str, Any]) -> None:
    ports = [port for service in compose["services"].values() for port in service.get("ports", [])]
    assert ports
    assert all(re.fullmatch(r"127\.0\.0\.1:\d+:8000", port) for port in ports)
    assert len({port.rsplit(":", 1)[0] for port in ports}) == len(ports)


def test_the_server_gets_longer_to_stop_than_it_takes_to_drain(compose: dict[str, Any]) -> None:
    for name in ("web", "media"):
        service = compose["services"][name]
        assert int(service["stop_grace_period"].removesuffix("s")) > int(service["environment"]["VOICE_DRAIN_S"]) + 10


def test_the_image_starts_a_command_that_exists(project: Path) -> None:
    text = (project / "Dockerfile").read_text(encoding="utf-8")
    started = re.search(r'CMD \["python", "manage.py", "(\w+)"', text)
    assert started
    assert started.group(1) in get_commands()
    for source in re.findall(r"^COPY (?!--from)(\S+) ", text, re.MULTILINE):
        assert (project / source).exists()
    assert set(re.findall(r"\b(VOICE_\w+)=", text)) <= KNOWN
