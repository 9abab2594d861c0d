"""Gate 2: Ollama makes the prompts of training: five conversations, rendered by both."""

from typing import Any

from services.export.deployed import Deployed, GateFailedError
from services.export.gates import gates
from services.export.probes import PROBES, Message, first_difference, without_bos
from services.i18n import N_
from services.templates.errors import TemplateError


class PromptsEqual:
    """Compares what `/api/chat` would send to the model with what training rendered, one leading BOS aside."""

    title = N_("Ollama asks as training did")
    order = 20

    def check(self, deployed: Deployed) -> int:
        """How many prompts are equal. GateFailedError names the first that is not."""
        bos, thinking = deployed.made.bos_token, deployed.made.enable_thinking
        agreed = 0
        for name, messages in PROBES.items():
            try:
                asked = _with_system(messages, str(deployed.made.options.get("system") or ""))
                ours = deployed.template.render_messages(asked, None, True, enable_thinking=thinking)
            except TemplateError:
                continue  # a conversation that this template refuses, such as a system turn for some
            # think true would be refused by a model that Ollama does not know as thinking; false is taken by all
            theirs = deployed.client.render(deployed.name, messages, think=False if thinking is False else None)
            difference = first_difference(without_bos(ours, bos), without_bos(theirs, bos))
            if difference:
                raise GateFailedError(
                    N_(
                        "Ollama makes another prompt than training ({probe}), from line {line}, column {column}: "
                        "{found_part} instead of {expected_part}."
                    ),
                    difference,
                    probe=name,
                )
            agreed += 1
        return agreed


def _with_system(messages: list[Message], system: str) -> list[dict[str, Any]]:
    """Messages as Ollama takes them for a model with a system prompt of its own: it stands in for a missing one."""
    own = not system or messages[0]["role"] == "system"
    return [dict(m) for m in messages] if own else [{"role": "system", "content": system}, *messages]


gates.add("prompts")(PromptsEqual())
