"""A local web page for painting and matting trimaps. Only `page.py` and `look.py` need Gradio."""
