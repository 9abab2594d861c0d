"""Runs without training: a job folder with what a run leaves, around a tiny model and adapters of random weights."""

import json
import shutil
import warnings
from pathlib import Path

from services.jobs.job import Job
from services.jobs.kinds.train import TrainRequest
from services.projects.project import Project


def make_run(
    project: Project,
    model_dir: Path,
    *,
    name: str = "greet",
    checkpoints: tuple[int, ...] = (),
    seed: int = 1,
    whole: bool = False,
    template: str = "",
    cutoff_len: int = 512,
    request: TrainRequest | None = None,
) -> Job:
    """A finished run in a project. checkpoints: step numbers. whole: the whole model was trained, no adapter."""
    job = Job.create(project.jobs_dir, request or TrainRequest(name=name))
    for file in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        shutil.copyfile(model_dir / file, job.folder / file)
    facts = {
        "base_model": project.relative(model_dir),
        "template": template,
        "cutoff_len": cutoff_len,
        "finetuning_type": "full" if whole else "lora",
        "enable_thinking": None,
    }
    (job.folder / "run.json").write_text(json.dumps(facts), encoding="utf-8")
    for i, folder in enumerate([job.folder, *(job.folder / f"checkpoint-{step}" for step in checkpoints)]):
        folder.mkdir(exist_ok=True)
        if whole:
            _copy_model(model_dir, folder)
        else:
            _save_adapter(model_dir, folder, seed + i)
    return job


def _copy_model(model_dir: Path, folder: Path) -> None:
    for name in ("config.json", "model.safetensors"):
        shutil.copyfile(model_dir / name, folder / name)


def _save_adapter(model_dir: Path, folder: Path, seed: int) -> None:
    """An adapter of random weights, strong enough to change every answer."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    torch.manual_seed(seed)
    base = AutoModelForCausalLM.from_pretrained(model_dir, dtype=torch.float32)
    with warnings.catch_warnings():  # PEFT still asks for a property by the name that transformers is giving up
        warnings.simplefilter("ignore", FutureWarning)
        model = get_peft_model(base, LoraConfig(r=4, lora_alpha=8, target_modules=["q_proj", "v_proj", "down_proj"]))
    with torch.no_grad():
        for parameter_name, parameter in model.named_parameters():
            if "lora_B" in parameter_name:
                parameter.normal_(0, 0.3)
    model.save_pretrained(folder, save_embedding_layers=False)
    (folder / "README.md").unlink(missing_ok=True)
