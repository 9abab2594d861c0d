"""What a stage minimises: how its rows become forward passes, and the loss and figures of each."""

from services.engine.objectives.objective import Figures, Language, Objective, Pass, Step

__all__ = ["Figures", "Language", "Objective", "Pass", "Step"]
