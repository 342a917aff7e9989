"""Training samples for image matting: a photo and its trimap as input, the alpha matte as target.

Data flows one way. `sources` provide foregrounds (real cutouts or drawn ones) and backgrounds, `transforms` warp,
composite and degrade them, `recipes` combine these steps into one sample, `samples` numbers the samples, and `loader`
batches them for Keras. `hop-tf data` checks, previews and times training data and builds the Composition-1k test set.
"""
