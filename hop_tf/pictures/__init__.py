"""Photos, trimaps, mattes and cutouts on disk: reading, checking and writing them."""
