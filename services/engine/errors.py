"""What may go wrong in training and generation, as sentences."""

from services.errors import TunesmithError


class TrainingError(TunesmithError):
    """A run that cannot start or go on as asked."""


class ModelLoadError(TunesmithError):
    """A model folder that cannot be loaded."""
