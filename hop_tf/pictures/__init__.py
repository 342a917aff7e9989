"""Reading, checking and writing photos, trimaps, mattes and cut-outs."""
