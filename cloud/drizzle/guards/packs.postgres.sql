CREATE OR REPLACE FUNCTION pack_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '%', TG_ARGV[0]; END $$;
--> statement-breakpoint
-- Versions of a pack only grow.
CREATE OR REPLACE FUNCTION pack_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT 1 FROM pack p
    WHERE p.region_id = NEW.region_id AND p.pack_id = NEW.pack_id AND p.version >= NEW.version
  ) THEN RAISE EXCEPTION 'the versions of a pack only grow'; END IF;
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE OR REPLACE TRIGGER pack_grows BEFORE INSERT ON pack FOR EACH ROW EXECUTE FUNCTION pack_grows();
--> statement-breakpoint
-- What was proposed is what is approved and activated. Who approved it stays who did, until a second person approves anew
-- what still waits, by another report.
CREATE OR REPLACE TRIGGER pack_fixed BEFORE UPDATE ON pack FOR EACH ROW
WHEN (
  NEW.region_id <> OLD.region_id OR NEW.pack_id <> OLD.pack_id OR NEW.version <> OLD.version
  OR NEW.scope <> OLD.scope OR NEW.body <> OLD.body OR NEW.hash <> OLD.hash
  OR NEW.within_id IS DISTINCT FROM OLD.within_id
  OR NEW.within_version IS DISTINCT FROM OLD.within_version
  OR NEW.proposed_by <> OLD.proposed_by OR NEW.proposed_at <> OLD.proposed_at
  OR (OLD.approved_by IS NOT NULL AND (
    OLD.state <> 'approved' OR NEW.state <> 'approved'
    OR NEW.impact IS NULL OR NEW.impact_job IS NULL
    OR NEW.impact IS NOT DISTINCT FROM OLD.impact OR NEW.impact_job IS NOT DISTINCT FROM OLD.impact_job
  ) AND (
    NEW.approved_by IS DISTINCT FROM OLD.approved_by
    OR NEW.approved_at IS DISTINCT FROM OLD.approved_at OR NEW.impact IS DISTINCT FROM OLD.impact
    OR NEW.impact_job IS DISTINCT FROM OLD.impact_job
  ))
)
EXECUTE FUNCTION pack_refuse('a proposed pack is fixed');
--> statement-breakpoint
CREATE OR REPLACE TRIGGER pack_path BEFORE UPDATE ON pack FOR EACH ROW
WHEN (
  NEW.state <> OLD.state AND OLD.state || ' ' || NEW.state NOT IN (
    'proposed approved', 'proposed rejected', 'approved rejected', 'approved active', 'approved retired',
    'active retired', 'retired active'
  )
)
EXECUTE FUNCTION pack_refuse('a pack cannot come to this state from its own');
--> statement-breakpoint
CREATE OR REPLACE TRIGGER pack_kept BEFORE DELETE ON pack FOR EACH ROW
EXECUTE FUNCTION pack_refuse('packs are kept');
--> statement-breakpoint
CREATE OR REPLACE TRIGGER pack_edition_fixed BEFORE UPDATE OR DELETE ON pack_edition FOR EACH ROW
EXECUTE FUNCTION pack_refuse('editions are fixed');
--> statement-breakpoint
-- Nothing comes into force that two people did not agree to.
CREATE OR REPLACE FUNCTION pack_force_approved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT 1 FROM pack_edition e JOIN pack p ON p.region_id = e.region_id AND (
      (p.pack_id = e.city_id AND p.version = e.city_version)
      OR (p.pack_id = e.province_id AND p.version = e.province_version)
    )
    WHERE e.region_id = NEW.region_id AND e.number IN (NEW.base_number, NEW.next_number)
      AND (p.approved_by IS NULL OR p.state IN ('proposed', 'rejected'))
  ) OR NOT EXISTS (
    SELECT 1 FROM pack_edition e WHERE e.region_id = NEW.region_id AND e.number = NEW.base_number
  ) THEN RAISE EXCEPTION 'a pack in force was approved by a second person'; END IF;
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE OR REPLACE TRIGGER pack_force_approved BEFORE INSERT ON pack_force FOR EACH ROW
EXECUTE FUNCTION pack_force_approved();
--> statement-breakpoint
CREATE OR REPLACE TRIGGER pack_force_fixed BEFORE UPDATE OR DELETE ON pack_force FOR EACH ROW
EXECUTE FUNCTION pack_refuse('the history of packs is fixed');
