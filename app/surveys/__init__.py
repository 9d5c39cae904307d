"""Studies, questionnaires, responses and their statistics."""
