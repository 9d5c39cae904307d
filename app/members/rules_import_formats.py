"""Say what each column of a list of people holds, and which tool wrote the list.

Header words were read from the tools themselves or from files that people published:

- Eventbrite, attendee list since 2023: `Order ID, Order date, Attendee first name, Attendee last name,
  Attendee email, …, Purchaser city, …, Ticket type, …, Buyer email, …, Barcode number`; in French `N° de
  commande, Date de la commande, Prénom du participant, Nom de famille du participant, Courriel du
  participant, …, Ville de l’acheteur`. The attendee report before it: `Order #, Order Date, First Name,
  Last Name, Email, …, Attendee Status, Home City`, in Britain `Order no.` and `Surname`.
- Meetup, member list: `Name, User ID, Title, Member ID, Location, Joined Group on, Last visited group on,
  …, URL of Member Profile`, in French `Rejoindre le groupe le, Dernier groupe visité le, …, URL du profil
  de membre`; attendee list: `Name, User ID, Title, Event Host, RSVP, Guests, RSVPed on, …`. Separated by
  tabs, and without e-mail addresses unless the group asks for one as a question.
- pretix: src/pretix/base/exporters/orderlist.py, src/pretix/plugins/checkinlists/exporters.py, and the French
  catalogue: `Code de commande, …, Nom du participant, Adresse mail du participant, …, Langue de la commande`.
- Hi.Events: backend/app/Exports/AttendeesExport.php and OrdersExport.php, backend/lang/fr.json: `ID,
  Prénom, Nom, E-mail, Statut, …, ID public, ID court, Date de création`; it writes an Excel workbook.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache


class Source(StrEnum):
    """The tool that wrote the file; PLAIN is a list that somebody made."""

    EVENTBRITE = "eventbrite"
    MEETUP = "meetup"
    PRETIX = "pretix"
    HI_EVENTS = "hi-events"
    PLAIN = "plain"


class Field(StrEnum):
    """What a column holds."""

    EMAIL = "email"
    FIRST = "first name"
    LAST = "last name"
    NAME = "name"
    CITY = "city"
    LOCALE = "language"
    REFERENCE = "reference"
    JOINED = "joined"
    CONSENT_PURPOSE = "consent_purpose"
    CONSENT_WORDING = "consent_wording"
    CONSENT_VERSION = "consent_version"
    CONSENT_AT = "consent_at"
    CONSENT_LANGUAGE = "consent_language"
    CONSENT_SOURCE = "consent_source"
    CONSENT_WITHDRAWN = "consent_withdrawn_at"


class Who(StrEnum):
    """Whom a column speaks of; PLAIN is the attendee, except an e-mail address beside the attendee’s own."""

    PLAIN = "plain"
    ATTENDEE = "attendee"
    BUYER = "buyer"


# Where a line fills several columns of one field, the word that stands first here wins.
_WORDS: dict[tuple[Who, Field], tuple[str, ...]] = {
    (Who.PLAIN, Field.EMAIL): (
        *("E-mail", "Adresse e-mail", "E-mail address", "Mail", "Adresse mail", "Courriel", "Mél"),
        *("Adresse courriel", "Adresse électronique", "Adresse de messagerie", "E-mail 1 - Value"),
        *("Primary email", "E-mail principal", "E-mail perso", "E-mail personnel"),
    ),
    (Who.ATTENDEE, Field.EMAIL): (
        *("Attendee email", "Attendee email address", "Participant email", "Guest email", "Holder email"),
        *("E-mail du participant", "Mail du participant", "Adresse e-mail du participant"),
        *("Adresse mail du participant", "Courriel du participant"),
    ),
    (Who.BUYER, Field.EMAIL): (
        *("Buyer email", "Purchaser email", "Order email", "Customer email", "Billing email"),
        *("E-mail de l’acheteur", "Adresse e-mail de l’acheteur", "Courriel de l’acheteur"),
        *("E-mail de commande",),
    ),
    (Who.PLAIN, Field.FIRST): ("First name", "Given name", "Forename", "Prénom", "Prénoms", "Votre prénom"),
    (Who.ATTENDEE, Field.FIRST): (
        *("Attendee first name", "Attendee name: Given name", "Attendee name: First name"),
        *("Prénom du participant", "Nom du participant: Prénom", "Guest first name", "Holder first name"),
    ),
    (Who.BUYER, Field.FIRST): (
        *("Buyer first name", "Purchaser first name", "Prénom de l’acheteur"),
        *("Invoice address name: Given name", "Adresse de facturation: nom: Prénom"),
    ),
    (Who.PLAIN, Field.LAST): (
        *("Last name", "Surname", "Family name", "Nom de famille", "Nom d’usage", "Votre nom"),
    ),
    (Who.ATTENDEE, Field.LAST): (
        *("Attendee last name", "Attendee surname", "Attendee name: Family name"),
        *("Attendee name: Last name", "Nom de famille du participant", "Nom du participant: Nom"),
        *("Nom du participant: Nom de famille", "Guest last name", "Holder last name"),
    ),
    (Who.BUYER, Field.LAST): (
        *("Buyer last name", "Purchaser last name", "Nom de famille de l’acheteur"),
        *("Invoice address name: Family name", "Adresse de facturation: nom: Nom de famille"),
    ),
    (Who.PLAIN, Field.NAME): (
        *("Full name", "Nom complet", "Prénom et nom", "Nom et prénom", "Prénom Nom", "Nom Prénom"),
        *("Name", "Nom", "Display name", "Participant", "Attendee", "Contact", "Invité", "Membre", "Member"),
    ),
    (Who.ATTENDEE, Field.NAME): (
        *("Attendee name", "Participant name", "Nom du participant", "Nom de l’invité"),
    ),
    (Who.BUYER, Field.NAME): (
        *("Buyer name", "Purchaser name", "Order name", "Customer name", "Nom de l’acheteur"),
        *("Nom de commande", "Invoice address name", "Adresse de facturation: nom"),
    ),
    (Who.PLAIN, Field.CITY): (
        *("Ville", "City", "Town", "Commune", "Localité", "Ville de résidence", "Home City"),
        *("Ville du domicile", "Work City", "Ville du bureau"),
    ),
    (Who.BUYER, Field.CITY): ("Purchaser city", "Buyer city", "Billing city", "Ville de l’acheteur"),
    (Who.PLAIN, Field.LOCALE): (
        *("Langue", "Language", "Locale", "Lang", "Order locale", "Langue de la commande"),
    ),
    (Who.PLAIN, Field.REFERENCE): (
        *("External reference", "Référence externe", "Member ID", "User ID", "Public ID", "ID public"),
        *("Order code", "Code de commande", "Order ID", "Order #", "Order no.", "N° de commande"),
        *("Numéro de commande", "ID de commande", "Référence", "Reference", "Numéro d’adhérent", "ID"),
    ),
    (Who.PLAIN, Field.JOINED): (
        *("Joined Group on", "Rejoindre le groupe le", "Joined", "Joined on", "Join date", "Date joined"),
        *("Member since", "Membre depuis", "Date d’adhésion", "Date d’inscription", "Inscrit le"),
        *("Inscrite le", "Signed up", "Registration date", "Registered on", "RSVPed on", "Order date"),
        *("Date de commande", "Date de la commande", "Created Date", "Created at", "Date de création"),
    ),
    (Who.PLAIN, Field.CONSENT_PURPOSE): ("consent_purpose", "Finalité du consentement"),
    (Who.PLAIN, Field.CONSENT_WORDING): ("consent_wording", "Texte du consentement"),
    (Who.PLAIN, Field.CONSENT_VERSION): ("consent_version", "Version du consentement"),
    (Who.PLAIN, Field.CONSENT_AT): ("consent_at", "Date du consentement"),
    (Who.PLAIN, Field.CONSENT_LANGUAGE): ("consent_language", "Langue du consentement"),
    (Who.PLAIN, Field.CONSENT_SOURCE): ("consent_source", "Origine du consentement"),
    (Who.PLAIN, Field.CONSENT_WITHDRAWN): ("consent_withdrawn_at", "Retrait du consentement"),
}
_MEETUP_CITY = ("location", "lieu")  # elsewhere this is where the event is

# A yes or a no without the words that were shown and the moment of the answer.
_MARKETING = re.compile(
    r"optin|optedin|newsletter|infolettre|marketing|consent|rgpd|gdpr|mailinglist|listedediffusion|listedenvoi"
    r"|^accepts|accepte|iagree|iaccept|keepmeupdated|tenirinforme|recevoir|subscri|abonne"
)

# A file is of the first source of which every group has a header.
_SIGNATURES: tuple[tuple[Source, tuple[set[str], ...]], ...] = (
    (Source.HI_EVENTS, ({"publicid"}, {"shortid", "ispartiallyrefunded", "optedintomarketing"})),
    (Source.HI_EVENTS, ({"idpublic"}, {"idcourt"})),
    (
        Source.PRETIX,
        (
            {"ordercode", "codedecommande"},
            {"positionid", "eventslug", "attendeename", "nomduparticipant"}
            | {"orderlocale", "languedelacommande"},
        ),
    ),
    (
        Source.MEETUP,
        (
            {"userid", "memberid"},
            {"joinedgroupon", "lastvisitedgroupon", "rsvpedon", "urlofmemberprofile"}
            | {"rejoindrelegroupele", "urlduprofildemembre"},
        ),
    ),
    (
        Source.EVENTBRITE,
        (
            {"order", "orderid", "orderno", "ndecommande", "nodecommande"},
            {"orderdate", "datedelacommande"},
            {"attendeestatus", "tickettype", "ticketquantity", "ticketclass", "barcodenumber"}
            | {"eventbritefees", "typedebillet"},
        ),
    ),
)


@lru_cache(maxsize=2048)
def plain(header: str) -> str:
    """Reduce a header to its letters and digits, without case, accents, spaces or punctuation."""
    letters = unicodedata.normalize("NFKD", header.replace("№", "N°")).casefold()
    return "".join(c for c in letters if c.isalnum())


_KNOWN: dict[str, tuple[Who, Field, int]] = {
    plain(word): (who, field, rank)
    for (who, field), words in reversed(_WORDS.items())
    for rank, word in reversed(tuple(enumerate(words)))
}

# Headers that tell a French file, where 03/04 is the 3rd of April.
FRENCH = {"prenom", "nom", "ville", "courriel", "adresseemail", "ndecommande", "codedecommande"} | {
    *("prenomduparticipant", "nomduparticipant", "rejoindrelegroupele", "datedinscription", "inscritle"),
    *("finaliteduconsentement", "texteduconsentement"),
}


@dataclass(frozen=True, slots=True)
class Columns:
    """Where each field stands in a line: column indexes, best first, for the attendee and for the buyer."""

    source: Source
    header: tuple[str, ...]
    attendee: dict[Field, tuple[int, ...]]
    buyer: dict[Field, tuple[int, ...]]

    @property
    def ignored_marketing(self) -> tuple[str, ...]:
        """Give the headers that say yes or no to being written to, which prove nothing."""
        taken = {i for where in self.attendee.values() for i in where}
        others = (h for i, h in enumerate(self.header) if i not in taken and len(h) < 400)
        return tuple(h for h in others if _MARKETING.search(plain(h)))


def count_known(header: Sequence[str]) -> int:
    """Count the headers that mean something here; 0 when none of them is an e-mail address."""
    known = [_KNOWN[p] for p in map(plain, header) if p in _KNOWN]
    return len(known) if any(field is Field.EMAIL for _, field, _ in known) else 0


def find_source(header: Sequence[str]) -> Source:
    """Say which tool writes such a header."""
    words = set(map(plain, header))
    for source, groups in _SIGNATURES:
        if all(words & group for group in groups):
            return source
    return Source.PLAIN


def map_columns(header: Sequence[str], email_column: int | None = None) -> Columns:
    """Say what each column holds; `email_column` is one that was recognised by what stands under it."""
    source = find_source(header)
    found: dict[tuple[Who, Field], list[tuple[int, int]]] = {}
    words = [plain(h) for h in header]
    invoice = next((i for i, w in enumerate(words) if _KNOWN.get(w, ("",))[0] is Who.BUYER), len(words))
    for i, word in enumerate(words):
        if word in _KNOWN:
            who, field, rank = _KNOWN[word]
            if source is Source.PRETIX and field is Field.CITY and i > invoice:
                who = Who.BUYER  # the second address of an order position is the invoice’s
            found.setdefault((who, field), []).append((rank, i))
        elif source is Source.MEETUP and word in _MEETUP_CITY:
            found.setdefault((Who.PLAIN, Field.CITY), []).append((0, i))
    if email_column is not None:
        found[Who.PLAIN, Field.EMAIL] = [(0, email_column)]
    return _assign(source, header, {key: tuple(i for _, i in sorted(where)) for key, where in found.items()})


def _assign(
    source: Source, header: Sequence[str], found: dict[tuple[Who, Field], tuple[int, ...]]
) -> Columns:
    attendee: dict[Field, tuple[int, ...]] = {}
    buyer: dict[Field, tuple[int, ...]] = {}
    for field in Field:
        own, common = found.get((Who.ATTENDEE, field), ()), found.get((Who.PLAIN, field), ())
        theirs = found.get((Who.BUYER, field), ())
        if field is Field.EMAIL and own:
            theirs, common = theirs + common, ()
        if own or common:
            attendee[field] = own + common
        if theirs:
            buyer[field] = theirs
    for mine in (attendee, buyer):
        # “Nom” beside “Prénom” is the family name; alone it is the whole name.
        if Field.FIRST in mine and Field.LAST not in mine and Field.NAME in mine:
            mine[Field.LAST] = mine.pop(Field.NAME)
    return Columns(source, tuple(header), attendee, buyer)
