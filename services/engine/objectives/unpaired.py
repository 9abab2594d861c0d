"""KTO: answers that are good or bad, each for itself (Ethayarajh et al., 2023), as LLaMA-Factory and TRL count it."""

from collections.abc import Sequence
from typing import Any

import torch

from services.engine.forward import Forward
from services.engine.objectives.objective import Item, Objective, Pass, Step, answer_logps
from services.engine.packing import Row, group, join
from services.recipes.recipe import Recipe


class Unpaired(Objective):
    """One loss a row, the mean over the rows of a step. The drift from the reference is told from answers that do not
    belong to their questions, once a step, without gradients."""

    needs_reference = True

    def __init__(self, recipe: Recipe) -> None:
        super().__init__()
        self.recipe = recipe
        self.drift = torch.zeros(())

    def step(self, rows: Sequence[Item], budget_tokens: int, packs: bool) -> Step:
        """The rows, and beside them the mismatched answers."""
        made = super().step(rows, budget_tokens, packs)
        self_and_kl = [mismatched(item) for part in made.passes for item in part.items]
        groups = group(self_and_kl, budget_tokens) if packs else [[row] for row in self_and_kl]
        made.beside = [join(part) for part in groups]
        made.tokens += sum(len(row["input_ids"]) for row in self_and_kl)
        return made

    @torch.no_grad()
    def before_step(self, forward: Forward, model: Any, step: Step, where: torch.device) -> None:
        """Mean drift of the mismatched answers, at least zero."""
        logps = sum(answer_logps(forward, model, [batch.to(where)])[0].sum() for batch in step.beside)
        items = [item for part in step.passes for item in part.items]
        before = sum(item["reference"][1] for item in items)
        self.drift = ((torch.as_tensor(logps) - before) / max(1, len(items))).clamp(min=0).to(where)
        self.figures.add(kl=self.drift)

    def summed(self, forward: Forward, model: Any, part: Pass) -> torch.Tensor:
        """Sum over the rows."""
        recipe, beta = self.recipe, float(self.recipe.pref_beta)
        sums, counts = answer_logps(forward, model, part.batches)
        before = torch.tensor([item["reference"][0] for item in part.items], device=sums.device)
        good = torch.tensor([bool(item["kto_tags"]) for item in part.items], device=sums.device)
        ratio = sums - before
        gain = torch.where(good, ratio - self.drift, self.drift - ratio)
        weight = torch.where(good, float(recipe.kto_chosen_weight), float(recipe.kto_rejected_weight))
        losses = weight * (1 - torch.sigmoid(beta * gain))
        if recipe.pref_ftx:
            losses = losses - recipe.pref_ftx * torch.where(good, sums / counts.clamp(min=1), 0.0)
        rewards = beta * ratio
        self.figures.add(
            rewards__chosen=rewards[good],
            rewards__rejected=rewards[~good],
            logps__chosen=sums[good],
            logps__rejected=sums[~good],
        )
        return losses.sum()


def mismatched(item: Item) -> Row:
    """The row's question with another row's answer."""
    return {"input_ids": item["kl_input_ids"], "labels": item["kl_labels"]}
