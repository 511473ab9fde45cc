"""Arrives."""

urlpatterns = []  # type: ignore[var-annotated]
