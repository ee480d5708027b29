"""Over random workflows no text reaches a mailbox that is not entitled to it at that time, and no subject of ours holds
an aidant's words (workflow.py)."""

from __future__ import annotations

import pytest
from town import town
from workflow import Workflow

STEPS = 24


@pytest.mark.parametrize("seed", range(14))
def test_no_text_reaches_whom_it_must_not(tmp_path, seed):
    """Two dozen random acts; every mail of each is checked as it leaves. Texts do arrive, and the ledger balances."""
    with town(tmp_path) as place:
        flow = Workflow(place, seed)
        for _ in range(STEPS):
            flow.step()
        assert flow.oracle.arrived >= 10, "a workflow in which nothing is relayed proves nothing"
        assert place.ledger()["balanced"]
