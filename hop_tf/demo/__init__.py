"""A local web page for painting trimaps and matting photos. Only `page.py` and `look.py` need Gradio."""
