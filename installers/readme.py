"""Fills README's generated part: the table of recipe parameters. `python -m installers.readme [--check]`."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def filled(text: str) -> str:
    """README's text with the table as the declarations have it now."""
    from click.testing import CliRunner

    from services.cli.commands import commands

    done = CliRunner().invoke(commands.get("recipe"), ["fields", "--markdown"])
    if done.exit_code:
        raise RuntimeError(done.output)
    block = f"<!-- recipe -->\n{done.output.strip()}\n<!-- /recipe -->"
    return re.sub(r"<!-- recipe -->.*?<!-- /recipe -->", lambda _: block, text, flags=re.DOTALL)


def main() -> int:
    """Write README.md, or with --check only say whether it is current."""
    path = ROOT / "README.md"
    text = path.read_text(encoding="utf-8")
    new = filled(text)
    if "--check" in sys.argv:
        return int(new != text)
    path.write_text(new, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
