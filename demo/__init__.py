"""The main job: a real consortium trains one model on handwritten digits."""
