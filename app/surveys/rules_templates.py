"""Questionnaires to begin with, in both languages."""

from __future__ import annotations

from app.surveys.models import About, QuestionKind
from app.surveys.rules_questions import QuestionDraft

# A hedonic test as the field runs it: overall liking before anything that makes one analyse, then a
# just-about-right scale, words to tick, intent, the fan's own words; about the event, one recommendation.
HEDONIC = (
    QuestionDraft(
        QuestionKind.LIKING9,
        {
            "fr": "Dans l’ensemble, à quel point aimez-vous ce produit\u00a0?",
            "en": "Overall, how much do you like this product?",
        },
    ),
    QuestionDraft(
        QuestionKind.JAR5,
        {"fr": "Que pensez-vous de l’intensité de son goût\u00a0?", "en": "How intense is its taste?"},
        ends={
            "low": {"fr": "trop faible", "en": "too weak"},
            "high": {"fr": "trop forte", "en": "too strong"},
        },
    ),
    QuestionDraft(
        QuestionKind.MULTIPLE,
        {
            "fr": "Quels mots décrivent ce produit\u00a0? Cochez tous ceux qui conviennent.",
            "en": "Which words describe this product? Tick all that apply.",
        },
        options=(
            {"fr": "Frais", "en": "Fresh"},
            {"fr": "Naturel", "en": "Natural"},
            {"fr": "Original", "en": "Original"},
            {"fr": "Réconfortant", "en": "Comforting"},
            {"fr": "Équilibré", "en": "Balanced"},
            {"fr": "Doux", "en": "Mild"},
            {"fr": "Sucré", "en": "Sweet"},
            {"fr": "Acide", "en": "Sour"},
            {"fr": "Amer", "en": "Bitter"},
            {"fr": "Artificiel", "en": "Artificial"},
            {"fr": "Fade", "en": "Bland"},
            {"fr": "Écœurant", "en": "Cloying"},
        ),
        required=False,
    ),
    QuestionDraft(
        QuestionKind.INTENT5,
        {
            "fr": "Si ce produit était en vente là où vous faites vos courses, l’achèteriez-vous\u00a0?",
            "en": "If this product were sold where you shop, would you buy it?",
        },
    ),
    QuestionDraft(
        QuestionKind.TEXT,
        {
            "fr": "Qu’aimez-vous le plus, et que changeriez-vous\u00a0?",
            "en": "What do you like most, and what would you change?",
        },
        required=False,
    ),
    QuestionDraft(
        QuestionKind.NPS,
        {
            "fr": "Recommanderiez-vous nos rencontres à une personne de votre entourage\u00a0?",
            "en": "How likely are you to recommend our meetups to a friend?",
        },
        about=About.EVENT,
    ),
)
