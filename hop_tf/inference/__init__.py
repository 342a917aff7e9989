"""From a photo and a trimap of any size to alpha, with Keras or an exported network."""
