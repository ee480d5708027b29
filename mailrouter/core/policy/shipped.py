"""The columns of the shipped tables: departments and organisations. Operators may replace each."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mailrouter.core.model.mail import Frozen
from mailrouter.core.policy.inputs import Keys
from mailrouter.core.policy.values import Line, Postcode, Slug, Zone

DEPARTMENTS = "departments.csv"
ORGANISATIONS = "organisations.csv"


class Shipped(Frozen, frozen=True, kw_only=True):
    """The texts of the two tables."""

    departments: str = ""
    organisations: str = ""


class PlaceRow(Keys):
    """A row of departments.csv."""

    code: Line = Field(description="Code, such as 46 or 2A.")
    name: Line = Field(description="Name.")
    local_part: Slug = Field(description="Local part of its address.")
    of: str = Field("", description="The name after an organisation's: du Lot.")
    postcodes: tuple[Postcode, ...] = Field((), description="How its postcodes begin.")
    time_zone: Zone = Field("Europe/Paris", description="IANA time zone.")
    country: Line = Field("FR", description="Country whose public holidays count.")
    subdivision: str = Field("", description="Part of it with holidays of its own.")


class OrganisationRow(Keys):
    """A row of organisations.csv."""

    code: Line = Field(description="Short name, used in the routing files.")
    name: Line = Field(description="Full name.")
    side: Literal["helper", "operator"] = Field(description="Who helps, who operates.")
    aliases: tuple[Line, ...] = Field((), description="Further names people use.")
    fields: tuple[Line, ...] = Field((), description="Restricted usager fields it is entitled to.")
    coverage: str = Field("", description="Coverage set it counts in.")


class PlaceTable(Keys):
    """departments.csv as a document."""

    rows: tuple[PlaceRow, ...] = ()


class OrganisationTable(Keys):
    """organisations.csv as a document."""

    rows: tuple[OrganisationRow, ...] = ()
