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
from tests.support.live import free_ports

NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
START_SECONDS = 40
STOP_SECONDS = 10
GATEWAY = PROJECT / "deploy" / "gateway"


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
    """Run nginx with the gateway's own configuration; skips, saying so, where there is no nginx.

    Lists of networks are read from `folder` where they lie there, and are the shipped ones elsewhere.
    """
    if NGINX is None:
        pytest.skip("NO NGINX ON THIS MACHINE: the bank behind a proxy was not tested")
    usual = {
        "ACCESS_LOG": str(folder / "access.log"), "STATUS_LISTEN": f"127.0.0.1:{free_ports(1)}",
        "REQUESTS_PER_SECOND": "1000", "BURST": "1000", "CONNECTIONS": "100", "PATIENCE": "10s",
        "BANK_CA_FILE": str(folder / "ca.pem"), "BANK_NAME": "localhost", "PUBLIC_ORIGIN": "https://localhost:8443",
        "GATEWAY_FOLDER": str(folder), "LISTS_FOLDER": str(folder),
    }  # fmt: skip
    for template in GATEWAY.glob("*.template"):
        (folder / template.stem).write_text(
            Template(template.read_text()).safe_substitute({**usual, **values})
        )
    for shipped in GATEWAY.glob("*.inc"):
        if not (folder / shipped.name).exists():
            shutil.copy(shipped, folder)
    main = (GATEWAY / "nginx.conf").read_text().replace("/tmp/", f"{folder}/")  # noqa: S108 - the image's
    (folder / "nginx.conf").write_text(main.replace("/etc/nginx/conf.d/", f"{folder}/"))
    argv = [NGINX, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-g", "daemon off;"]
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
