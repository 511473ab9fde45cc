"""Real servers for a test: gunicorn with the bank on this process's database, and nginx in front of it."""

import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Template

import pytest
import trustme

from deploy.local.ports import is_free
from deploy.local.state import PROJECT

NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
START_SECONDS = 40
STOP_SECONDS = 10
_MAIN = """
daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
    access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    include {folder}/gateway.conf;
}}
"""


def server_certificate(folder: Path) -> tuple[trustme.CA, dict[str, str]]:
    """Write a certificate for localhost; return its authority and the settings that name the files."""
    authority = trustme.CA()
    issued = authority.issue_cert("localhost", "127.0.0.1")
    issued.cert_chain_pems[0].write_to_path(str(folder / "server.pem"))
    issued.private_key_pem.write_to_path(str(folder / "server.key"))
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    files = {"TLS_CERT_FILE": str(folder / "server.pem"), "TLS_KEY_FILE": str(folder / "server.key")}
    return authority, files


@contextlib.contextmanager
def bank(config: str, port: int, folder: Path, settings: Mapping[str, str]) -> Iterator[None]:
    """Serve the bank by gunicorn on this pytest process's database and cache until the block ends."""
    argv = [sys.executable, "-m", "gunicorn", "-c", config, "bank.wsgi:application"]
    with _running(argv, port, folder / "bank.log", {**os.environ, "WEB_WORKERS": "1", **settings}):
        yield


@contextlib.contextmanager
def gateway(folder: Path, port: int, values: Mapping[str, str]) -> Iterator[None]:
    """Run nginx with the gateway's own configuration; skips, saying so, where there is no nginx."""
    if NGINX is None:
        pytest.skip("NO NGINX ON THIS MACHINE: the bank behind a proxy was not tested")
    shipped = Template((PROJECT / "deploy/gateway/client_certificates.conf").read_text())
    (folder / "gateway.conf").write_text(shipped.safe_substitute(values))
    (folder / "nginx.conf").write_text(_MAIN.format(folder=folder))
    argv = [NGINX, "-p", str(folder), "-c", str(folder / "nginx.conf")]
    with _running(argv, port, folder / "nginx.log", dict(os.environ)):
        yield


@contextlib.contextmanager
def _running(argv: list[str], port: int, log: Path, environment: dict[str, str]) -> Iterator[None]:
    with log.open("wb") as output:
        process = subprocess.Popen(argv, cwd=PROJECT, env=environment, stdout=output, stderr=output)
    try:
        deadline = time.monotonic() + START_SECONDS
        while is_free(port):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
