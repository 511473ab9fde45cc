"""Who reads an answer: a program, which gets problems, or a person, who gets pages."""

from django.http import HttpRequest

MACHINE_PATHS = ("/v1/", "/oauth/", "/.well-known/", "/metrics", "/livez", "/readyz")


def is_machine(request: HttpRequest) -> bool:
    """Whether the path is spoken to by programs, which get problems and not pages."""
    path = request.path
    return path == "/v1" or (path.startswith(MACHINE_PATHS) and path != "/oauth/authorize")
