"""Guarantee: a date that can be read for certain becomes ISO 8601, any other stays as it was written."""

import pytest

from mailrouter.core.mail.fresh.original_date import iso_date

DATES = {
    "Tue, 12 Mar 2024 10:12:33 +0100": "2024-03-12T10:12:33+01:00",
    "mardi 12 mars 2024 10:12": "2024-03-12T10:12:00",
    "mardi 12 mars 2024 10h12": "2024-03-12T10:12:00",
    "mar. 12 mars 2024 à 10:12": "2024-03-12T10:12:00",
    "Mardi 12 Mars 2024 10:12:33": "2024-03-12T10:12:33",
    "1er août 2024 à 09:05": "2024-08-01T09:05:00",
    "12/03/2024 10:12": "2024-03-12T10:12:00",
    "12/03/24 10:12": "2024-03-12T10:12:00",
    "12/03/2024  10:12  (GMT+01:00)": "2024-03-12T10:12:00+01:00",
    "2024-03-12 10:12": "2024-03-12T10:12:00",
    "Tuesday, March 12, 2024 10:12 PM": "2024-03-12T22:12:00",
    "Tuesday, March 12, 2024, 12:05:44 AM -0400": "2024-03-12T00:05:44-04:00",
    "Dienstag, 12. März 2024 um 10:12": "2024-03-12T10:12:00",
    "12 de marzo de 2024, 10:12:05 GMT+1": "2024-03-12T10:12:05+01:00",
    "martedì 12 marzo 2024, 10:12:05 GMT+1": "2024-03-12T10:12:05+01:00",
    "03/25/2024 4:52 PM": "2024-03-25T16:52:00",
    "02/10/2023 4:52 PM EST": "02/10/2023 4:52 PM EST",
    "31 février 2024 à 10:12": "31 février 2024 à 10:12",
    "12 mars 2024 à 25:71": "12 mars 2024 à 25:71",
    "hier  matin": "hier matin",
    "12 mars": "12 mars",
    "": "",
    "12/03/2024 10:12 GMT+99:99": "12/03/2024 10:12 GMT+99:99",
}


@pytest.mark.parametrize(("written", "expected"), DATES.items(), ids=DATES)
def test_dates(written: str, expected: str) -> None:
    assert iso_date(written) == expected
