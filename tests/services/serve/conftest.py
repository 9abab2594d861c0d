"""A tiny model, runs of it in a project, and the engine's server over them."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import openai
import pytest

from services.engine.server import Server
from services.engine.server_models import Models
from services.projects.project import Project
from tests.helpers.ollama_contract import serving
from tests.helpers.tiny_model import make_tiny_model
from tests.helpers.tiny_runs import make_run

TOKEN = "token-of-the-test"


@dataclass
class Served:
    """A running server. url: without /v1."""

    url: str
    server: Server
    project: Project
    model_dir: Path

    def openai(self, key: str = TOKEN) -> openai.OpenAI:
        """A client of the real library."""
        http = httpx.Client(trust_env=False)
        return openai.OpenAI(base_url=f"{self.url}/v1", api_key=key, max_retries=0, http_client=http)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Two runs of one tiny model: run-1 with two checkpoints, run-2; and run-3 of another base."""
    folder = tmp_path_factory.mktemp("serve 服务")
    model_dir = make_tiny_model(folder / "base")
    project = Project.create(folder / "project")
    make_run(project, model_dir, checkpoints=(10, 20))
    make_run(project, model_dir, name="other", seed=7)
    make_run(project, make_tiny_model(folder / "another", seed=5), name="elsewhere")
    server = Server(Models(project, run="1"), TOKEN)
    with serving(server.app) as url:
        yield Served(url, server, project, model_dir)
    server.close()
