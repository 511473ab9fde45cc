"""`python -m examples.piggy`: serve Piggy over HTTPS; SIGTERM lets running requests finish."""

import os
import sys

from gunicorn.app.wsgiapp import run

from examples.piggy.settings import Settings

settings = Settings.from_environ(os.environ)
settings.state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
sys.argv = [
    "piggy",
    *("--bind", f"127.0.0.1:{settings.port}"),
    *("--certfile", settings.tls_cert, "--keyfile", settings.tls_key),
    *("--worker-class", "gthread", "--threads", "4", "--graceful-timeout", "8"),
    *("--worker-tmp-dir", str(settings.state_dir), "--no-control-socket"),
    "examples.piggy.app:create_app()",
]
run()
