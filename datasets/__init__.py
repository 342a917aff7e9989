"""Training samples for image matting: photo and trimap in, alpha matte out.

Data flows one way: ``sources`` give foregrounds (real cut-outs or drawn ones) and backgrounds, ``transforms`` bend,
composite and degrade them, a recipe (``recipe``, ``paper_recipe``) strings these together into one sample,
``samples`` numbers the samples, ``loader`` batches them for Keras. ``hop-tf data`` checks, shows and times data
and builds a test set.
"""
