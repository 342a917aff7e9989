"""From measured rows to a report: tables, figures, a page."""
