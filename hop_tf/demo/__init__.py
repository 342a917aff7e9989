"""A local web page on which a trimap is painted and matted. `page.py` alone needs Gradio."""
