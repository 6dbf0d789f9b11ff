"""Users as staff see and change them."""
