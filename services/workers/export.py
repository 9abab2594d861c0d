"""The worker that brings a run's model out: `python -m services.workers.export JOB_DIR`.

check -> write (merge, convert and quantise in one pass, or merge into a folder) -> verify -> deliver. A file takes its
place only when it is whole and verified; an earlier export stays until then.
"""

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from services import files
from services.export.made import Export, Target
from services.export.targets import targets
from services.export.trained import ExportError, Trained, file_stem, read_run
from services.i18n import N_
from services.jobs import events as ev
from services.jobs.kinds.export import ExportRequest
from services.ollama.errors import CancelledError
from services.projects.project import Project
from services.workers.shell import StoppedByPersonError, WorkerContext, worker_main

_SAY_EVERY_S = 0.25
_MIB = 1 << 20
_COMPARED = 8  # rows on which a GPTQ model is compared


def work(context: WorkerContext) -> dict[str, Any]:
    """Do an ExportRequest. Returns what the target says of its delivery, with the time it took."""
    request = context.job.request
    assert isinstance(request, ExportRequest)
    begin = time.monotonic()
    project = Project.open(context.job.project_dir)
    target = _target(request.target)
    context.task("check", N_("Check run, base model and target"), "running")
    trained = read_run(project, request.run, request.checkpoint)
    target.check({"title": request.name or trained.name, "quant": request.quant, **request.options})
    place = _place(project, request, target, trained)
    context.task("check", N_("Check run, base model and target"), "done")
    steps = _Steps(context, request, trained)
    made = {"gguf": steps.gguf, "folder": steps.folder, "gptq": steps.gptq}[target.needs](place)
    context.task("deliver", target.title, "running")
    try:
        delivered = target.deliver(context, made)
    except CancelledError as stop:
        raise StoppedByPersonError() from stop
    context.task("deliver", target.title, "done")
    return {
        "target": request.target,
        "quant": made.quant,
        **steps.facts,
        **delivered,
        "elapsed_s": round(time.monotonic() - begin, 2),
    }


def _target(target_id: str) -> Target:
    if target_id not in targets:
        raise ExportError(
            N_("There is no export target called {target}."),
            way_out=N_("Choose one of: {known}."),
            target=target_id,
            known=", ".join(targets.ids()),
        )
    return targets.get(target_id)


def _place(project: Project, request: ExportRequest, target: Target, trained: Trained) -> Path:
    """Where the file or folder goes. ExportError if the person named a place that is taken."""
    stem = file_stem(request.name or trained.name)
    if request.out:
        place = project.absolute(request.out)
        if place.exists() and not request.options.get("overwrite") and not _is_empty_dir(place):
            raise ExportError(
                N_("{file} exists already."),
                way_out=N_("Choose another name, or allow it to be replaced."),
                file=str(place),
            )
        return place
    if target.needs == "folder":
        return project.exports_dir / stem
    if target.needs == "gptq":
        return project.exports_dir / f"{stem}-gptq-{request.options.get('bits', 4)}"
    from services.export.quantise import quant_of

    return project.exports_dir / f"{stem}-{quant_of(request.quant).name}.gguf"


def _is_empty_dir(place: Path) -> bool:
    return place.is_dir() and not any(place.iterdir())


@dataclass
class _Steps:
    """The making of one export. The heavy libraries are imported here, when they are needed."""

    context: WorkerContext
    request: ExportRequest
    trained: Trained
    facts: dict[str, Any] = field(default_factory=dict)
    """Goes into the result."""

    def gguf(self, place: Path) -> Export:
        """Merge, convert and quantise in one pass into place, verified."""
        from services.engine.convert import convert_to_gguf, gguf_template
        from services.engine.merge import MergedWeights

        trained, text = self.trained, self._text()
        title = N_("Merge, convert and quantise to {quant}")
        self.context.task("write", title, "running", quant=self.request.quant)
        part = place.with_name(f".{place.stem}.unchecked.gguf")
        try:
            with MergedWeights(trained.model_dir, trained.adapter_dir) as weights:
                quantised = convert_to_gguf(
                    weights,
                    trained.model_dir,
                    trained.tokenizer_dir,
                    part,
                    self.request.quant,
                    text,
                    name=self.request.name or trained.name,
                    progress=self._progress(N_("Writing the GGUF")),
                )
            self.context.task("write", title, "done", quant=self.request.quant)
            self._verify(part)
            files.replace(part, place)
            files.sync_dir(place.parent)
        finally:
            part.unlink(missing_ok=True)
        return replace(
            self._export(),
            quant=quantised.quant,
            gguf=place,
            gguf_sha256=quantised.sha256,
            gguf_template=gguf_template(text.template),
        )

    def folder(self, place: Path) -> Export:
        """Merge into a folder of safetensors."""
        self._merge(place, overwrite=not self.request.out or bool(self.request.options.get("overwrite")))
        return replace(self._export(), folder=place)

    def gptq(self, place: Path) -> Export:
        """Merge into a hidden folder, quantise that into another, compare the two, and put it into place."""
        from services.engine import gptq
        from services.engine.merged_folder import take_place

        gptq.need_gptq()
        rows = gptq.calibration(gptq.run_rows(self.trained.run_dir, self.context.job.project_dir, self.request.run))
        bits = int(self.request.options.get("bits", 4))
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{place.name}.", dir=place.parent) as scratch:
            merged, part = Path(scratch) / "merged", Path(scratch) / "gptq"
            self._merge(merged)
            title = N_("Quantise to {bits} bit GPTQ on {rows} rows of the run")
            self.context.task("quantise", title, "running", bits=bits, rows=len(rows))
            layers = self._progress(N_("Quantising layer by layer"), unit=1)
            self.facts = gptq.quantise(merged, part, bits, rows, layers)
            self.context.task("quantise", title, "done", bits=bits, rows=len(rows))
            title = N_("Compare with the 16-bit model")
            self.context.task("verify", title, "running")
            same = gptq.agreement(merged, part, rows[:_COMPARED])
            self.facts["agreement"] = round(same, 4)
            detail = N_("{percent} % of the next words are the same.")
            self.context.task("verify", title, "done", detail, percent=round(100 * same, 1))
            take_place(part, place)
        return replace(self._export(), folder=place, quant=f"gptq-{bits}")

    def _merge(self, place: Path, *, overwrite: bool = False) -> None:
        from services.engine.convert import check_tokens
        from services.engine.merge import MergedWeights
        from services.engine.merged_folder import write_folder

        trained = self.trained
        title = N_("Merge into a model folder")
        self.context.task("write", title, "running")
        with MergedWeights(trained.model_dir, trained.adapter_dir) as weights:
            check_tokens(weights, trained.tokenizer_dir)
            write_folder(
                weights,
                place,
                trained.model_dir,
                trained.tokenizer_dir,
                self._text(),
                self._progress(N_("Writing the model folder")),
                overwrite=overwrite,
            )
        self.context.task("write", title, "done")

    def _export(self) -> Export:
        trained = self.trained
        return Export(
            name=self.request.name or trained.name,
            quant="",
            gguf=None,
            folder=None,
            model_dir=trained.model_dir,
            run_dir=trained.run_dir,
            template=trained.template.chat_template() if trained.template else "",
            stop_words=trained.stop_words,
            stop_token_ids=trained.stop_token_ids,
            bos_token=trained.tokenizer.special.get("bos_token", ""),
            cutoff_len=trained.cutoff_len,
            context_len=trained.context_len,
            enable_thinking=trained.enable_thinking,
            options=self.request.options,
        )

    def _text(self) -> Any:
        from services.engine.model_files import ModelText

        template = self.trained.template
        return ModelText(template.chat_template() if template else "", self.trained.stop_token_ids)

    def _verify(self, path: Path) -> None:
        from services.export.check_gguf import check_gguf

        title = N_("Check in llama.cpp that prompts and tokens are those of training")
        self.context.task("verify", title, "running")
        try:
            import xllamacpp  # noqa: F401 (only to see whether it is there; it runs in a process of its own)
        except ImportError:
            self.context.task("verify", title, "skipped", N_("llama.cpp is not installed here."))
            return
        agreed = check_gguf(path, self.trained)
        self.context.task("verify", title, "done", N_("{agreed} comparisons agree."), agreed=agreed)

    def _progress(self, phase: str, unit: int = _MIB) -> Callable[[int, int], None]:
        """Says bytes as MiB (or what else is counted) now and then, and listens for Stop."""
        last = begin = time.monotonic()

        def said(done: int, total: int) -> None:
            nonlocal last
            now = time.monotonic()
            if now - last < _SAY_EVERY_S and done < total:
                return
            last = now
            remaining_s = (now - begin) / done * (total - done) if done else None
            self.context.say(
                ev.Progress(step=done // unit, total=max(1, total // unit), phase=phase, remaining_s=remaining_s)
            )
            if self.context.take_control() & {"stop", "pause"}:
                raise StoppedByPersonError()

        return said


main = worker_main(work)

if __name__ == "__main__":
    raise SystemExit(main())
