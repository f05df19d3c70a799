"""Every fact is held by a test or is out of scope for a reason, and no test holds what is no fact."""

from conformance import FACTS, OUT_OF_SCOPE, held

ALL = [sentence for sentences in FACTS.values() for sentence in sentences]


def test_every_fact_is_held_by_a_test_or_out_of_scope():
    holding = {sentence for sentence, _ in held()}
    assert [sentence for sentence in ALL if (sentence in holding) == (sentence in OUT_OF_SCOPE)] == []


def test_every_sentence_above_a_test_is_a_fact():
    assert sorted({sentence for sentence, _ in held()} - set(ALL)) == []


def test_every_fact_stands_in_its_section_and_once():
    assert len(ALL) == len(set(ALL))
    assert [s for section, sentences in FACTS.items() for s in sentences if s[:2] != f"{section[0]}:"] == []
