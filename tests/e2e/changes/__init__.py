"""The real az changes things, and undoes them."""
