"""A customer's own pages."""

urlpatterns = []  # type: ignore[var-annotated]
