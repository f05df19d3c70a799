"""The description of the clearinghouse over HTTP (OpenAPI 3.1). Each route declares its part where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from activation_core.clearinghouse import problems

Schema = Mapping[str, Any]
Paths = Mapping[str, Mapping[str, Any]]

TEXT: Schema = {"type": "string"}

_PROBLEM: Schema = {
    "description": "Why not (RFC 9457). Programs go by `code`, people by `words` and `next_step`.",
    "type": "object",
    "required": ["type", "title", "status", "detail", "code", "words", "next_step", "details"],
    "properties": {
        **dict.fromkeys(("type", "title", "detail", "words", "next_step"), TEXT),
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "code": {"type": "string", "pattern": "^[a-z_]+$", "examples": ["transfer_needed"]},
        "details": {
            "type": "object",
            "description": "Places or numbers for a program: `blocks` are those that were mistyped, from 1.",
            "properties": {"blocks": {"type": "array", "items": {"type": "integer", "minimum": 1}}},
        },
    },
}


def describe(paths: Paths, schemas: Mapping[str, Schema]) -> Mapping[str, Any]:
    """The whole description. Every operation may fail as any may: unexpectedly, or by what was sent."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Clearinghouse",
            "version": "1",
            "description": "Where licensed computers ask for Confirmation IDs over the Internet, and for the number to"
            " call. The same question always gets the same answer and counts once, so asking again is safe.",
        },
        "paths": paths,
        "components": {"schemas": {**schemas, "Problem": _PROBLEM}},
    }


def ref(schema: str) -> Schema:
    return {"$ref": f"#/components/schemas/{schema}"}


def fields(**properties: Schema) -> Schema:
    """An object with exactly these, each of them always there."""
    return {"type": "object", "required": list(properties), "properties": properties, "additionalProperties": False}


def maybe(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def json_of(schema: Schema, description: str) -> Mapping[str, Any]:
    """A yes."""
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def problem(description: str) -> Mapping[str, Any]:
    """A no."""
    return {"description": description, "content": {problems.MEDIA_TYPE: {"schema": ref("Problem")}}}
