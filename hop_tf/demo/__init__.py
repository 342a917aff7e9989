"""A local web page on which a trimap is painted and matted. `page.py` and `look.py` alone need Gradio."""
