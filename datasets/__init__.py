"""Training samples for image matting: photo and trimap in, alpha matte out.

Data flows one way: ``sources`` give foregrounds (real cut-outs or drawn ones) and backgrounds, ``transforms`` bend,
composite and degrade them, ``recipe`` strings these together into one sample, ``loader`` batches samples for Keras.
"""
