"""What is wrong with the desk of one call is wrong for that call alone."""

import pytest

from ivr.activation_call import DeskDown
from ivr.simulator.trouble import for_one_call


class Desk:
    has_operator = True

    def __init__(self, answer):
        self.answer = answer

    def confirm(self, installation_id, line=""):
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


SOUND, LOCKED = Desk("granted"), Desk(DeskDown())
answering = for_one_call(SOUND, SOUND, LOCKED, patience=4, application=lambda desk: desk)  # a desk for an application


@pytest.mark.parametrize(
    ("fault", "waited"), [("the desk is down", 0), ("the database is locked", 4), ("the desk is slow by 9 seconds", 9)]
)
def test_another_call_at_the_same_time_notices_nothing(fault, waited):
    with answering(fault) as (troubled, took), answering("") as (usual, none):
        if "slow" not in fault:
            with pytest.raises(DeskDown):
                troubled.confirm("1")
        else:
            assert troubled.confirm("1") == "granted"

        assert took() == waited
        assert usual.confirm("1") == "granted"
        assert none() == 0


def test_where_nothing_is_wrong_the_usual_application_answers():
    with answering("") as (application, _):
        assert application is SOUND
