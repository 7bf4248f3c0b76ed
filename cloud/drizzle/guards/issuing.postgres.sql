-- A row of an application's history stays as it was written.
CREATE OR REPLACE FUNCTION application_event_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'guard: an application event is never changed' USING ERRCODE = 'check_violation';
END $$;
--> statement-breakpoint
CREATE OR REPLACE TRIGGER application_event_guard BEFORE UPDATE ON application_event
FOR EACH ROW EXECUTE FUNCTION application_event_guard();
--> statement-breakpoint
-- An override begins as a proposal, and one person proposes at most 100 in a day (the 1,317 depositors).
CREATE OR REPLACE FUNCTION override_proposal_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.approved <> 0 OR NEW.answered_by IS NOT NULL OR NEW.lifted_at IS NOT NULL THEN
    RAISE EXCEPTION 'guard: an override begins as a proposal' USING ERRCODE = 'check_violation';
  END IF;
  IF (SELECT count(*) FROM colour_override o WHERE o.region_id = NEW.region_id AND o.proposed_by = NEW.proposed_by
      AND o.proposed_at > NEW.proposed_at - 86400000) >= 100 THEN
    RAISE EXCEPTION 'guard: overrides in bulk' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE OR REPLACE TRIGGER override_proposal_guard BEFORE INSERT ON colour_override
FOR EACH ROW EXECUTE FUNCTION override_proposal_guard();
--> statement-breakpoint
-- What was proposed, answered or lifted stays so. An approval tells the holder in the same statement.
CREATE OR REPLACE FUNCTION override_change_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.region_id, NEW.override_id, NEW.holder_id, NEW.division, NEW.colour, NEW.reason, NEW.evidence_kind,
      NEW.evidence_reference, NEW.evidence_sha256, NEW.proposed_at, NEW.proposed_by, NEW.expires_at)
    IS DISTINCT FROM
     (OLD.region_id, OLD.override_id, OLD.holder_id, OLD.division, OLD.colour, OLD.reason, OLD.evidence_kind,
      OLD.evidence_reference, OLD.evidence_sha256, OLD.proposed_at, OLD.proposed_by, OLD.expires_at) THEN
    RAISE EXCEPTION 'guard: what was proposed is never changed' USING ERRCODE = 'check_violation';
  END IF;
  IF OLD.answered_by IS NOT NULL AND (NEW.answered_by, NEW.answered_at, NEW.approved)
      IS DISTINCT FROM (OLD.answered_by, OLD.answered_at, OLD.approved) THEN
    RAISE EXCEPTION 'guard: an override is answered once' USING ERRCODE = 'check_violation';
  END IF;
  IF OLD.lifted_at IS NOT NULL AND (NEW.lifted_at, NEW.lifted_by, NEW.approved)
      IS DISTINCT FROM (OLD.lifted_at, OLD.lifted_by, OLD.approved) THEN
    RAISE EXCEPTION 'guard: a lifted override stays lifted' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.approved = 1 AND NEW.answered_at >= NEW.expires_at THEN
    RAISE EXCEPTION 'guard: an override that is over is not approved' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.approved = 1 AND OLD.approved = 0 THEN
    INSERT INTO holder_notice (region_id, holder_id, at, override_id)
    VALUES (NEW.region_id, NEW.holder_id, NEW.answered_at, NEW.override_id);
  END IF;
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE OR REPLACE TRIGGER override_change_guard BEFORE UPDATE ON colour_override
FOR EACH ROW EXECUTE FUNCTION override_change_guard();
--> statement-breakpoint
-- No red, now or later, without a rule that asks for it or an override that two people stand behind (THREATS T7).
CREATE OR REPLACE FUNCTION status_red_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM jsonb_array_elements(NEW.matched::jsonb) AS one
      WHERE one->>'asks' = 'red' AND coalesce(one->>'rule', '') <> '' AND one->>'rule' NOT LIKE 'set-by-hand:%')
    AND NOT EXISTS (SELECT 1 FROM colour_override o WHERE o.region_id = NEW.region_id AND o.holder_id = NEW.holder_id
      AND o.colour = 'red' AND o.approved = 1 AND o.lifted_at IS NULL AND o.expires_at > NEW.scored_at) THEN
    RAISE EXCEPTION 'guard: no red without a rule or two people' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE OR REPLACE TRIGGER status_red_guard BEFORE INSERT OR UPDATE OF colour, next_colour, matched, holder_id ON status
FOR EACH ROW WHEN (NEW.colour = 'red' OR NEW.next_colour = 'red') EXECUTE FUNCTION status_red_guard();
