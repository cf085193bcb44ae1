#!/bin/sh
# Run once by the PostgreSQL image, when its database is made: a login for each of Twinreel's roles.
set -eu
password() { cat "/run/secrets/$1"; }
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
  --set migrator="$(password migrator)" --set recorder="$(password recorder)" \
  --set retention="$(password retention)" --set api="$(password api)" <<'SQL'
create role twinreel_migrator login password :'migrator';
create role twinreel_recorder login password :'recorder';
create role twinreel_retention login password :'retention';
create role twinreel_api login password :'api';
alter database twinreel owner to twinreel_migrator;
SQL
