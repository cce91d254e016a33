"""Bodies of submissions, decisions and recipes, as `/openapi.json` describes them."""

from typing import Any


def _described(media_type: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": {media_type: {"schema": schema}}}}


_FILE = {"type": "string", "format": "binary"}
SUBMISSION_BODY = _described(
    "multipart/form-data",
    {
        "type": "object",
        "additionalProperties": False,
        "required": ["dataset", "file"],
        "description": "Fields stand before files.",
        "properties": {
            "dataset": {"type": "string"},
            "recipe": {"type": "string", "description": "A saved one's name, or a document."},
            "labels": {"type": "string", "description": "JSON."},
            "mode": {"enum": ["append", "replace"]},
            "dry_run": {"enum": ["true", "false"]},
            "again": {"enum": ["true", "false"]},
            "relabel": {"enum": ["true", "false"]},
            "corrections": {"enum": ["accept", "leave"]},
            "file": {"type": "array", "items": _FILE},
        },
    },
)
DECISION_BODY = _described(
    "application/json",
    {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "codes": {"type": "object"},
            "corrections": {"enum": ["accept", "leave"]},
            "recipe": {"type": "object"},
            "go": {"type": "boolean"},
        },
    },
)
RECIPE_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": {"type": "object"}},
            "application/yaml": {"schema": {"type": "string"}},
        },
    }
}
