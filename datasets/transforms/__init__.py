"""What is done to foregrounds, backgrounds and composites; every random step takes the generator to draw from."""
