"""A .zip of files of one kind, as one data set. Nothing is written where the archive wants it."""

import re
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from services.datasets.errors import DatasetError
from services.datasets.limits import check_size
from services.datasets.readers import Block, Record, Source, Trouble, one_by_one, readers
from services.i18n import N_

_MEMBERS = 50_000
_CHUNK = 1 << 20
_OUTSIDE = re.compile(r"(^|[/\\])\.\.([/\\]|$)|^[/\\]|^[A-Za-z]:")
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, RuntimeError)


class Zip:
    """Files in an archive, in the order of their names, each unpacked when its turn comes. Option kind: as folders."""

    suffixes = (".zip",)
    binary = True
    container = True

    def read(self, source: Source) -> Iterator[Record | Trouble]:
        """Rows of all files, as `blocks` finds them."""
        return one_by_one(self.blocks(source))

    def blocks(self, source: Source) -> Iterator[Block | Record | Trouble]:
        """Rows of all files. DatasetError for an archive that is encrypted, damaged, a bomb, or that climbs out."""
        from services.datasets.readers._many import left_aside, of_one_kind, read_files

        path = source.path
        try:
            archive = zipfile.ZipFile(path)
        except _DAMAGED as error:
            raise _damaged(path, "", error) from error
        with archive, tempfile.TemporaryDirectory(prefix="tunesmith-") as folder:
            members = _members(path, archive)
            taken, left = of_one_kind(source, members, strict=True)
            if inner := next((name for name in taken if members[name].flag_bits & 1), ""):
                raise DatasetError(
                    N_("{name} in {file} is encrypted."),
                    way_out=N_("Unpack it with its password and import what comes out."),
                    name=inner,
                    file=path.name,
                )
            yield from read_files(source, _unpacked(path, archive, [members[name] for name in taken], Path(folder)))
            yield from left_aside(left)


def shown_name(info: zipfile.ZipInfo) -> str:
    """A member's name; one that a Chinese Windows wrote in its own encoding is understood."""
    if info.flag_bits & 0x800 or info.filename.isascii():
        return info.filename
    try:
        raw = info.filename.encode("cp437")
    except UnicodeEncodeError:
        return info.filename
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return info.filename


def _members(path: Path, archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """The files of an archive by name, once it is clear that it means no harm."""
    infos = [info for info in archive.infolist() if not info.is_dir()]
    if len(infos) > _MEMBERS:
        raise DatasetError(
            N_("{file} holds {n} files; that is too many for a data set."),
            way_out=N_("Unpack it and join the files first."),
            file=path.name,
            n=f"{len(infos):,}",
        )
    for info in infos:
        if _OUTSIDE.search(info.filename) or stat.S_ISLNK(info.external_attr >> 16):
            raise DatasetError(
                N_("{file} holds {name}, which leads out of the archive; such archives are not read."),
                way_out=N_("Unpack it with care, and import the files that you want."),
                file=path.name,
                name=shown_name(info)[:120],
            )
    check_size(path, path.stat().st_size, sum(info.file_size for info in infos))
    return {shown_name(info): info for info in infos}


def _unpacked(
    path: Path, archive: zipfile.ZipFile, infos: list[zipfile.ZipInfo], folder: Path
) -> Iterator[tuple[str, Path, int]]:
    """(name, file, packed bytes) of each member; the file is gone when the next one is asked for."""
    total = 0
    for info in infos:
        name = shown_name(info)
        place = folder / ("member" + "".join(Path(name).suffixes[-2:]).lower())
        try:
            with archive.open(info) as member, place.open("wb") as file:
                while chunk := member.read(_CHUNK):
                    total += len(chunk)
                    check_size(path, path.stat().st_size, total)  # sizes in the directory may lie
                    file.write(chunk)
        except _DAMAGED as error:
            raise _damaged(path, name, error) from error
        yield name, place, info.compress_size
        place.unlink(missing_ok=True)


def _damaged(path: Path, name: str, error: Exception) -> DatasetError:
    return DatasetError(
        N_("{file} is damaged or no .zip: {reason}."),
        way_out=N_("Get the file anew; nothing was imported."),
        file=path.name + (f" ({name})" if name else ""),
        reason=(str(error).splitlines() or [""])[0].rstrip(".") or type(error).__name__,
    )


readers.add("zip")(Zip())
