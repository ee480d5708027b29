"""docs/routing.md, the JSON schema and the models say the same: every key has its row, every example is right."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from mailrouter.core.policy import inputs
from mailrouter.core.policy.figures import Limits, Retention, Timing
from mailrouter.core.policy.jsonschema import routing_schema
from mailrouter.core.policy.validate import validate
from mailrouter.core.policy.yamltext import read_yaml
from mailrouter.settings import Settings
from mailrouter.settings import keys as settings_keys

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "routing.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"<!-- keys of (\w+) -->\n\n((?:\|.*\n)+)", PAGE))
ROW = re.compile(r"^\| (\*\*)?`(\w+)`(?:\*\*)? \| (.+?) \| `(.+)` \|$", re.MULTILINE)


def models() -> dict[str, type[BaseModel]]:
    """Every mapping of keys that an operator writes."""
    found: dict[str, type[BaseModel]] = {"Settings": Settings}
    for module in (inputs, settings_keys):
        for name, value in vars(module).items():
            if isinstance(value, type) and issubclass(value, inputs.Keys) and value is not inputs.Keys:
                found[name] = value
    del found["FiguresIn"]  # its keys are rows of TimingIn
    return found


MODELS = models()


def keys_of(name: str) -> set[str]:
    """The keys a section must list: of a routing file those that are no territory's."""
    keys = set(MODELS[name].model_fields)
    return keys - set(inputs.TerritoryIn.model_fields) if name == "RoutingIn" else keys


@pytest.mark.parametrize("name", sorted(MODELS))
def test_every_key_has_its_row_with_what_it_means(name: str) -> None:
    rows = ROW.findall(SECTIONS[name])
    assert {key for _, key, _, _ in rows} == keys_of(name)
    assert len(rows) == len(SECTIONS[name].splitlines()) - 2
    fields = MODELS[name].model_fields
    assert {key: text for _, key, text, _ in rows} == {key: fields[key].description for _, key, _, _ in rows}
    assert {key for bold, key, _, _ in rows if bold} == {
        key for _, key, _, _ in rows if fields[key].is_required()
    }


@pytest.mark.parametrize("name", sorted(MODELS))
def test_every_example_is_accepted(name: str) -> None:
    """Each example stands alone: other compulsory keys may be missing, and nothing else may be wrong."""
    for _, key, _, example in ROW.findall(SECTIONS[name]):
        if example.startswith(("MAILROUTER_", "from ")):
            assert key in ("password", "token")
            continue
        document, syntax = read_yaml("example", example + "\n")
        _, _, wrong = validate(document, MODELS[name])
        assert list(document.value) == [key]
        assert [f.message for f in (*syntax, *wrong) if "is missing" not in f.message] == []


def test_the_figures_in_the_tables_are_the_defaults() -> None:
    for name, figures in (("TimingIn", Timing()), ("RetentionIn", Retention()), ("CapsIn", Limits())):
        for _, key, _, example in ROW.findall(SECTIONS[name]):
            if hasattr(figures, key):
                assert example == f"{key}: {getattr(figures, key)}"


def test_every_figure_of_the_policy_can_be_written() -> None:
    moments = {f"{name}_{part}" for name in ("digest", "operators_digest") for part in ("day", "hour")}
    written = set(inputs.TimingIn.model_fields) - {"organisations", "digest", "operators_digest"}
    assert set(Timing.__struct_fields__) - moments == written
    assert set(Retention.__struct_fields__) == set(inputs.RetentionIn.model_fields)
    assert set(Limits.__struct_fields__) == set(inputs.CapsIn.model_fields)


@pytest.mark.parametrize("block", re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL))
def test_every_block_of_yaml_is_a_routing_file(block: str) -> None:
    document, syntax = read_yaml("block", block)
    model, _, wrong = validate(document, inputs.RoutingIn)
    assert model is not None and [*syntax, *wrong] == []


def test_the_published_schema_is_the_models() -> None:
    """Renew it with `mailrouter check --schema > mailrouter/data/routing.schema.json`."""
    published = (ROOT / "mailrouter" / "data" / "routing.schema.json").read_text(encoding="utf-8")
    assert json.loads(published) == routing_schema()


def test_the_published_schema_takes_the_sample_and_refuses_a_slip() -> None:
    """An editor that follows the schema agrees with `check`, as far as one file goes."""
    validator_for = pytest.importorskip("jsonschema_rs").validator_for
    import yaml

    validator = validator_for(routing_schema())
    samples = sorted((ROOT / "config" / "routing").rglob("*.yaml"))
    assert len(samples) == 6
    for path in samples:
        # An editor's schema sees dates as text.
        value = json.loads(json.dumps(yaml.safe_load(path.read_text(encoding="utf-8")), default=str))
        assert [error.message for error in validator.iter_errors(value)] == []
    assert not validator.is_valid({"teritory": "lot"})
    assert not validator.is_valid({"timing": {"remind": "soon"}})
    assert not validator.is_valid({"groups": {"caf": {"members": []}}})
