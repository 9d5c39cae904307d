"""Members: found and read."""

from __future__ import annotations

from typing import Any

from app.api import queries_people as queries
from app.api.api import Calls, caller, next_page
from app.api.forms_schemas import MemberPage, MemberQuery, MemberSchema
from app.api.rules import Scope

bp = Calls(
    "members-api", "People: all of them for an administrator, else those who registered in their chapters."
)


@bp.call("GET", "/members", Scope.MEMBERS_READ, 422)
@bp.arguments(MemberQuery, location="query")
@bp.response(200, MemberPage)
def list_members(query: dict[str, Any]) -> dict[str, Any]:
    """List or search members"""
    limit = query["limit"]
    found = queries.members(caller(), query.get("cursor", 0), limit + 1, query.get("q", ""))
    return {"items": found[:limit], "next": next_page(found, limit)}


@bp.call("GET", "/members/<int:member_id>", Scope.MEMBERS_READ, 404)
@bp.response(200, MemberSchema)
def get_member(member_id: int) -> Any:
    """Get a member"""
    return queries.get_member(caller(), member_id)
