"""The OpenAPI document as the page that docs/api.md ends in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .paths import ROOT

PAGE = ROOT / "docs" / "api.md"
BEGIN = "<!-- openapi: begin -->\n"
END = "<!-- openapi: end -->\n"


def render(document: dict[str, Any]) -> str:
    """One table for each tag: what there is, who may, what it answers."""
    groups: dict[str, list[str]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            permission = operation.get("x-permission")
            may = f"`{permission}`" if permission else "anybody"
            if permission and {} in operation["security"]:
                may = f"who has the address; `{permission}` shows more"
            statuses = ", ".join(sorted(operation["responses"]))
            line = f"| `{method.upper()} {path}` | {may} | {operation['summary']} | {statuses} |\n"
            groups.setdefault(operation["tags"][0], []).append(line)
    head = "| method and path | who may | what it does | answers |\n| --- | --- | --- | --- |\n"
    return "\n".join(f"### {tag.capitalize()}\n\n{head}{''.join(lines)}" for tag, lines in groups.items())


def documented(page: Path = PAGE) -> str:
    text = page.read_text()
    return text.partition(BEGIN)[2].partition(END)[0]


def rewrite(document: dict[str, Any], page: Path = PAGE) -> None:
    before, _, rest = page.read_text().partition(BEGIN)
    after = rest.partition(END)[2]
    page.write_text(f"{before}{BEGIN}{render(document)}{END}{after}")
