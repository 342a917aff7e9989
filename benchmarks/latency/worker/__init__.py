"""The process that measures one row."""
