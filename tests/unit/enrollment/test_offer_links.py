"""Links that answer an offer: only those made here, whole and unchanged, are believed."""

import pytest

from enrollment.domain.errors import OfferLinkUnknown
from enrollment.domain.offer_links import OfferClaim, OfferLinks

CLAIM = OfferClaim(2, 4, 1_800_000_000)
LINKS = OfferLinks("secret", "https://enroll.example.edu/")


def token() -> str:
    link = LINKS.link(CLAIM)
    assert link is not None
    assert link.startswith("https://enroll.example.edu/offer/2.4.1800000000.")
    return link.rpartition("/")[2]


def test_a_link_says_whose_offer_it_answers() -> None:
    assert LINKS.require(token()) == CLAIM


@pytest.mark.parametrize(
    "changed",
    [
        token().replace("2.4.", "2.5.", 1),
        token().replace("1800000000", "1900000000"),
        token()[:-1],
        token() + "A",
        token().replace("2.4.", "02.4.", 1),
        "2.4.1800000000.",
        "",
        "é" * 43,
    ],
)
def test_a_changed_link_is_unknown(changed: str) -> None:
    with pytest.raises(OfferLinkUnknown):
        LINKS.require(changed)


def test_another_secret_makes_other_links_and_none_makes_none() -> None:
    with pytest.raises(OfferLinkUnknown):
        OfferLinks("another", "").require(token())
    assert OfferLinks("", "").link(CLAIM) is None
    with pytest.raises(OfferLinkUnknown):
        OfferLinks("", "").require(token())
