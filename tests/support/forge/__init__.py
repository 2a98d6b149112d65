"""A forge that answers as GitHub does, and misbehaves when it is told to.

scenario = misbehave(successful_push(archive), "digest-wrong")
with Forge(scenario) as forge:
    run("packhouse promote ...", env=forge.environment())
    assert forge.journal.violations == []
"""

from .forge import Forge
from .misbehaviour import MISBEHAVIOURS, misbehave
from .scenario import (
    TOKEN,
    Artifact,
    Attestation,
    Fault,
    Job,
    Repository,
    Run,
    Scenario,
    Workflow,
    commit_id,
    make_artifact,
    successful_push,
)
from .wire import Delivery, Journal, Recorded, Reply

__all__ = [
    "MISBEHAVIOURS",
    "TOKEN",
    "Artifact",
    "Attestation",
    "Delivery",
    "Fault",
    "Forge",
    "Job",
    "Journal",
    "Recorded",
    "Reply",
    "Repository",
    "Run",
    "Scenario",
    "Workflow",
    "commit_id",
    "make_artifact",
    "misbehave",
    "successful_push",
]
