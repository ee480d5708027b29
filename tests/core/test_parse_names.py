"""File names are data: shown, stored, never a path and never longer than file systems take."""

from __future__ import annotations

import pytest

from mailrouter.core.mail.wire.body import clean_name


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("a.pdf", "a.pdf"),
        ("", ""),
        ("avis d’imposition.pdf", "avis d’imposition.pdf"),
        ("C:\\Users\\zoe\\avis.pdf", "avis.pdf"),
        ("\\\\serveur\\partage\\avis.pdf", "avis.pdf"),
        ("/etc/passwd", "passwd"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("reçu 12/03.pdf", "reçu 12_03.pdf"),
        (". .", ""),
        ("facture\u202efdp.exe", "facturefdp.exe"),
        ("a\r\nb\x00.pdf", "a  b .pdf"),
        ("é" * 300 + ".pdf", "é" * 140 + ".pdf"),
        ("é" * 300, "é" * 150),
        ("a." + "b" * 300, "a." + "b" * 9),
    ],
)
def test_a_name_is_data(name: str, clean: str) -> None:
    assert clean_name(name) == clean
