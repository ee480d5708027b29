"""Views for statistics, made by the initial migration. After the first release: add, never edit.

They hold no personal data, sealed or not: no column of theirs comes from one that is sealed or a blind index. A role
that may read these views and nothing else is all that a dashboard needs. Medians in business hours need the
territories' calendars, so they are computed from these views (core/stats.py), not in them.

- `stat_case`: a case, what it was useful for, how many messages it took.
- `stat_party`: an organisation asked on a case: when it was asked, answered, and done with it.
- `stat_month`: counts by month (UTC), territory and organisation.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection

# Helpers of a case that is still incomplete asked nobody: it has a row here and none in stat_party.
_CASE: Final = """
CREATE VIEW stat_case AS
SELECT c.id AS case_id, c.territory, c.state, c.creator_group, c.urgent, c.opened_at, c.closed_at, c.useful,
  (SELECT count(*) FROM message m WHERE m.case_id = c.id AND m.audience = 'everyone') AS messages,
  EXISTS (SELECT 1 FROM history h WHERE h.case_id = c.id AND h.act = 'state' AND h.after = 'withdrawn') AS withdrawn
FROM "case" c
"""

# Saying `traité` or `non pertinent` without another word is an answer too. A party ends by its own last transition into
# a final state, else by the closing of its case; a withdrawal ends a case without resolving anything.
_PARTY: Final = """
CREATE VIEW stat_party AS
SELECT p.case_id, c.territory, p.organisation, p.group_id, p.state, c.urgent, p.asked_at,
  COALESCE(p.first_answer_at,
    (SELECT min(h.at) FROM history h WHERE h.case_id = p.case_id AND h.organisation = p.organisation
       AND h.act = 'state' AND h.after IN ('done','irrelevant','not-competent'))) AS first_answer_at,
  CASE
    WHEN p.state IN ('done','irrelevant','not-competent') THEN COALESCE(
      (SELECT max(h.at) FROM history h WHERE h.case_id = p.case_id AND h.organisation = p.organisation
         AND h.act = 'state' AND h.after IN ('done','irrelevant','not-competent')), c.closed_at)
    WHEN c.withdrawn THEN NULL
    ELSE c.closed_at
  END AS resolved_at
FROM case_party p JOIN stat_case c ON c.case_id = p.case_id
"""

_MONTH: Final = """
CREATE VIEW stat_month AS
SELECT {month} AS month, territory, organisation, count(*) AS asked, count(first_answer_at) AS answered,
  sum(CASE WHEN {within} THEN 1 ELSE 0 END) AS answered_within_15_days, count(resolved_at) AS resolved,
  sum(CASE WHEN state = 'irrelevant' THEN 1 ELSE 0 END) AS irrelevant
FROM stat_party GROUP BY {month}, territory, organisation
"""

# What the two databases write differently.
_DIALECTS: Final = {
    "sqlite": {
        "month": "strftime('%Y-%m', asked_at)",
        "within": "julianday(first_answer_at) - julianday(asked_at) <= 15",
    },
    "postgresql": {
        "month": "to_char(asked_at AT TIME ZONE 'UTC', 'YYYY-MM')",
        "within": "first_answer_at <= asked_at + interval '360 hours'",
    },
}


def create(conn: Connection) -> None:
    """Make the views of this database."""
    words = _DIALECTS[conn.dialect.name]
    # % is a placeholder's mark to psycopg, and strftime needs it on SQLite, which takes the statement as it is.
    for statement in (_CASE, _PARTY, _MONTH.format(**words)):
        conn.exec_driver_sql(statement)
