"""A folder of files of one kind, as one data set."""

from collections.abc import Iterator

from services.datasets.errors import DatasetError
from services.datasets.readers import Block, Record, Source, Trouble, one_by_one, readers
from services.i18n import N_


class Folder:
    """The files of a folder in the order of their names (part2 before part10); folders within it are not entered.

    Option kind: which kind to read where there are several; else the one that most files have.
    """

    suffixes: tuple[str, ...] = ()
    binary = True
    container = True

    def read(self, source: Source) -> Iterator[Record | Trouble]:
        """Rows of all files, as `blocks` finds them."""
        return one_by_one(self.blocks(source))

    def blocks(self, source: Source) -> Iterator[Block | Record | Trouble]:
        """Rows of all files. DatasetError if there is nothing to read, or kinds are mixed evenly."""
        from services.datasets.readers._many import left_aside, of_one_kind, read_files

        folder = source.path if source.path.is_dir() else source.path.parent
        if (folder / "dataset_info.json").is_file() and not source.options.get("kind"):
            raise DatasetError(
                N_("{file} has a dataset_info.json, which lists several data sets."),
                way_out=N_(
                    "Choose one of them (on the command line --entry NAME), or a kind of file to read as one set."
                ),
                file=folder.name,
            )
        try:
            names = [item.name for item in folder.iterdir() if item.is_file()]
        except OSError as error:
            raise DatasetError(
                N_("{file} cannot be read: {reason}."),
                way_out=N_("Check that it is there and that you may read it."),
                file=str(folder),
                reason=error.strerror or str(error),
            ) from error
        taken, left = of_one_kind(source, names, strict=False)
        yield from read_files(source, ((name, folder / name, (folder / name).stat().st_size) for name in taken))
        yield from left_aside(left)


readers.add("folder")(Folder())
