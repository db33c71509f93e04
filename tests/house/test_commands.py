"""The README's commands exist, and say what to type when the machine lacks something."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

TOOLS = ("sh", "dirname", "cat", "cksum", "grep", "ls", "id", "rm", "mkdir")


@pytest.fixture
def bare(tmp_path: Path) -> dict[str, str]:
    """The environment of a machine that has a shell and little else."""
    for tool in TOOLS:
        found = shutil.which(tool)
        assert found
        (tmp_path / tool).symlink_to(found)
    return {"PATH": str(tmp_path)}


def shell(script: Path, *arguments: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = ["/bin/sh", str(script), *arguments]
    return subprocess.run(command, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("target", ["run", "test", "check", "engine", "bench", "fmt", "clean", "help", "lock"])
def test_make_knows_the_target(project: Path, target: str) -> None:
    done = subprocess.run(["make", "--dry-run", target], cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("script", ["run", "scripts/setup.sh", "scripts/system.sh", "scripts/check.sh", ".ci/run"])
def test_scripts_are_sound_and_may_be_run(project: Path, script: str) -> None:
    assert os.access(project / script, os.X_OK)
    assert subprocess.run(["sh", "-n", str(project / script)], check=False).returncode == 0


def test_continuous_integration_runs_the_test_command_of_the_readme(project: Path) -> None:
    assert "\nmake test\n" in (project / "README.md").read_text()
    assert (project / ".ci" / "run").read_text().rstrip().endswith("make test")


def test_a_machine_without_python_is_told_what_to_type(project: Path, bare: dict[str, str], tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    shutil.copytree(project / "scripts", clone / "scripts")
    done = shell(clone / "scripts" / "setup.sh", "base", env=bare)
    assert done.returncode == 1
    assert "apt-get install -y python3 python3-venv" in done.stderr


def test_a_python_that_cannot_make_environments_is_explained(
    project: Path, bare: dict[str, str], tmp_path: Path
) -> None:
    clone = tmp_path / "clone"
    shutil.copytree(project / "scripts", clone / "scripts")
    fake = tmp_path / "python3"
    fake.write_text('#!/bin/sh\n[ "$2" != venv ] || { echo "ensurepip is not available" >&2; exit 1; }\n')
    fake.chmod(0o755)
    done = shell(clone / "scripts" / "setup.sh", "base", env=bare)
    assert done.returncode == 1
    assert "apt-get install -y python3-venv" in done.stderr
    assert not (clone / ".venv").exists()


def test_missing_test_programs_are_named_when_they_cannot_be_installed(project: Path, bare: dict[str, str]) -> None:
    done = shell(project / "scripts" / "system.sh", env=bare)
    assert done.returncode == 1
    for program in ("chromium", "espeak-ng", "flite", "redis-server"):
        assert program in done.stderr.splitlines()[-1]


def test_a_second_set_up_does_nothing(project: Path, bare: dict[str, str], tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    shutil.copytree(project / "scripts", clone / "scripts")
    shutil.copytree(project / "requirements", clone / "requirements")
    (clone / ".venv" / "bin").mkdir(parents=True)
    python = clone / ".venv" / "bin" / "python"
    python.write_text('#!/bin/sh\n[ "$1" = -c ]\n')
    python.chmod(0o755)
    with (clone / "requirements" / "base.txt").open("rb") as lock:
        stamp = subprocess.run(["cksum"], stdin=lock, capture_output=True, check=True).stdout
    (clone / ".venv" / "installed-base").write_bytes(stamp)
    done = shell(clone / "scripts" / "setup.sh", "base", env=bare)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
