import pytest

from nanonis_qcodes_controller import capabilities


def test_a_distribution_that_is_not_installed_has_no_version(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(capabilities, "DISTRIBUTION", "nqctl-is-not-installed")
    assert capabilities.installed_version() == "unknown"


def test_parameters_are_named_once_and_have_units() -> None:
    names = [parameter.name for parameter in capabilities.PARAMETERS]
    assert len(names) == len(set(names))
    assert all(parameter.unit for parameter in capabilities.PARAMETERS)
