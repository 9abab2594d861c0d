"""What a person should know about a template before it is trained: checks that need no model."""

from dataclasses import dataclass, replace

from services.datasets.conversation import Conversation, Problem, Turn
from services.i18n import N_
from services.templates.encode import Encoder
from services.templates.errors import TemplateError
from services.templates.layout import EncodeOptions
from services.templates.stages import problem_of
from services.templates.template import Item, Template
from services.templates.tokenizer import Tokenizer

PROBES = (
    Conversation((Turn("user", "Hello, who are you?"), Turn("assistant", "I am a model."))),
    Conversation((Turn("user", "Hi"), Turn("assistant", "Hello."), Turn("user", "2 + 2?"), Turn("assistant", "4"))),
    Conversation((Turn("user", " 三 🙂\n"), Turn("assistant", "`x = 1`\n"))),
)


@dataclass(frozen=True)
class Difference:
    """Where the training ids of a row part from those of its whole text. at: index of the first differing token."""

    at: int
    training: tuple[str, ...]
    whole: tuple[str, ...]
    """A few tokens of each from there on, as the vocabulary spells them."""


def whole_difference(
    conversation: Conversation, template: Template, tokenizer: Tokenizer, options: EncodeOptions | None = None
) -> Difference | None:
    """The first difference between a row's training ids and its rendered text tokenised in one go, as servers do it.

    None if there is none. Raises TemplateError.
    """
    options = replace(options or EncodeOptions(), cutoff_len=1 << 30, truncation="tunesmith")
    sequence = Encoder(template, tokenizer, options).row(conversation)[-1]
    text = template.render(conversation, enable_thinking=options.enable_thinking)
    whole = tokenizer.encode(text)
    ids = sequence.input_ids
    if ids == whole:
        return None
    at = next((i for i, (a, b) in enumerate(zip(ids, whole, strict=False)) if a != b), min(len(ids), len(whole)))

    def near(some: list[int]) -> tuple[str, ...]:
        return tuple(tokenizer.token(i) for i in some[at : at + 4])

    return Difference(at, near(ids), near(whole))


def template_findings(template: Template, tokenizer: Tokenizer, options: EncodeOptions | None = None) -> list[Problem]:
    """What is doubtful about a template with this tokenizer, from three small talks. blocks: it cannot be used."""
    options = options or EncodeOptions()
    findings: list[Problem] = []
    for probe in PROBES:
        try:
            difference = whole_difference(probe, template, tokenizer, options)
            (result,) = Encoder(template, tokenizer, options).code([_whole(probe)])
            if isinstance(result, TemplateError):
                raise result
        except TemplateError as error:
            return [*findings, problem_of(error, probe)]
        if difference is not None and not any(f.code == "ids-differ" for f in findings):
            findings.append(_ids_differ(difference))
        if result[1].short and not any(f.code == "prompt-differs" for f in findings):
            findings.append(_prompt_differs())
    findings += _end_mark(template, tokenizer, options)
    findings += _tokens(template, tokenizer)
    return findings


def _whole(probe: Conversation) -> Item:
    return Item(probe, frozenset((len(probe.turns) - 1,)))


def _ids_differ(difference: Difference) -> Problem:
    return Problem(
        "ids-differ",
        N_("Servers cut the text of this template into other tokens than training does: {training} became {whole}."),
        N_("Harmless for most models; the model's own template avoids it."),
        {"training": " ".join(difference.training), "whole": " ".join(difference.whole), "at": difference.at},
        blocks=False,
    )


def _prompt_differs() -> Problem:
    return Problem(
        "prompt-differs",
        N_("This template writes something after the prompt that it leaves out before an answer of the data."),
        N_("The prompt in use will not be the one that was trained. A reasoning model wants its thoughts in the data."),
        blocks=False,
    )


def _end_mark(template: Template, tokenizer: Tokenizer, options: EncodeOptions) -> list[Problem]:
    encoded = Encoder(template, tokenizer, options).row(PROBES[0])[-1]
    stops = set(template.stop_token_ids)
    if any(label in stops for label in encoded.labels):
        return []
    return [
        Problem(
            "no-end-mark",
            N_("This template writes no end mark after an answer: the model would not learn to stop."),
            N_("Choose a template that ends answers."),
            blocks=False,
        )
    ]


def _tokens(template: Template, tokenizer: Tokenizer) -> list[Problem]:
    findings = []
    missing = getattr(template, "missing_tokens", [])
    if missing:
        findings.append(
            Problem(
                "tokens-missing",
                N_("This model's tokenizer lacks {tokens}, which the template uses; they are read as plain text."),
                N_("Choose the model's own template, or one that was made for it."),
                {"tokens": ", ".join(missing)},
                blocks=False,
            )
        )
    text = template.render(PROBES[0])
    bos = tokenizer.special.get("bos_token", "")
    if tokenizer.adds_bos and not text.startswith(bos):
        findings.append(
            Problem(
                "bos-missing",
                N_("This tokenizer starts every text with {bos}, which the template does not write."),
                N_("Training follows the template. Some servers add it, and then see another prompt."),
                {"bos": bos},
                blocks=False,
            )
        )
    return findings
