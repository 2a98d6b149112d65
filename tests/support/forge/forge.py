"""The two origins together, in this process."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from .api import GitHubApi
from .blobs import BlobHost
from .links import Links
from .scenario import Scenario
from .wire import Journal, Origin


class Forge:
    """Serves a scenario on two ports of the loopback interface until stop(), or as a context manager.

    `scenario` may be edited at any time; `journal` holds what was asked and what must never happen.
    """

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.journal = Journal()
        links = Links(scenario)
        self._github = GitHubApi(scenario, self.journal, links)
        self._host = BlobHost(scenario, self.journal, links)
        self._api = Origin("api", self._github.answer, self.journal)
        self._blobs = Origin("blob", self._host.answer, self.journal)
        self._github.url, self._github.blob_url = self._api.url, self._blobs.url
        self._host.url = self._blobs.url

    @property
    def url(self) -> str:
        """What GITHUB_API_URL is to be."""
        return self._api.url

    @property
    def blob_url(self) -> str:
        return self._blobs.url

    def environment(self) -> dict[str, str]:
        """The variables that GitHub Actions would set for a promotion of this scenario."""
        return {
            "GITHUB_API_URL": self.url,
            "GITHUB_REPOSITORY": self.scenario.asked.full_name,
            "GITHUB_REPOSITORY_ID": str(self.scenario.asked.id),
            "GITHUB_TOKEN": self.scenario.token,
        }

    def start(self) -> None:
        self._api.start()
        self._blobs.start()

    def stop(self) -> None:
        self._api.stop()
        self._blobs.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
