"""DOMAIN.md, "Delights": each test names one."""

from __future__ import annotations

from story import until
from town import CLAIRE, ZOE


def test_the_receipt_carries_the_real_median_delay(story):
    """With five answered requests the receipt says in how many business days half of them were answered; with four
    it names the configured delay alone."""
    days = [
        "2026-03-03 11:00",
        "2026-03-09 11:00",
        "2026-03-11 09:30",
        "2026-03-13 16:00",
        "2026-03-18 12:00",
    ]
    for n, answered in enumerate(days):
        opened = story.open_case(f"Dossier {n} : le droit est bloqué depuis longtemps.")
        assert "la moitié" not in opened.to(ZOE).text
        assert "sous 3 jours ouvrés" in opened.to(ZOE).text
        until(story, answered)
        story.answer(CLAIRE, opened.to(CLAIRE), "Le droit est rétabli, vous aurez le rappel.")
    sixth = story.open_case("Un dossier de plus, même blocage.").to(ZOE)
    # Asked Mon 10:00, Tue 11:00, Mon 11:00, Wed 9:30, Fri 16:00; answered within 2, 5, 3, 3 and 3 business days.
    assert "la moitié des premières réponses" in sixth.text
    assert "CAF du Lot : en 3 jours ouvrés ou moins" in sixth.text
    other = story.open_case("Une carte vitale perdue.", to="lot+cpam@aplus.example").to(ZOE, "receipt")
    assert "la moitié" not in other.text
