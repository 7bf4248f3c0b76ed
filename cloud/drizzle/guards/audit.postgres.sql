-- The audit log only grows, one entry after the other.
CREATE OR REPLACE FUNCTION audit_entry_insert_guard() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF NEW.seq <> 1 + coalesce((SELECT max(e.seq) FROM audit_entry e WHERE e.region_id = NEW.region_id), 0)
    OR (NEW.seq > 1 AND NEW.previous_hash <> (SELECT e.hash FROM audit_entry e WHERE e.region_id = NEW.region_id AND e.seq = NEW.seq - 1))
  THEN
    RAISE EXCEPTION 'guard: an audit entry continues the one before';
  END IF;
  RETURN NEW;
END
$guard$;
--> statement-breakpoint
CREATE OR REPLACE FUNCTION audit_unchanged_guard() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  RAISE EXCEPTION 'guard: an audit entry is never changed or deleted';
END
$guard$;
--> statement-breakpoint
CREATE OR REPLACE TRIGGER audit_entry_insert_guard BEFORE INSERT ON audit_entry FOR EACH ROW EXECUTE FUNCTION audit_entry_insert_guard();
--> statement-breakpoint
CREATE OR REPLACE TRIGGER audit_entry_unchanged_guard BEFORE UPDATE OR DELETE ON audit_entry FOR EACH ROW EXECUTE FUNCTION audit_unchanged_guard();
--> statement-breakpoint
CREATE OR REPLACE TRIGGER audit_entry_truncate_guard BEFORE TRUNCATE ON audit_entry FOR EACH STATEMENT EXECUTE FUNCTION audit_unchanged_guard();
--> statement-breakpoint
CREATE OR REPLACE TRIGGER audit_root_unchanged_guard BEFORE UPDATE OR DELETE ON audit_root FOR EACH ROW EXECUTE FUNCTION audit_unchanged_guard();
--> statement-breakpoint
CREATE OR REPLACE TRIGGER audit_root_truncate_guard BEFORE TRUNCATE ON audit_root FOR EACH STATEMENT EXECUTE FUNCTION audit_unchanged_guard();
