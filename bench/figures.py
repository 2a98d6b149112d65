"""How a measurement is printed: the median over the rounds of the ratio within a round."""

import statistics
from collections.abc import Sequence


def report(
    title: str, ours: Sequence[float], other: Sequence[float], unit: str, name: str, goal: float | None = None
) -> None:
    ratios = sorted(a / b for a, b in zip(ours, other, strict=True))
    wanted = f"  goal {goal:.2f}" if goal else ""
    print(
        f"{title:<34} {statistics.median(ratios):7.2f} x {name:<24}"
        f" ({ratios[0]:.2f} to {ratios[-1]:.2f}; {statistics.median(ours):,.0f} against "
        f"{statistics.median(other):,.0f} {unit}, {len(ratios)} rounds){wanted}",
        flush=True,
    )
