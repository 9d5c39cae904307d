"""An event as search engines read it: schema.org/Event in JSON-LD."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from app.events.models import Event, EventStatus


def structured_event(
    event: Event, description: str, organizer: str, url: str, picture_url: str | None
) -> dict[str, object]:
    """Return the JSON-LD object. Times carry the offset that the event's zone has on that day."""
    zone, chapter = ZoneInfo(event.timezone), event.chapter
    postal = {"@type": "PostalAddress", "addressLocality": chapter.city, "addressCountry": chapter.country}
    cancelled = event.status == EventStatus.CANCELLED
    data: dict[str, object] = {
        "@context": "https://schema.org",
        "@type": "Event",
        "name": event.title,
        "description": description,
        "startDate": event.starts_at.astimezone(zone).isoformat(timespec="minutes"),
        "endDate": event.ends_at.astimezone(zone).isoformat(timespec="minutes"),
        "eventStatus": f"https://schema.org/Event{'Cancelled' if cancelled else 'Scheduled'}",
        "eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode",
        "location": {
            "@type": "Place",
            "name": event.venue,
            "address": postal | ({"streetAddress": event.address} if event.address else {}),
        },
        "organizer": {"@type": "Organization", "name": organizer},
        "url": url,
    }
    return data | ({"image": [picture_url]} if picture_url else {})
