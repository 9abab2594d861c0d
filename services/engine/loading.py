"""A model folder to a model in memory: safetensors only, no code from the folder, one choice of number format.

Training and answering load here, so that both see the same weights.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from services.catalogue.inspect import tokens_without_rows
from services.engine import processor
from services.engine.errors import ModelLoadError
from services.i18n import N_
from services.recipes.recipe import Recipe

if TYPE_CHECKING:
    from transformers import PreTrainedModel

_DTYPES = {"bf16": torch.bfloat16, "fp16": torch.float16, "fp32": torch.float32}


@dataclass(frozen=True)
class LoadOptions:
    """How to load. dtype: 'bf16', 'fp16' or 'fp32' for weights that are not trained; '' for the machine's choice.

    quantization_bit: 4 or 8 for a bitsandbytes base, 0 for none. resize_vocab: give every token a row.
    rope_scaling: '' or transformers' name, with the length in tokens that is wanted.
    """

    dtype: str = ""
    quantization_bit: int = 0
    quantization_type: str = "nf4"
    double_quantization: bool = True
    resize_vocab: bool = False
    rope_scaling: str = ""
    cutoff_len: int = 0
    attention: str = "auto"

    @classmethod
    def of(cls, recipe: Recipe, dtype: str = "") -> "LoadOptions":
        """What a recipe asks for."""
        if recipe.quantization_bit and (recipe.quantization_method != "bnb" or recipe.quantization_bit not in (4, 8)):
            raise ModelLoadError(
                N_("{bits} bits by {method} cannot be trained here."),
                way_out=N_("Choose bnb with 4 or 8 bits."),
                bits=recipe.quantization_bit,
                method=recipe.quantization_method,
            )
        return cls(
            dtype=dtype or choose_dtype(recipe, processor.device()),
            quantization_bit=recipe.quantization_bit or 0,
            quantization_type=recipe.quantization_type,
            double_quantization=recipe.double_quantization,
            resize_vocab=recipe.resize_vocab,
            rope_scaling=recipe.rope_scaling or "",
            cutoff_len=recipe.cutoff_len,
            attention=recipe.flash_attn,
        )


def weights_dtype(name: str) -> torch.dtype:
    """'bf16', 'fp16' or 'fp32' as torch names it."""
    return _DTYPES[name]


def choose_dtype(recipe: Recipe, where: torch.device) -> str:
    """Number format of the weights: the recipe's where the machine computes it, else 'fp32'."""
    if recipe.fp16 and where.type == "cuda":
        return "fp16"
    if recipe.bf16 is False and not recipe.pure_bf16:
        return "fp32"
    return "bf16" if processor.computes_bf16(where) else "fp32"


def load_model(folder: Path, options: LoadOptions | None = None) -> "PreTrainedModel":
    """The causal language model of a folder, on the card if there is one. ModelLoadError as a sentence if it has none.

    All its parameters are frozen; a method chooses what is trained.
    """
    options = options or LoadOptions()
    where = processor.device()
    config = _config(folder)
    check_tokens(folder, may_resize=options.resize_vocab)
    dtype = options.dtype or ("bf16" if processor.computes_bf16(where) else "fp32")
    model = _load(folder, config, _DTYPES[dtype], where, options)
    model.requires_grad_(False)
    if options.resize_vocab:
        model.rows_given = give_rows(model, folder)  # type: ignore[assignment]
    return model


def check_tokens(folder: Path, *, may_resize: bool = False) -> None:
    """Refuse a model whose tokenizer has tokens that the model has no row for, unless it is to be enlarged."""
    rowless = [] if may_resize else tokens_without_rows(folder)
    if rowless:
        raise ModelLoadError(
            N_("{n} tokens have no row in the model: {tokens}"),
            way_out=N_("Turn on resize_vocab to enlarge the model, or choose another model."),
            n=len(rowless),
            tokens=", ".join(f"`{token}`" for token in rowless[:8]) + (", ..." if len(rowless) > 8 else ""),
        )


def give_rows(model: "PreTrainedModel", folder: Path) -> int:
    """Enlarge embedding and head to the number of tokens; new rows begin as the mean of the old. Returns how many."""
    from services.templates.tokenizer import Tokenizer

    wanted = len(Tokenizer.load(folder))
    before = int(_weight(model.get_input_embeddings()).shape[0])
    if wanted <= before:
        return 0
    model.resize_token_embeddings(wanted, mean_resizing=False)
    with torch.no_grad():
        for module in (model.get_input_embeddings(), model.get_output_embeddings()):
            if module is not None:
                weight = _weight(module)
                weight[before:] = weight[:before].float().mean(dim=0).to(weight.dtype)
    return wanted - before


def _weight(module: Any) -> torch.Tensor:
    weight: torch.Tensor = module.weight
    return weight


def _config(folder: Path) -> dict[str, Any]:
    if not folder.is_dir():
        raise ModelLoadError(
            N_("The model folder {folder} is not there."), way_out=N_("Choose the model again."), folder=str(folder)
        )
    try:
        config: dict[str, Any] = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelLoadError(
            N_("{folder} has no readable config.json."),
            way_out=N_("Choose the folder that holds config.json and the .safetensors files."),
            folder=str(folder),
        ) from error
    if not any(folder.glob("*.safetensors")):
        raise ModelLoadError(
            N_("{folder} has no .safetensors weights."),
            way_out=N_("Download the model again; older .bin files are not loaded, because they can run code."),
            folder=str(folder),
        )
    return config


def _load(
    folder: Path, config: dict[str, Any], dtype: torch.dtype, where: torch.device, options: LoadOptions
) -> "PreTrainedModel":
    from safetensors import SafetensorError
    from transformers import AutoModelForCausalLM
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()
    extra: dict[str, Any] = {}
    if options.attention == "disabled":
        extra["attn_implementation"] = "eager"
    if options.quantization_bit:
        extra["quantization_config"] = _bitsandbytes(options, dtype)
    if options.rope_scaling:
        extra["rope_parameters"] = _rope(config, options)
    try:
        model: PreTrainedModel = AutoModelForCausalLM.from_pretrained(
            folder,
            dtype=dtype,
            device_map={"": where} if where.type == "cuda" or options.quantization_bit else None,
            trust_remote_code=False,
            use_safetensors=True,
            local_files_only=True,
            **extra,
        )
    except (
        ValueError,
        KeyError,
        OSError,
        RuntimeError,
        SafetensorError,
    ) as error:  # what the library raises for unknown and broken
        if processor.is_out_of_memory(error):
            raise ModelLoadError(
                N_("There is not enough memory to load {folder}."),
                way_out=N_("Choose a smaller model, or load it in 4 bits."),
                folder=str(folder),
            ) from error
        raise ModelLoadError(
            N_("The model in {folder} cannot be loaded: {reason}"),
            way_out=N_("Download it again, or choose another model."),
            folder=str(folder),
            reason=str(error).strip().splitlines()[0][:300] if str(error).strip() else type(error).__name__,
        ) from error
    model.config.use_cache = False
    return model


def _bitsandbytes(options: LoadOptions, dtype: torch.dtype) -> Any:
    from transformers import BitsAndBytesConfig

    if options.quantization_bit == 8:
        return BitsAndBytesConfig(load_in_8bit=True)
    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_compute_dtype=dtype,
        bnb_4bit_quant_type=options.quantization_type,
        bnb_4bit_use_double_quant=options.double_quantization,
        bnb_4bit_quant_storage=torch.uint8,
    )


def _rope(config: dict[str, Any], options: LoadOptions) -> dict[str, Any]:
    """Rope parameters that stretch the model to cutoff_len: the whole factor that reaches it, 2 if it fits already."""
    now = dict(config.get("rope_parameters") or {})
    known = int(config.get("max_position_embeddings") or 0)
    factor = float(-(-options.cutoff_len // known)) if known and options.cutoff_len > known else 2.0
    now.setdefault("rope_theta", config.get("rope_theta", 10000.0))
    now.update(rope_type=options.rope_scaling, factor=factor)
    if options.rope_scaling in ("yarn", "llama3"):
        now["original_max_position_embeddings"] = known
    if options.rope_scaling == "llama3":
        now.update(low_freq_factor=1.0, high_freq_factor=4.0)
    return now
