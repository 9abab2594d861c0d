"""What may go wrong with a person's data, as sentences."""

from services.errors import TunesmithError


class DatasetError(TunesmithError):
    """A data set that cannot be opened, read or changed as asked."""
