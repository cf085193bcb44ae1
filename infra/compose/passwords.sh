#!/bin/sh
# Run once by the PostgreSQL image, when its database is made and has the roles: those that somebody uses get a password.
set -eu
for role in migrator recorder retention; do
  # Not as an argument: everybody on the machine can read those.
  ROLE_PASSWORD="$(cat "/run/secrets/$role")" psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
    --set role="twinreel_$role" <<'SQL'
\getenv password ROLE_PASSWORD
alter role :"role" password :'password';
SQL
done
