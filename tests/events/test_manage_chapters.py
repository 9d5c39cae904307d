"""Administrators rename chapters."""

from __future__ import annotations

import pytest

from app.events.models import Chapter
from tests.client import Client, text_of


@pytest.mark.parametrize("name", ["Nantes", "nântes "])
def test_a_chapter_does_not_take_the_name_of_another_and_the_field_says_so(
    as_admin: Client, chapter: Chapter, name: str
) -> None:
    path = f"/admin/chapters/{chapter.slug}"
    answer = as_admin.post(path, data=as_admin.csrf(path) | {"name": name})
    assert 'aria-invalid="true"' in answer.text
    assert "déjà une communauté" in text_of(answer.text)
    assert (chapter.name, len(chapter.managers)) == ("Lyon", 1)


def test_a_chapter_may_write_its_own_name_otherwise(as_admin: Client, chapter: Chapter) -> None:
    path = f"/admin/chapters/{chapter.slug}"
    as_admin.post(path, data=as_admin.csrf(path) | {"name": "LYON"})
    assert chapter.name == "LYON"
