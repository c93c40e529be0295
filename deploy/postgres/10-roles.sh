#!/bin/sh
# The three roles and the database, made once when the server is new; the same rights as the embedded server gives.
set -eu
psql --quiet --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
    --set owner_password="$OWNER_PASSWORD" --set app_password="$APP_PASSWORD" \
    --set security_password="$SECURITY_PASSWORD" <<'SQL'
CREATE ROLE ecship_owner LOGIN CREATEDB NOSUPERUSER NOCREATEROLE NOBYPASSRLS NOREPLICATION PASSWORD :'owner_password';
CREATE ROLE ecship_app LOGIN NOCREATEDB NOSUPERUSER NOCREATEROLE NOBYPASSRLS NOREPLICATION PASSWORD :'app_password';
CREATE ROLE ecship_security LOGIN NOCREATEDB NOSUPERUSER NOCREATEROLE NOBYPASSRLS NOREPLICATION
    PASSWORD :'security_password';
CREATE DATABASE ecship OWNER ecship_owner;
REVOKE ALL ON DATABASE ecship, postgres FROM PUBLIC;
GRANT CONNECT ON DATABASE ecship TO ecship_app, ecship_security;
\connect ecship
ALTER SCHEMA public OWNER TO ecship_owner;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO ecship_app, ecship_security;
SQL
