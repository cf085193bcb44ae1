-- The roles of Twinreel's catalog. Give each that is used a password: \password twinreel_recorder
do $$ begin create role "twinreel_migrator" login; exception when duplicate_object then null; end $$;
do $$ begin create role "twinreel_recorder" login; exception when duplicate_object then null; end $$;
do $$ begin create role "twinreel_retention" login; exception when duplicate_object then null; end $$;
do $$ begin create role "twinreel_api" login; exception when duplicate_object then null; end $$;
do $$ begin create role "twinreel_reader" login; exception when duplicate_object then null; end $$;
revoke all on database "twinreel" from public;
grant connect on database "twinreel" to "twinreel_migrator", "twinreel_recorder", "twinreel_retention", "twinreel_api", "twinreel_reader";
revoke create on schema public from public;
grant usage on schema public to "twinreel_migrator", "twinreel_recorder", "twinreel_retention", "twinreel_api", "twinreel_reader";
-- Owns the tables.
grant create on schema public to "twinreel_migrator";
