"""Speed and memory of what the project claims to be fast and small."""
