from ivr.activation_call import ACTIVATION_CALL
from ivr.dialogue import AGAIN
from ivr.drawing import mermaid, table


def test_the_flowchart_has_every_step_and_every_declared_way():
    lines = mermaid(ACTIVATION_CALL).splitlines()
    for name, step in ACTIVATION_CALL.steps.items():
        assert any(line.startswith(f"  {name}") for line in lines)
        for outcome, to in step.on.items():
            label = {"*": "star", "#": "pound"}.get(outcome, outcome)
            arrows = [
                line
                for line in lines
                if line.startswith(f"  {name} -->") and line.endswith(f" {name if to == AGAIN else to}")
            ]
            assert any(label in line for line in arrows), (name, outcome)


def test_what_holds_everywhere_is_said_once():
    assert mermaid(ACTIVATION_CALL).count("hand_over<br>9: goodbye") == 1


def test_the_table_has_a_row_for_each_step():
    rows = table(ACTIVATION_CALL).splitlines()[2:]
    assert [row.split(" | ")[0].removeprefix("| ") for row in rows] == list(ACTIVATION_CALL.steps)
    assert "| read_back | recites | `read_block` | `*` → block_again; `1` → slower; silence → offer_a_text |" in rows
