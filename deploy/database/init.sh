#!/bin/sh
# Runs once in the container of PostgreSQL: the bank's logins, and its database that only they may enter.
set -eu
psql --set ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname postgres \
    --set bank_owner_password="$BANK_OWNER_PASSWORD" \
    --set bank_app_password="$BANK_APP_PASSWORD" \
    --set bank_sealer_password="$BANK_SEALER_PASSWORD" \
    --set bank_reader_password="$BANK_READER_PASSWORD" \
    --file /bank/roles.sql
psql --set ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname postgres <<SQL
CREATE DATABASE bank OWNER bank_owner TEMPLATE template0
    ENCODING UTF8 LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C';
REVOKE ALL ON DATABASE bank FROM PUBLIC;
GRANT CONNECT ON DATABASE bank TO bank_owner, bank_app, bank_sealer, bank_reader;
SQL
