"""Everything the bank shows a person that belongs to no app: frame, style, front pages, errors, the admin's shell."""
