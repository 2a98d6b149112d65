"""What this installation can do, as a value that programs read."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version

from platformdirs import user_config_dir

DISTRIBUTION = "nanonis-qcodes-controller"


@dataclass(frozen=True)
class Parameter:
    """A quantity that the instrument can be asked for, and set where it is writable."""

    name: str
    unit: str
    writable: bool


PARAMETERS = (
    Parameter("bias", "V", writable=True),
    Parameter("setpoint_current", "A", writable=True),
    Parameter("z_position", "m", writable=False),
)


def installed_version() -> str:
    """The version of the installed distribution, or "unknown" in a bare checkout."""
    try:
        return version(DISTRIBUTION)
    except PackageNotFoundError:
        return "unknown"


def capabilities() -> dict[str, object]:
    """Everything `nqctl capabilities` prints."""
    return {
        "program": "nqctl",
        "version": installed_version(),
        "commands": ["capabilities"],
        "parameters": [asdict(parameter) for parameter in PARAMETERS],
        "config_folder": user_config_dir("nqctl", appauthor=False),
    }
