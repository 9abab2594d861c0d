"""Contradictions between fields: each is a sentence beside the field that one would change."""

from collections.abc import Callable, Iterator

from services.i18n import N_
from services.recipes.errors import FieldProblem
from services.recipes.recipe import Recipe

_Rule = Callable[[Recipe], Iterator[FieldProblem]]


def contradictions(recipe: Recipe) -> list[FieldProblem]:
    """All contradictions of a recipe; empty if it can be used. Missing model or data are no contradictions here."""
    return [problem for rule in _RULES for problem in rule(recipe)]


def _data(recipe: Recipe) -> Iterator[FieldProblem]:
    if recipe.val_size > 0 and recipe.eval_dataset:
        yield FieldProblem(
            "val_size",
            N_("val_size and eval_dataset both say which rows to check with."),
            N_("Set val_size to 0, or clear eval_dataset."),
        )
    if recipe.val_size >= 1 and recipe.val_size != int(recipe.val_size):
        yield FieldProblem(
            "val_size",
            N_("val_size is a share below 1 or a whole number of rows, not {value}."),
            N_("Write for example 0.1 or 50."),
            {"value": f"{recipe.val_size:g}"},
        )
    if recipe.mask_history and recipe.train_on_prompt:
        yield FieldProblem(
            "mask_history",
            N_("mask_history learns only the last answer, train_on_prompt learns everything."),
            N_("Turn one of them off."),
        )
    if recipe.stage != "sft":
        for name in ("mask_history", "train_on_prompt", "neat_packing", "predict_with_generate"):
            if getattr(recipe, name):
                yield FieldProblem(
                    name,
                    N_("{field} works in stage sft only, not in {stage}."),
                    N_("Turn it off, or choose stage sft."),
                    {"field": name, "stage": recipe.stage},
                )


def _precision(recipe: Recipe) -> Iterator[FieldProblem]:
    if recipe.fp16 and recipe.bf16 is True:
        yield FieldProblem(
            "fp16",
            N_("bf16 and fp16 are two ways of the same thing."),
            N_("Turn one off; bf16 is the better one where the card has it."),
        )
    if recipe.fp16 and recipe.pure_bf16:
        yield FieldProblem("fp16", N_("pure_bf16 and fp16 contradict each other."), N_("Turn one of them off."))
    if recipe.gradient_checkpointing is True and recipe.disable_gradient_checkpointing:
        yield FieldProblem(
            "gradient_checkpointing",
            N_("gradient_checkpointing is on and disable_gradient_checkpointing forbids it."),
            N_("Turn one of them off."),
        )


def _method(recipe: Recipe) -> Iterator[FieldProblem]:
    lora = recipe.finetuning_type == "lora"
    if lora and not recipe.lora_target:
        yield FieldProblem("lora_target", N_("lora_target names no layer, so nothing would learn."), N_("Write all."))
    if recipe.finetuning_type == "freeze" and recipe.freeze_trainable_layers == 0:
        yield FieldProblem(
            "freeze_trainable_layers",
            N_("With 0 layers that learn, nothing would change."),
            N_("Write 2 for the last two layers."),
        )
    if not lora:
        for name in ("use_rslora", "use_dora", "pissa_init", "loraplus_lr_ratio", "adapter_name_or_path"):
            if getattr(recipe, name):
                yield FieldProblem(
                    name,
                    N_("{field} belongs to LoRA; this recipe trains by {method}."),
                    N_("Clear it, or set finetuning_type to lora."),
                    {"field": name, "method": recipe.finetuning_type},
                )
    savers = [name for name in ("use_galore", "use_apollo", "use_badam") if getattr(recipe, name)]
    if len(savers) > 1:
        yield FieldProblem(
            savers[1],
            N_("{first} and {second} cannot work together."),
            N_("Turn one of them off."),
            {"first": savers[0], "second": savers[1]},
        )
    if lora and savers:
        yield FieldProblem(
            savers[0],
            N_("{field} is for full training and cannot work with LoRA."),
            N_("Turn it off, or set finetuning_type to full."),
            {"field": savers[0]},
        )
    if recipe.use_llama_pro and recipe.finetuning_type == "full":
        yield FieldProblem(
            "use_llama_pro",
            N_("use_llama_pro trains added blocks only, full trains everything."),
            N_("Turn it off, or set finetuning_type to freeze or lora."),
        )


def _quantisation(recipe: Recipe) -> Iterator[FieldProblem]:
    bits = recipe.quantization_bit
    if bits is None:
        return
    if recipe.finetuning_type != "lora":
        yield FieldProblem(
            "quantization_bit",
            N_("A quantised model can only be trained by LoRA, not by {method}."),
            N_("Set finetuning_type to lora, or clear quantization_bit."),
            {"method": recipe.finetuning_type},
        )
    if (
        recipe.quantization_method in ("bnb", "eetq")
        and bits not in {"bnb": (4, 8), "eetq": (8,)}[recipe.quantization_method]
    ):
        yield FieldProblem(
            "quantization_bit",
            N_("{method} cannot quantise to {bits} bits."),
            N_("Choose 4 or 8 bits with bnb, or quantization_method hqq."),
            {"method": recipe.quantization_method, "bits": bits},
        )
    if recipe.pissa_init:
        yield FieldProblem(
            "pissa_init",
            N_("pissa_init needs the unquantised weights."),
            N_("Clear quantization_bit, or turn pissa_init off."),
        )
    if recipe.resize_vocab:
        yield FieldProblem(
            "resize_vocab",
            N_("The vocabulary of a quantised model cannot grow."),
            N_("Clear quantization_bit, or turn resize_vocab off."),
        )
    if recipe.adapter_name_or_path and recipe.create_new_adapter:
        yield FieldProblem(
            "create_new_adapter",
            N_("An adapter cannot be merged into a quantised model to start a new one."),
            N_("Export the merged model first and train on that."),
        )


def _stages(recipe: Recipe) -> Iterator[FieldProblem]:
    if recipe.stage == "ppo" and recipe.do_train and not recipe.reward_model:
        yield FieldProblem(
            "reward_model", N_("Stage ppo needs a reward model."), N_("Train one in stage rm and choose it here.")
        )
    if recipe.dpo_label_smoothing > 0 and recipe.pref_loss != "sigmoid":
        yield FieldProblem(
            "dpo_label_smoothing",
            N_("dpo_label_smoothing works with the sigmoid loss only."),
            N_("Set it to 0, or pref_loss to sigmoid."),
        )
    with_reference = recipe.stage in ("ppo", "kto") or recipe.stage == "dpo"
    if recipe.pissa_init and with_reference:
        yield FieldProblem(
            "pissa_init",
            N_("pissa_init changes the base model, which stage {stage} needs as it was."),
            N_("Turn it off for this stage."),
            {"stage": recipe.stage},
        )


def _evaluation(recipe: Recipe) -> Iterator[FieldProblem]:
    if not recipe.do_train:
        return
    rows = bool(recipe.eval_dataset) or recipe.val_size > 0
    for name, asked in (
        ("eval_strategy", recipe.eval_strategy != "no"),
        ("early_stopping_steps", recipe.early_stopping_steps is not None),
        ("load_best_model_at_end", recipe.load_best_model_at_end),
    ):
        if asked and not rows:
            yield FieldProblem(
                name,
                N_("{field} needs rows to check with, and there are none."),
                N_("Set val_size to 0.1, or choose an eval_dataset."),
                {"field": name},
            )
        elif asked and recipe.eval_strategy == "no":
            yield FieldProblem(
                name,
                N_("{field} needs measurements while training, and eval_strategy is no."),
                N_("Set eval_strategy to epoch or steps."),
                {"field": name},
            )
    if recipe.export_quantization_bit is not None and not recipe.export_quantization_dataset:
        yield FieldProblem(
            "export_quantization_dataset",
            N_("GPTQ needs texts to find out what matters."),
            N_("Choose a file for export_quantization_dataset."),
        )


_RULES: tuple[_Rule, ...] = (_data, _precision, _method, _quantisation, _stages, _evaluation)
