#!/bin/sh
# Runs once, when PostgreSQL makes its data folder: the product's role owns its database and is no superuser.
set -eu
: "${POSTGRES_PASSWORD:?Set POSTGRES_PASSWORD to letters and digits}"
# The superuser keeps no password: only who is inside this container can be it (docker compose exec database psql -U postgres).
psql --set ON_ERROR_STOP=1 --username postgres --dbname postgres --set password="$POSTGRES_PASSWORD" <<'SQL'
CREATE ROLE laurel LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'password';
CREATE DATABASE laurel OWNER laurel;
ALTER ROLE postgres PASSWORD NULL;
SQL
