"""Chapters, events, slots, rsvps, tickets and the door."""
