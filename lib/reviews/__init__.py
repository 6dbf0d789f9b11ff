"""Reviews: payments that a person has to decide about, because their money or a refund of it raises doubt."""
