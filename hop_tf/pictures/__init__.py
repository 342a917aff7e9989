"""Pictures as people have them on disk: photos, trimaps and alphas, read, checked and written."""
