"""The bundled example: a photo and its trimap."""
