"""What a vendor puts in writing: agreement, privacy policy, where licenses are bought."""

from computer_screen import Screen


def test_rule_21_the_agreement_says_that_a_clients_own_system_gives_no_access(screen: Screen) -> None:
    assert "A license for the operating system of a client gives no such right." in screen.open("/agreement").words


def test_rule_53_the_privacy_policy_names_the_clearinghouse_as_a_party_of_its_own(screen: Screen) -> None:
    words = screen.open("/privacy").words

    assert "The clearinghouse is a service of the vendor, apart from this computer." in words
    assert "It gets the Installation ID" in words
