"""What the bank shows a person and no app owns: frame, style, front pages, errors, the admin's shell."""
