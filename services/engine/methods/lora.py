"""LoRA (and QLoRA, on a quantised base): small matrices beside frozen ones, kept in float32."""

import copy
import re
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from services.engine.errors import TrainingError
from services.engine.methods import methods
from services.i18n import N_
from services.recipes.recipe import Recipe

if TYPE_CHECKING:
    from peft import PeftModel
    from transformers import PreTrainedModel


@methods.add("lora")
class Lora:
    """Adds an adapter, or goes on with one."""

    def __init__(self) -> None:
        self._beginning: dict[str, torch.Tensor] = {}
        """What PiSSA took out of the base to begin with; empty for other adapters."""

    def prepare(self, model: "PreTrainedModel", recipe: Recipe, start_from: Path | None) -> "PeftModel":
        """A PEFT model whose adapter is trainable."""
        from peft import LoraConfig, PeftModel, TaskType, get_peft_model, get_peft_model_state_dict

        from services.engine.lora_linear import speed_up

        warnings.filterwarnings("ignore", message="`is_gradient_checkpointing` is deprecated", category=FutureWarning)
        for module in model.modules():
            if hasattr(module, "support_avx512bf16_for_cpu"):
                # bitsandbytes repacks 4-bit weights at the first evaluation on such a processor, for a kernel without a
                # backward pass; sample answers or eval_loss would silently end the learning
                module.support_avx512bf16_for_cpu = False  # type: ignore[assignment]
        kept = kept_modules(model, recipe)
        if start_from is not None:
            peft_model = PeftModel.from_pretrained(
                model, str(start_from), is_trainable=True, autocast_adapter_dtype=False
            )
        else:
            peft_model = get_peft_model(
                model,
                LoraConfig(
                    task_type=TaskType.CAUSAL_LM,
                    r=recipe.lora_rank,
                    lora_alpha=recipe.alpha,
                    lora_dropout=recipe.lora_dropout,
                    target_modules=target_modules(model, recipe.lora_target),
                    modules_to_save=kept,
                    ensure_weight_tying=bool(kept) and bool(model.config.tie_word_embeddings),
                    use_rslora=recipe.use_rslora,
                    use_dora=recipe.use_dora,
                    init_lora_weights=_initial(model, recipe),
                ),
                autocast_adapter_dtype=False,
            )
        for parameter in peft_model.parameters():
            if parameter.requires_grad:
                parameter.data = parameter.data.float()
        if recipe.pissa_init and start_from is None:
            self._beginning = _clones(get_peft_model_state_dict(peft_model, save_embedding_layers=False))
        speed_up(peft_model)
        return peft_model

    def save(self, model: Any, folder: Path, dtype: torch.dtype | None = None) -> None:
        """adapter_model.safetensors and adapter_config.json; adapters are always float32."""
        from peft import get_peft_model_state_dict
        from safetensors.torch import save_file

        folder.mkdir(parents=True, exist_ok=True)
        weights = _clones(get_peft_model_state_dict(model, save_embedding_layers=False))
        config = copy.copy(model.peft_config["default"])
        config.inference_mode = True
        if self._beginning:
            weights = _beside(weights, self._beginning)
            config.init_lora_weights = True
            config.r, config.lora_alpha = 2 * config.r, config.lora_alpha * (2**0.5 if config.use_rslora else 2)
        save_file(weights, folder / "adapter_model.safetensors", metadata={"format": "pt"})
        config.save_pretrained(str(folder))

    def load(self, model: Any, folder: Path) -> None:
        """Weights of an adapter into the one that is trained."""
        from peft import set_peft_model_state_dict
        from safetensors.torch import load_file

        weights = load_file(folder / "adapter_model.safetensors")
        if self._beginning:
            weights = _first_half(weights)
        result: Any = set_peft_model_state_dict(model, weights)
        if result.unexpected_keys:
            raise TrainingError(
                N_("{folder} belongs to another model or another choice of layers."),
                way_out=N_("Start a new run."),
                folder=str(folder),
            )


def _clones(weights: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {name: weight.detach().cpu().contiguous().clone() for name, weight in weights.items()}


def _initial(model: "PreTrainedModel", recipe: Recipe) -> Any:
    """How an adapter begins: as nothing, or (PiSSA) as the base's largest parts, which the base then lacks."""
    if not recipe.pissa_init:
        return True
    if getattr(model, "is_quantized", False):
        raise TrainingError(
            N_("PiSSA cannot begin on a quantised base."), way_out=N_("Turn off pissa_init, or quantization_bit.")
        )
    return f"pissa_niter_{recipe.pissa_iter}" if recipe.pissa_iter > 0 else "pissa"


def _beside(now: dict[str, torch.Tensor], beginning: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """An adapter of twice the rank for the whole base: now B A minus what was taken out, B0 A0."""
    out = dict(now)
    for name, weight in now.items():
        if "lora_A" in name:
            out[name] = torch.cat([weight, beginning[name]], dim=0)
        elif "lora_B" in name:
            out[name] = torch.cat([weight, -beginning[name]], dim=1)
    return out


def _first_half(weights: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The inverse of `_beside`."""
    out = dict(weights)
    for name, weight in weights.items():
        if "lora_A" in name:
            out[name] = weight[: weight.shape[0] // 2].contiguous()
        elif "lora_B" in name:
            out[name] = weight[:, : weight.shape[1] // 2].contiguous()
    return out


def target_modules(model: "PreTrainedModel", lora_target: str) -> list[str]:
    """Names of the layers that get an adapter. 'all': every linear layer but the head."""
    names = [name.strip() for name in lora_target.split(",") if name.strip()]
    if names != ["all"]:
        present = {part for name, _ in model.named_modules() for part in (name, name.rsplit(".", 1)[-1])}
        missing = [name for name in names if name not in present]
        if missing:
            raise TrainingError(
                N_("This model has no layer called {names}."),
                way_out=N_("Set lora_target to all, or choose from: {known}."),
                names=", ".join(missing),
                known=", ".join(_linear_names(model)),
            )
        return names
    return _linear_names(model)


def kept_modules(model: "PreTrainedModel", recipe: Recipe) -> list[str] | None:
    """Layers trained whole beside the adapter: additional_target, and embedding and head when they were enlarged."""
    names = {name.strip() for name in recipe.additional_target.split(",") if name.strip()}
    if recipe.resize_vocab and getattr(model, "rows_given", None):
        tied = bool(model.config.tie_word_embeddings)
        grown = [model.get_input_embeddings(), *([] if tied else [model.get_output_embeddings()])]
        for module in grown:
            names |= {name.rsplit(".", 1)[-1] for name, found in model.named_modules() if found is module}
    return sorted(names) or None


def _linear_names(model: "PreTrainedModel") -> list[str]:
    head = model.get_output_embeddings()
    found = set()
    for name, module in model.named_modules():
        is_linear = isinstance(module, torch.nn.Linear) or "Linear" in type(module).__name__  # quantised ones too
        if is_linear and module is not head and not re.search(r"\b(router|gate)$", name):
            found.add(name.rsplit(".", 1)[-1])
    return sorted(found)
