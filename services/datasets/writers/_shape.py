"""What a table loses of rows that do not all have the same keys in the same order."""

from services.datasets.rows import Row
from services.i18n import N_

ORDER = N_("The order of keys, where it differs from row to row, became that of the columns.")


def note_shape(row: Row, columns: list[str], lost: dict[str, None], gaps: str) -> None:
    """Note what a row loses in a table of these columns. gaps: the sentence for keys that it does not have."""
    keys = list(row.values)
    if keys == columns:
        return
    if len(keys) < len(columns):
        lost[gaps] = None
    if keys != [column for column in columns if column in row.values]:
        lost[ORDER] = None
