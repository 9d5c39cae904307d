"""How a person's address and name are written down."""

from __future__ import annotations

import unicodedata

from email_validator import EmailNotValidError, validate_email

NAME_MAX = 120
ROLES = ("cm", "marketing", "admin")
SEARCHED_AS = str.maketrans({"œ": "oe", "Œ": "oe", "’": "", "'": "", "ʼ": ""})


def normalise_email(text: str) -> str:
    """Write an address the one way it is stored: composed, lower case, without spaces around.

    Mail servers may tell upper from lower case before the @, and none in use does; people do not.
    """
    return unicodedata.normalize("NFKC", text).strip().lower()


def is_email(text: str) -> bool:
    """Tell whether mail could be sent there, by its form alone: DNS is not asked."""
    try:
        validate_email(text, check_deliverability=False)
    except EmailNotValidError:
        return False
    return True


def tidy_name(text: str) -> str:
    """Write a name on one line, composed, without control characters, at most NAME_MAX characters."""
    composed = unicodedata.normalize("NFC", text)
    printable = "".join(c if c.isprintable() else " " for c in composed)
    return " ".join(printable.split())[:NAME_MAX].strip()


def folded(text: str) -> str:
    """Write words as they are searched: lower case, without accents and apostrophes.

    "Œuvre d’Éloïse" becomes "oeuvre deloise": which apostrophe a name is written with depends on who types it.
    """
    plain = unicodedata.normalize("NFKD", text.translate(SEARCHED_AS))
    return "".join(c for c in plain if not unicodedata.combining(c)).lower().strip()


def searched_words(display_name: str, email: str | None) -> str:
    """Return what of a member is searched, at most 400 characters."""
    return folded(f"{display_name} {email or ''}")[:400]
