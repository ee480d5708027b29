"""The JSON schema of routing files, for editors; data/routing.schema.json is this, and a test keeps it so."""

from __future__ import annotations

from typing import Any

from mailrouter.core.policy.inputs import RoutingIn

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def routing_schema() -> dict[str, Any]:
    """The schema of a file of config/routing (JSON Schema 2020-12)."""
    schema = _plain(RoutingIn.model_json_schema(mode="validation"))
    return {"$schema": DIALECT, **schema, "title": "mailrouter routing file"}


def _plain(node: Any) -> Any:
    """Without the titles pydantic makes of names, and without null: a key without a value is left out."""
    if isinstance(node, list):
        return [_plain(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {key: value for key, value in node.items() if not (key == "title" and isinstance(value, str))}
    choices = [choice for choice in kept.get("anyOf", ()) if choice != {"type": "null"}]
    if len(choices) == 1 and len(kept["anyOf"]) == 2:
        kept = {**choices[0], **{k: v for k, v in kept.items() if k not in ("anyOf", "default")}}
    return {key: _plain(value) for key, value in kept.items()}
