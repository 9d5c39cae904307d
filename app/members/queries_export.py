"""What Terrain knows of one person, for that person."""

from __future__ import annotations

from typing import Any

from app.members.models import Member
from app.members.queries import consent_history
from app.privacy import EXPORTS


def personal_data(member: Member) -> dict[str, Any]:
    """Return all that is held about a member as JSON values; times are ISO 8601 in UTC."""
    return {
        "member": {
            "id": member.id,
            "email": member.email,
            "email_confirmed_at": member.email_confirmed_at and member.email_confirmed_at.isoformat(),
            "name": member.display_name,
            "city": member.city,
            "language": member.locale,
            "reference": member.external_ref,
            "roles": [role.name for role in member.roles],
            "created_at": member.created_at.isoformat(),
        },
        "consents": [
            {
                "purpose": consent.purpose.value,
                "granted": consent.granted,
                "wording": consent.wording,
                "version": consent.wording_version,
                "language": consent.locale,
                "source": consent.source,
                "at": consent.at.isoformat(),
            }
            for consent in consent_history(member.id)
        ],
    } | {name: export(member.id) for name, export in sorted(EXPORTS.items())}
