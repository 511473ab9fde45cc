"""No tables. The module has to exist: Django sends `post_migrate`, which grants the rights, only to apps with models."""
