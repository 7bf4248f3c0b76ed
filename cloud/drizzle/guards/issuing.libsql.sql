-- A row of an application's history stays as it was written.
DROP TRIGGER IF EXISTS application_event_guard;
--> statement-breakpoint
CREATE TRIGGER application_event_guard BEFORE UPDATE ON application_event
BEGIN
  SELECT RAISE(ABORT, 'guard: an application event is never changed');
END;
--> statement-breakpoint
-- An override begins as a proposal, and one person proposes at most 100 in a day (the 1,317 depositors).
DROP TRIGGER IF EXISTS override_proposal_guard;
--> statement-breakpoint
CREATE TRIGGER override_proposal_guard BEFORE INSERT ON colour_override
BEGIN
  SELECT RAISE(ABORT, 'guard: an override begins as a proposal')
  WHERE NEW.approved <> 0 OR NEW.answered_by IS NOT NULL OR NEW.lifted_at IS NOT NULL;
  SELECT RAISE(ABORT, 'guard: overrides in bulk')
  WHERE (SELECT count(*) FROM colour_override o WHERE o.region_id = NEW.region_id AND o.proposed_by = NEW.proposed_by
    AND o.proposed_at > NEW.proposed_at - 86400000) >= 100;
END;
--> statement-breakpoint
-- What was proposed, answered or lifted stays so. An approval tells the holder in the same statement.
DROP TRIGGER IF EXISTS override_change_guard;
--> statement-breakpoint
CREATE TRIGGER override_change_guard BEFORE UPDATE ON colour_override
BEGIN
  SELECT RAISE(ABORT, 'guard: what was proposed is never changed')
  WHERE (NEW.region_id, NEW.override_id, NEW.holder_id, NEW.division, NEW.colour, NEW.reason, NEW.evidence_kind,
      NEW.evidence_reference, NEW.evidence_sha256, NEW.proposed_at, NEW.proposed_by, NEW.expires_at)
    IS NOT
     (OLD.region_id, OLD.override_id, OLD.holder_id, OLD.division, OLD.colour, OLD.reason, OLD.evidence_kind,
      OLD.evidence_reference, OLD.evidence_sha256, OLD.proposed_at, OLD.proposed_by, OLD.expires_at);
  SELECT RAISE(ABORT, 'guard: an override is answered once')
  WHERE OLD.answered_by IS NOT NULL AND (NEW.answered_by, NEW.answered_at, NEW.approved)
    IS NOT (OLD.answered_by, OLD.answered_at, OLD.approved);
  SELECT RAISE(ABORT, 'guard: a lifted override stays lifted')
  WHERE OLD.lifted_at IS NOT NULL AND (NEW.lifted_at, NEW.lifted_by, NEW.approved)
    IS NOT (OLD.lifted_at, OLD.lifted_by, OLD.approved);
  SELECT RAISE(ABORT, 'guard: an override that is over is not approved')
  WHERE NEW.approved = 1 AND NEW.answered_at >= NEW.expires_at;
END;
--> statement-breakpoint
DROP TRIGGER IF EXISTS override_notice;
--> statement-breakpoint
CREATE TRIGGER override_notice AFTER UPDATE ON colour_override WHEN NEW.approved = 1 AND OLD.approved = 0
BEGIN
  INSERT INTO holder_notice (region_id, holder_id, at, override_id)
  VALUES (NEW.region_id, NEW.holder_id, NEW.answered_at, NEW.override_id);
END;
--> statement-breakpoint
-- No red, now or later, without a rule that asks for it or an override that two people stand behind (THREATS T7).
DROP TRIGGER IF EXISTS status_red_insert_guard;
--> statement-breakpoint
CREATE TRIGGER status_red_insert_guard BEFORE INSERT ON status WHEN NEW.colour = 'red' OR NEW.next_colour = 'red'
BEGIN
  SELECT RAISE(ABORT, 'guard: no red without a rule or two people')
  WHERE NOT EXISTS (SELECT 1 FROM json_each(NEW.matched)
      WHERE json_extract(value, '$.asks') = 'red' AND coalesce(json_extract(value, '$.rule'), '') <> ''
      AND json_extract(value, '$.rule') NOT LIKE 'set-by-hand:%')
    AND NOT EXISTS (SELECT 1 FROM colour_override o WHERE o.region_id = NEW.region_id AND o.holder_id = NEW.holder_id
      AND o.colour = 'red' AND o.approved = 1 AND o.lifted_at IS NULL AND o.expires_at > NEW.scored_at);
END;
--> statement-breakpoint
DROP TRIGGER IF EXISTS status_red_update_guard;
--> statement-breakpoint
CREATE TRIGGER status_red_update_guard BEFORE UPDATE OF colour, next_colour, matched, holder_id ON status
WHEN NEW.colour = 'red' OR NEW.next_colour = 'red'
BEGIN
  SELECT RAISE(ABORT, 'guard: no red without a rule or two people')
  WHERE NOT EXISTS (SELECT 1 FROM json_each(NEW.matched)
      WHERE json_extract(value, '$.asks') = 'red' AND coalesce(json_extract(value, '$.rule'), '') <> ''
      AND json_extract(value, '$.rule') NOT LIKE 'set-by-hand:%')
    AND NOT EXISTS (SELECT 1 FROM colour_override o WHERE o.region_id = NEW.region_id AND o.holder_id = NEW.holder_id
      AND o.colour = 'red' AND o.approved = 1 AND o.lifted_at IS NULL AND o.expires_at > NEW.scored_at);
END;
