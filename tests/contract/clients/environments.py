"""The clients' own environments: made once, kept in .venv-clients/, remade when a pin changes."""

import fcntl
import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.contract.openapi import missing

HERE = Path(__file__).parent
CACHE = HERE.parents[2] / ".venv-clients"
TIMEOUT = 240


def python_clients() -> Path:
    """A Python interpreter that has the Python clients."""
    pins = [HERE / "requirements.txt", HERE / "requirements-source.txt"]
    folder = _environment("python", pins, _make_python)
    return folder / "bin" / "python"


def node_client() -> Path:
    """A folder in which Node finds the Node client."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        missing("Node and npm are not installed: apt-get install nodejs npm")
    pins = [HERE / "node" / name for name in ("package.json", "package-lock.json")]
    return _environment("node", pins, _make_node)


def _environment(name: str, pins: list[Path], make: Callable[[Path], None]) -> Path:
    digest = hashlib.sha256(b"".join(pin.read_bytes() for pin in pins)).hexdigest()[:16]
    folder = CACHE / f"{name}-{digest}-{sys.version_info.major}.{sys.version_info.minor}"
    CACHE.mkdir(exist_ok=True)
    with (CACHE / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # several test processes may want it at once
        if not (folder / "complete").exists():
            shutil.rmtree(folder, ignore_errors=True)
            try:
                make(folder)
            except (subprocess.SubprocessError, OSError) as error:
                shutil.rmtree(folder, ignore_errors=True)
                missing(f"the {name} clients cannot be installed here: {type(error).__name__}")
            (folder / "complete").touch()
    return folder


def _run(*command: str | Path, folder: Path | None = None) -> None:
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=TIMEOUT)


def _make_python(folder: Path) -> None:
    _run(sys.executable, "-m", "venv", folder)
    pip: list[str | Path] = [folder / "bin" / "python", "-m", "pip", "install", "--disable-pip-version-check"]
    _run(*pip, "-r", HERE / "requirements.txt")
    plain = ("--no-build-isolation", "--no-deps")
    _run(*pip, *plain, "-r", HERE / "requirements-source.txt")


def _make_node(folder: Path) -> None:
    folder.mkdir()
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / "node" / name, folder / name)
    _run("npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", folder=folder)
