"""What docs/frameworks.md shows runs."""

import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.frameworks
PAGE = Path(__file__).parent.parent.parent / "docs" / "frameworks.md"
BLOCKS = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.splitlines()[0])
@pytest.mark.filterwarnings("ignore")  # the frameworks' own
def test_a_block_runs(block, capsys):
    exec(compile(block, str(PAGE), "exec"), {})  # noqa: S102  # our own page

    assert "initialize(" not in block or "fed by" in capsys.readouterr().out
