#!/bin/sh
# Makes passwords and keys at the first start, each in a volume that only its reader mounts, and gives the S3 server its directory.
# They last as long as the volumes: `docker compose down --volumes` forgets them together with the data.
set -eu
umask 077
[ ! -f /secrets/prepared/done ] || exit 0

random() { tr -dc a-z0-9 </dev/urandom | head -c 40; }
# secret UID FILE, its text on stdin. One that a run before this left is another's already.
secret() { rm -f "/secrets/$2" && cat >"/secrets/$2" && chmod 0400 "/secrets/$2" && chown "$1:$1" "/secrets/$2"; }

postgres=70
twinreel=10001

random | secret "$postgres" postgres/superuser
for role in migrator recorder retention; do
  password="$(random)"
  printf %s "$password" | secret "$postgres" "postgres/$role"
  printf 'postgres://twinreel_%s:%s@postgres:5432/twinreel' "$role" "$password" | secret "$twinreel" "$role/database-url"
done

# An Ed25519 key in PKCS#8 (RFC 8410): what stands before its 32 bytes, and these.
signing_key="$({ printf '\060\056\002\001\000\060\005\006\003\053\145\160\004\042\004\040' && head -c 32 /dev/urandom; } | base64)"
for role in migrator recorder retention; do
  printf -- '-----BEGIN PRIVATE KEY-----\n%s\n-----END PRIVATE KEY-----\n' "$signing_key" | secret "$twinreel" "$role/signing-key"
done

access="twinreel"
key="$(random)"
printf %s "$access" | secret "$twinreel" s3/access-key
printf %s "$key" | secret "$twinreel" s3/secret-key
for reader in migrator recorder retention; do
  printf '[default]\naws_access_key_id = %s\naws_secret_access_key = %s\n' "$access" "$key" | secret "$twinreel" "$reader/s3-credentials"
done
# The volumes belong to root; what is in them, to who reads it.
chmod 0755 /secrets/*
mkdir -p -m 0700 /s3-data/objects
chown "$twinreel:$twinreel" /s3-data/objects

touch /secrets/prepared/done
