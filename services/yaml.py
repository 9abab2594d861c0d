"""YAML in and out: one place that chooses the dialect (YAML 1.2, safe types, order kept, UTF-8 text as it is)."""

import io
import re
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.representer import RoundTripRepresenter

_OLD_WORDS = re.compile(r"(?:y|yes|n|no|on|off)|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?", re.IGNORECASE)
_LINE_BREAKS = re.compile("[\x85\u2028\u2029]")


class _Representer(RoundTripRepresenter):
    """Writes what YAML 1.1 readers (PyYAML, OmegaConf) understand as the same value."""

    def represent_str(self, data: str) -> ScalarNode:
        # 1.1 takes a bare no, on or 12:30 for a boolean or number; quoted line separators fold unless escaped
        style = '"' if _OLD_WORDS.fullmatch(data) or _LINE_BREAKS.search(data) else None
        return self.represent_scalar("tag:yaml.org,2002:str", data, style=style)

    def represent_float(self, data: float) -> ScalarNode:
        node = super().represent_float(data)
        if "e" in node.value and "." not in node.value:  # 1.1 takes 1e-05 for a text
            node.value = node.value.replace("e", ".0e", 1)
        return node


_Representer.add_representer(str, _Representer.represent_str)
_Representer.add_representer(float, _Representer.represent_float)


def load_yaml(text: str) -> Any:
    """Plain data of a YAML text. ValueError with line and column if it is none."""
    try:
        return YAML(typ="safe", pure=True).load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark
        place = f" (line {mark.line + 1}, column {mark.column + 1})" if mark is not None else ""
        raise ValueError(f"{error.problem or error.context or 'not understood'}{place}") from error
    except YAMLError as error:
        raise ValueError(" ".join(str(error).split())) from error


def dump_yaml(data: Any) -> str:
    """YAML text of plain data, in the data's own order."""
    yaml = YAML(pure=True)
    yaml.Representer = _Representer
    yaml.default_flow_style = False
    yaml.allow_unicode = True
    yaml.width = 4096
    out = io.StringIO()
    yaml.dump(data, out)
    return out.getvalue()
