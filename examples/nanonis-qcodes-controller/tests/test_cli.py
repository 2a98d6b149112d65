import json

import pytest

from nanonis_qcodes_controller.capabilities import PARAMETERS
from nanonis_qcodes_controller.cli import main


def test_capabilities_prints_one_json_object(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["capabilities"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["program"] == "nqctl"
    assert printed["commands"] == ["capabilities"]
    assert [found["name"] for found in printed["parameters"]] == [
        parameter.name for parameter in PARAMETERS
    ]


def test_a_command_is_needed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main([])
    assert stopped.value.code == 2
    assert "command" in capsys.readouterr().err


def test_an_unknown_command_is_refused() -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["calibrate"])
    assert stopped.value.code == 2
