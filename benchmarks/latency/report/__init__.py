"""The report: tables, figures and a page from measured rows."""
