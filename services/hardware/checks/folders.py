"""Whether the data folder can be written, and lies where nothing meddles with it."""

import os
import sys
import tempfile
from pathlib import Path

from services.hardware.checks._check import Machine, Outcome, bad, checks, ok, warn
from services.i18n import N_
from services.paths import data_dir

_SYNCED = ("onedrive", "dropbox", "google drive", "googledrive", "icloud", "nextcloud", "坚果云", "百度网盘同步")
_LONG = 120


@checks.add("folders")
class FoldersCheck:
    """The data folder is writable, local, not synchronised, and its path short enough for Windows."""

    title = N_("Folders")
    order = 70

    def run(self, machine: Machine) -> Outcome:
        """Write a file and look at the path."""
        folder = data_dir()
        try:
            with tempfile.NamedTemporaryFile(dir=folder, prefix=".tunesmith-"):
                pass
        except OSError as error:
            return bad(
                N_("{folder} cannot be written: {reason}"),
                N_("Make it writable, or choose another data folder with TUNESMITH_DATA."),
                folder=str(folder),
                reason=error.strerror or str(error),
            )
        program = synced_by(folder)
        if program:
            return warn(
                N_("{folder} is synchronised by {program}, which locks and doubles files while a run writes them."),
                N_("Move it to a plain folder, or pause the synchronising while you train."),
                folder=str(folder),
                program=program,
            )
        if is_network(folder):
            return warn(
                N_("{folder} is on a network drive: slow, and unsafe for data sets."),
                N_("Use a folder on this PC."),
                folder=str(folder),
            )
        if sys.platform == "win32" and len(str(folder)) > _LONG and not long_paths_allowed():
            return warn(
                N_("{folder} is a long path, and Windows stops at 260 characters."),
                N_("Use a shorter folder, or allow long paths in Windows."),
                folder=str(folder),
            )
        return ok(N_("{folder} can be written."), folder=str(folder))


def synced_by(folder: Path) -> str:
    """The name of the synchronising program whose folder this is in, or ''."""
    roots = {
        os.environ[name] for name in ("OneDrive", "OneDriveConsumer", "OneDriveCommercial") if os.environ.get(name)
    }
    if any(folder.is_relative_to(root) for root in roots):
        return "OneDrive"
    for part in folder.parts:
        for program in _SYNCED:
            if part.lower() == program or part.lower().startswith(f"{program} "):
                return part
    return ""


def is_network(folder: Path) -> bool:
    """Whether a folder is on a network drive, as far as the system tells."""
    if str(folder).startswith(("\\\\", "//")):
        return True
    if sys.platform == "win32":
        import ctypes

        drive = f"{folder.drive}\\"
        return bool(ctypes.windll.kernel32.GetDriveTypeW(drive) == 4)  # DRIVE_REMOTE
    import psutil

    mounts = sorted(psutil.disk_partitions(all=True), key=lambda mount: -len(mount.mountpoint))
    found = next((mount for mount in mounts if folder.is_relative_to(mount.mountpoint)), None)
    return found is not None and found.fstype in ("nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "afpfs")


def long_paths_allowed() -> bool:
    """Whether Windows lets paths exceed 260 characters; True elsewhere."""
    if sys.platform != "win32":
        return True
    import winreg

    try:
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, r"SYSTEM\CurrentControlSet\Control\FileSystem") as key:
            return bool(winreg.QueryValueEx(key, "LongPathsEnabled")[0])
    except OSError:
        return False
