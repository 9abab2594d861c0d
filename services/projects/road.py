"""The road: four steps from examples to a deployed model, where a project stands on it, and the one next thing."""

from dataclasses import dataclass

from services.i18n import tr, trn
from services.jobs.job import State, Summary
from services.projects.contents import Contents

EXAMPLES, TRAIN, TRY, DEPLOY = STEPS = ("examples", "train", "try", "deploy")

ENOUGH_ROWS = 10
"""Below this many rows a model learns them by heart and nothing else: training is not proposed yet."""


@dataclass(frozen=True)
class Step:
    """A step. state: 'done', 'now', 'bad' or 'todo'. detail: where it stands, short."""

    id: str
    title: str
    state: str
    detail: str = ""


@dataclass(frozen=True)
class Road:
    """steps: all four. sentence: the one next thing. command: id of the command that does it, with its button's text
    and icon; '' if there is nothing to press (a run is at work). folded: the first deployment is behind."""

    steps: tuple[Step, ...]
    sentence: str
    command: str = ""
    button: str = ""
    icon: str = ""
    folded: bool = False


@dataclass(frozen=True)
class _Here:
    """The step that one stands at, and what to say there."""

    step: str
    sentence: str
    command: str = ""
    button: str = ""
    icon: str = ""
    detail: str = ""
    bad: bool = False


def road(contents: Contents, *, findings: int | None = None) -> Road:
    """Where a project stands, said in the language in use. findings: of the data set in front, if they are known."""
    here = _here(contents, findings)
    titles = {EXAMPLES: tr("Examples"), TRAIN: tr("Train"), TRY: tr("Try"), DEPLOY: tr("Deploy")}
    place = STEPS.index(here.step)
    folded = bool(contents.deployed)
    steps = []
    for index, step in enumerate(STEPS):
        if folded or index < place:
            steps.append(Step(step, titles[step], "done"))
        elif index == place:
            steps.append(Step(step, titles[step], "bad" if here.bad else "now", here.detail))
        else:
            steps.append(Step(step, titles[step], "todo"))
    return Road(tuple(steps), here.sentence, here.command, here.button, here.icon, folded)


def _here(contents: Contents, findings: int | None) -> _Here:
    if contents.deployed:
        name = contents.deployed[0].name
        return _Here(DEPLOY, tr("{name} is deployed", name=name), "chat.new", tr("Chat with it"), "chat-circle")
    run = contents.runs[0] if contents.runs else None
    trained = next((r for r in contents.runs if r.state in (State.FINISHED, State.STOPPED)), None)
    if run is not None and run.state not in (State.FINISHED, State.STOPPED):
        return _at_work(run)
    if trained is not None:
        return _after_training(contents)
    return _examples(contents.rows, findings)


def _examples(rows: int, findings: int | None) -> _Here:
    detail = trn("{n} row", "{n} rows", rows)
    if rows == 0:
        sentence = tr("Next: put in your first examples")
        return _Here(EXAMPLES, sentence, "data.import", tr("Open a file"), "file-arrow-up")
    if rows < ENOUGH_ROWS:
        sentence = trn("Next: {n} more example", "Next: {n} more examples", ENOUGH_ROWS - rows)
        return _Here(EXAMPLES, sentence, "data.open", tr("Open the table"), "table", detail)
    if findings:
        sentence = trn("{n} finding, none blocks you", "{n} findings, none blocks you", findings)
    else:
        sentence = tr("Next: train on them")
    return _Here(EXAMPLES, sentence, "train.new", tr("Go to training"), "arrow-right", detail)


def _at_work(run: Summary) -> _Here:
    number = run.id.lstrip("0")
    match run.state:
        case State.RUNNING:
            detail = f"{run.step:,} / {run.total:,}" if run.total else ""
            sentence = tr("Run {run} is training", run=number)
            return _Here(TRAIN, sentence, "run.latest", tr("Watch it"), "chart-line", detail)
        case State.WAITING:
            return _Here(TRAIN, tr("Run {run} waits for its turn", run=number), detail=tr("waits"))
        case State.FAILED:
            sentence = tr("Next: see what stopped run {run}", run=number)
            return _Here(TRAIN, sentence, "run.latest", tr("Show why"), "wrench", tr("stopped"), bad=True)
    sentence = tr("Next: let run {run} go on", run=number)
    return _Here(TRAIN, sentence, "road.resume", tr("Resume"), "play", tr("paused"))


def _after_training(contents: Contents) -> _Here:
    if not any(chat.messages for chat in contents.chats):
        return _Here(TRY, tr("Next: ask your model something"), "chat.new", tr("Try it now"), "chat-circle")
    sentence = tr("Next: bring it to Ollama")
    return _Here(DEPLOY, sentence, "export.latest", tr("Go to deployment"), "rocket-launch")
