"""How two commits of the scenario relate: GitHub's comparison of BASE...HEAD."""

from __future__ import annotations

from dataclasses import dataclass

from .scenario import Scenario


@dataclass(frozen=True)
class Comparison:
    status: str  # ahead, behind, identical or diverged: HEAD as BASE sees it
    base: str
    merge_base: str
    commits: tuple[str, ...]  # in HEAD and not in BASE, oldest first
    behind_by: int


def compare(scenario: Scenario, base: str, head: str) -> Comparison | None:
    """None where either commit is unknown. A commit off main left it after main's first commit."""
    base_line, head_line = _line(scenario, base), _line(scenario, head)
    if base_line is None or head_line is None:
        return None
    shared = [left for left, right in zip(base_line, head_line, strict=False) if left == right]
    ahead, behind = head_line[len(shared) :], base_line[len(shared) :]
    status = {
        (False, False): "identical",
        (True, False): "ahead",
        (False, True): "behind",
        (True, True): "diverged",
    }[bool(ahead), bool(behind)]
    return Comparison(status, base_line[-1], shared[-1], tuple(ahead), len(behind))


def parents(scenario: Scenario, sha: str) -> list[str]:
    line = _line(scenario, sha) or []
    return line[-2:-1]


def _line(scenario: Scenario, name: str) -> list[str] | None:
    """The commits from the root up to `name`, a commit id or the branch main."""
    history = scenario.history
    if name in ("main", "refs/heads/main"):
        return history
    if name in history:
        return history[: history.index(name) + 1]
    # A commit that a force push or a fork left behind is still served by its id.
    off_main = {scenario.run.head_sha, *scenario.tags.values()}
    return [history[0], name] if name in off_main else None
