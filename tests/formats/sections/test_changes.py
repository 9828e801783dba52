from __future__ import annotations

from rnncli.formats import RenderOptions
from rnncli.formats.table import render_plan

BEFORE = "input: [5, 8]\nlayers:\n  - LSTM: 3\n  - Dense: 10\n  - ReLU\n"
AFTER = "input: [5, 8]\nlayers:\n  - LSTM: 3\n  - Dense: 12\n  - Softmax\n"


def page(before, after, **options):
    return render_plan(after, RenderOptions(**options), before).splitlines()


def marks(lines):
    rows = lines[4 : lines.index("Since the last plan:")]
    return {line.split()[1]: line[1] for line in rows if line[1:2] in ("~", "+")}


def test_rows_that_are_new_or_changed_are_marked(planned):
    lines = page(planned(BEFORE), planned(AFTER))
    assert marks(lines) == {"dense": "~", "softmax": "+", "total": "~"}
    start = lines.index("Since the last plan:")
    assert lines[start + 1 : start + 5] == [
        "  dense: Output (1, 10) → (1, 12), Params 40 → 48, MACs 30 → 36",
        "  new: softmax",
        "  gone: re_lu",
        "",
    ]


def test_where_nothing_changed_nothing_is_marked(planned):
    lines = page(planned(BEFORE), planned(BEFORE))
    assert "Since the last plan:" not in lines
    assert not [line for line in lines if line.startswith((" ~", " +"))]


def test_many_changes_are_counted(planned):
    def text(units):
        layer = f"  - LSTM: {{units: {units}, return_sequences: true}}\n"
        return "input: [5, 8]\nlayers:\n" + layer * 9

    assert "  … and 5 more" in page(planned(text(3)), planned(text(4)))


def test_columns_that_only_one_of_them_has(planned):
    lines = page(planned(BEFORE), planned(AFTER), columns=("layer", "mask"))
    start = lines.index("Since the last plan:")
    assert lines[start + 1 : start + 3] == ["  new: softmax", "  gone: re_lu"]
