"""The steps of the demo as plain functions, each on a service that the window uses too."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from services.chat.messages import ChatMessage, ChatRequest
from services.chat.servers.ollama import Ollama
from services.datasets.importing import ImportReport, import_file
from services.demo.sample import QUESTIONS, rows_file
from services.export.llama_cpp import ask_gguf
from services.jobs import events as ev
from services.jobs.job import Job
from services.jobs.kinds.export import ExportRequest
from services.jobs.kinds.train import TrainRequest
from services.jobs.queue import submit
from services.ollama.find import find
from services.projects.project import Project
from services.recipes.recipe import read_recipe

DATASET = "who-are-you"
OLLAMA_NAME = "tunesmith-demo"
MOST_TOKENS = 64
"""Tokens of an answer at most."""

_RECIPE: dict[str, Any] = {
    "stage": "sft",
    "finetuning_type": "lora",
    "lora_rank": 16,
    "lora_alpha": 32,
    "dataset": DATASET,
    "cutoff_len": 512,
    "per_device_train_batch_size": 8,
    "gradient_accumulation_steps": 1,
    "learning_rate": 5.0e-4,
    "num_train_epochs": 5.0,
    "lr_scheduler_type": "cosine",
    "warmup_ratio": 0.05,
    "logging_steps": 1,
    "save_steps": 50,
    "save_total_limit": 1,
    "plot_loss": True,
    "seed": 42,
}


def make_project(folder: Path | None) -> Project:
    """A project in a new or empty folder; without one, in 'demo' here, or the next free 'demo-2', 'demo-3', ..."""
    if folder is None:
        folder, number = Path("demo"), 2
        while folder.exists():
            folder, number = Path(f"demo-{number}"), number + 1
    return Project.create(folder, name="Demo")


def import_rows(project: Project) -> ImportReport:
    """The sample rows as a data set. The column of questions and the one of answers are found by their names."""
    return import_file(project, rows_file(), DATASET)


def recipe(model: Path, steps: int = 0) -> dict[str, Any]:
    """The demo's recipe as a request keeps it. steps: optimiser steps, 0 for five rounds over the rows."""
    data = {**_RECIPE, "model_name_or_path": str(model), **({"max_steps": steps} if steps else {})}
    return read_recipe(data).model_dump(mode="json", exclude_defaults=True)


def train(project: Project, model: Path, steps: int = 0) -> Job:
    """Queue the run; it asks QUESTIONS before and after."""
    return submit(
        project, TrainRequest(name="demo", recipe=recipe(model, steps), sample_prompts=list(QUESTIONS), sample_steps=0)
    )


def answers(events: Iterable[ev.AnyEvent], label: str) -> list[str]:
    """Answers of a run to QUESTIONS, in their order. label: 'before' or 'after'."""
    said = {e.prompt: e.text for e in events if isinstance(e, ev.Sample) and e.label == label}
    return [said.get(question, "") for question in QUESTIONS]


def export(project: Project, run: Job) -> Job:
    """Queue merge, conversion and quantisation to Q4_K_M in one pass."""
    return submit(project, ExportRequest(name="demo", run=run.id, target="gguf", quant="q4_k_m"))


def ask_file(gguf: Path) -> list[str]:
    """Answers of a GGUF to QUESTIONS, from llama.cpp in a process of its own."""
    return [answer.text.strip() for answer in ask_gguf(gguf, QUESTIONS, max_tokens=MOST_TOKENS)]


def ollama_url() -> str:
    """Where an Ollama answers; "" if none does."""
    found = find()
    return found.url if found.running else ""


def deploy(project: Project, run: Job) -> Job:
    """Queue the deployment to Ollama, gates included. An earlier demo there is replaced."""
    options = {"name": OLLAMA_NAME, "overwrite": True}
    return submit(
        project, ExportRequest(name=OLLAMA_NAME, run=run.id, target="ollama", quant="q4_k_m", options=options)
    )


def ask_ollama(model: str = OLLAMA_NAME) -> list[str]:
    """Answers of the deployed model to QUESTIONS, through the same adapter that the chat window uses."""
    server = Ollama()
    try:
        return [_ask(server, model, question) for question in QUESTIONS]
    finally:
        server.close()


def _ask(server: Ollama, model: str, question: str) -> str:
    request = ChatRequest(
        model=model, messages=(ChatMessage("user", question),), temperature=0.0, max_tokens=MOST_TOKENS
    )
    return "".join(delta.text for delta in server.stream(request)).strip()
