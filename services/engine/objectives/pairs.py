"""Losses on pairs of answers, one better than the other.

Sources: DPO (Rafailov et al., 2023; sigmoid, with label smoothing as in cDPO), hinge (Zhao et al., SLiC-HF, 2023), IPO
(Azar et al., 2023), KTO on pairs (Ethayarajh et al., 2023), ORPO (Hong et al., 2024), SimPO (Meng et al., 2024). Names
and details follow LLaMA-Factory's pref_loss: ipo, orpo and simpo take means over tokens, the others sums.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch.nn import functional

from services.engine.forward import Forward
from services.engine.objectives.objective import Item, Objective, Pass, answer_logps
from services.engine.packing import Row
from services.recipes.recipe import Recipe

WITHOUT_REFERENCE = ("orpo", "simpo")
_MEANS = ("ipo", "orpo", "simpo")


@dataclass(frozen=True)
class Logps:
    """(P,) log-probabilities of the better and the worse answers under one model."""

    chosen: torch.Tensor
    rejected: torch.Tensor


class Pairs(Objective):
    """One loss a pair, the mean over the pairs of a step."""

    def __init__(self, recipe: Recipe) -> None:
        super().__init__()
        self.kind = recipe.pref_loss if recipe.stage == "dpo" else recipe.stage
        self.recipe = recipe

    @property
    def needs_reference(self) -> bool:
        """Whether the answers' log-probabilities before training are wanted."""
        return self.kind not in WITHOUT_REFERENCE

    def sequences(self, item: Item) -> list[Row]:
        """The better answer, then the worse one."""
        return pair_of(item)

    def summed(self, forward: Forward, model: Any, part: Pass) -> torch.Tensor:
        """Sum over the pairs."""
        sums, counts = answer_logps(forward, model, part.batches)
        means = sums / counts.clamp(min=1)
        used = means if self.kind in _MEANS else sums
        policy = Logps(used[0::2], used[1::2])
        reference = self._reference(part, counts, used.device)
        losses, rewards = self.losses(policy, reference)
        if self.kind == "orpo":
            losses = losses - means[0::2]
        elif self.recipe.pref_ftx:
            losses = losses - self.recipe.pref_ftx * means[0::2]
        self.figures.add(
            rewards__chosen=rewards.chosen,
            rewards__rejected=rewards.rejected,
            rewards__accuracies=(rewards.chosen > rewards.rejected).float(),
            rewards__margins=rewards.chosen - rewards.rejected,
            logps__chosen=sums[0::2],
            logps__rejected=sums[1::2],
        )
        return losses.sum()

    def losses(self, policy: Logps, reference: Logps) -> tuple[torch.Tensor, Logps]:
        """((P,) losses, rewards) of pairs; reference is zero where there is none."""
        recipe, beta = self.recipe, float(self.recipe.pref_beta)
        won, lost = policy.chosen - reference.chosen, policy.rejected - reference.rejected
        rewards = Logps(beta * won, beta * lost)
        gap = won - lost
        if self.kind == "sigmoid":
            smooth = float(recipe.dpo_label_smoothing)
            out = -functional.logsigmoid(beta * gap) * (1 - smooth) - functional.logsigmoid(-beta * gap) * smooth
        elif self.kind == "hinge":
            out = torch.relu(1 - beta * gap)
        elif self.kind == "ipo":
            out = (gap - 1 / (2 * beta)) ** 2
        elif self.kind == "kto_pair":
            drift = Logps(won.mean().clamp(min=0), lost.mean().clamp(min=0))
            out = 1 - torch.sigmoid(beta * (won - drift.rejected)) + 1 - torch.sigmoid(beta * (drift.chosen - lost))
        elif self.kind == "orpo":
            odds = gap - (torch.log1p(-_odds(policy.chosen)) - torch.log1p(-_odds(policy.rejected)))
            out = -beta * functional.logsigmoid(odds)
        elif self.kind == "simpo":
            out = -functional.logsigmoid(beta * (gap - float(recipe.simpo_gamma) / beta))
        else:
            raise ValueError(self.kind)
        return out, rewards

    def _reference(self, part: Pass, counts: torch.Tensor, where: torch.device) -> Logps:
        if not self.needs_reference:
            return Logps(*(torch.zeros(len(part.items), device=where) for _ in range(2)))
        kept = torch.tensor([pair for item in part.items for pair in item["reference"]], device=where)
        if self.kind in _MEANS:
            kept = kept / counts.clamp(min=1)
        return Logps(kept[0::2], kept[1::2])


def _odds(mean_logp: torch.Tensor) -> torch.Tensor:
    """A probability a little below one, whose complement has a logarithm."""
    return torch.exp(mean_logp).clamp(max=1 - 1e-6)


def pair_of(item: Item) -> list[Row]:
    """The two sequences of a pair."""
    return [
        {"input_ids": item[f"{side}_input_ids"], "labels": item[f"{side}_labels"]} for side in ("chosen", "rejected")
    ]
