"""For other programs: tokens, the JSON API and its documentation, webhooks."""
