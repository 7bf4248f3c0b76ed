-- The audit log only grows, one entry after the other.
DROP TRIGGER IF EXISTS audit_entry_insert_guard;
--> statement-breakpoint
CREATE TRIGGER audit_entry_insert_guard BEFORE INSERT ON audit_entry
BEGIN
  SELECT RAISE(ABORT, 'guard: an audit entry continues the one before')
  WHERE NEW.seq <> 1 + coalesce((SELECT max(e.seq) FROM audit_entry e WHERE e.region_id = NEW.region_id), 0)
    OR (NEW.seq > 1 AND NEW.previous_hash <> (SELECT e.hash FROM audit_entry e WHERE e.region_id = NEW.region_id AND e.seq = NEW.seq - 1));
END;
--> statement-breakpoint
DROP TRIGGER IF EXISTS audit_entry_update_guard;
--> statement-breakpoint
CREATE TRIGGER audit_entry_update_guard BEFORE UPDATE ON audit_entry
BEGIN
  SELECT RAISE(ABORT, 'guard: an audit entry is never changed');
END;
--> statement-breakpoint
DROP TRIGGER IF EXISTS audit_entry_delete_guard;
--> statement-breakpoint
CREATE TRIGGER audit_entry_delete_guard BEFORE DELETE ON audit_entry
BEGIN
  SELECT RAISE(ABORT, 'guard: an audit entry is never deleted');
END;
--> statement-breakpoint
DROP TRIGGER IF EXISTS audit_root_update_guard;
--> statement-breakpoint
CREATE TRIGGER audit_root_update_guard BEFORE UPDATE ON audit_root
BEGIN
  SELECT RAISE(ABORT, 'guard: an audit root is never changed');
END;
--> statement-breakpoint
DROP TRIGGER IF EXISTS audit_root_delete_guard;
--> statement-breakpoint
CREATE TRIGGER audit_root_delete_guard BEFORE DELETE ON audit_root
BEGIN
  SELECT RAISE(ABORT, 'guard: an audit root is never deleted');
END;
