"""What the secure page's templates are told of the sample case, as full as it gets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from mailrouter.core.compose.sample_values import NUMBER

_FRAME: Final[Mapping[str, Any]] = {
    "label": "Administration+",
    "domain": "aplus.example",
    "here": "/lire/sample",
    "suffix": "",
    "other_href": "?l=en",
    "trouble": False,
}
_CASE: Final[Mapping[str, Any]] = {
    "number": NUMBER,
    "zone": "Europe/Paris",
    "names": {"CAF": "CAF du Lot"},
    "urgent": "expulsion, avant le 16 mars",
    "careful": True,
    "fields": ({"name": "nom", "value": "Exemple"}, {"name": "naissance", "value": "1984-02-01"}),
    "withheld": ("adresse", "telephone"),
    "states": (("CAF", "in-progress"),),
    "said": (
        {
            "position": 0,
            "at": "2026-03-12T09:05:00+00:00",
            "author": "Zoé Durand",
            "group": "France Services Cahors",
            "note": True,
            "text": "Un mot.\n\nDeux.",
            "files": ({"n": 0, "name": "attestation.pdf", "size": 48213},),
            "kept": 1,
        },
    ),
    "operator": True,
    "reader": "Claire Martin",
    "reply_href": "mailto:cas-sample@aplus.example",
    "note_href": "mailto:cas-sample-2@aplus.example",
}
_ASKING: Final[Mapping[str, Any]] = {"shared": True, "minutes": 15, "trouble": True}

STATES: Final[Mapping[str, Mapping[str, Any]]] = {
    "ask": {**_FRAME, **_ASKING},
    "code": {**_FRAME, **_ASKING},
    "case": {**_FRAME, **_CASE},
    "gone": _FRAME,
    "busy": _FRAME,
    "left": _FRAME,
}
"""State of the page: sample values; the names are those of its templates."""
