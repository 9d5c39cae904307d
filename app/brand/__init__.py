"""The brand: its name, logo, colours, language, legal texts. Every other feature may import it."""
