"""Export of networks for deployment. Every exported file is compared with Keras."""
