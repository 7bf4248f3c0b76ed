-- Versions of a pack only grow.
DROP TRIGGER IF EXISTS pack_grows;
--> statement-breakpoint
CREATE TRIGGER pack_grows BEFORE INSERT ON pack
WHEN EXISTS (
  SELECT 1 FROM pack p
  WHERE p.region_id = NEW.region_id AND p.pack_id = NEW.pack_id AND p.version >= NEW.version
)
BEGIN SELECT RAISE(ABORT, 'the versions of a pack only grow'); END;
--> statement-breakpoint
-- What was proposed is what is approved and activated. Who approved it stays who did, until a second person approves anew
-- what still waits, by another report.
DROP TRIGGER IF EXISTS pack_fixed;
--> statement-breakpoint
CREATE TRIGGER pack_fixed BEFORE UPDATE ON pack
WHEN NEW.region_id <> OLD.region_id OR NEW.pack_id <> OLD.pack_id OR NEW.version <> OLD.version
  OR NEW.scope <> OLD.scope OR NEW.body <> OLD.body OR NEW.hash <> OLD.hash
  OR NEW.within_id IS NOT OLD.within_id OR NEW.within_version IS NOT OLD.within_version
  OR NEW.proposed_by <> OLD.proposed_by OR NEW.proposed_at <> OLD.proposed_at
  OR (OLD.approved_by IS NOT NULL AND (
    OLD.state <> 'approved' OR NEW.state <> 'approved'
    OR NEW.impact IS NULL OR NEW.impact_job IS NULL
    OR NEW.impact IS OLD.impact OR NEW.impact_job IS OLD.impact_job
  ) AND (
    NEW.approved_by IS NOT OLD.approved_by OR NEW.approved_at IS NOT OLD.approved_at
    OR NEW.impact IS NOT OLD.impact OR NEW.impact_job IS NOT OLD.impact_job
  ))
BEGIN SELECT RAISE(ABORT, 'a proposed pack is fixed'); END;
--> statement-breakpoint
DROP TRIGGER IF EXISTS pack_path;
--> statement-breakpoint
CREATE TRIGGER pack_path BEFORE UPDATE ON pack
WHEN NEW.state <> OLD.state AND OLD.state || ' ' || NEW.state NOT IN (
  'proposed approved', 'proposed rejected', 'approved rejected', 'approved active', 'approved retired',
  'active retired', 'retired active'
)
BEGIN SELECT RAISE(ABORT, 'a pack cannot come to this state from its own'); END;
--> statement-breakpoint
DROP TRIGGER IF EXISTS pack_kept;
--> statement-breakpoint
CREATE TRIGGER pack_kept BEFORE DELETE ON pack
BEGIN SELECT RAISE(ABORT, 'packs are kept'); END;
--> statement-breakpoint
DROP TRIGGER IF EXISTS pack_edition_fixed;
--> statement-breakpoint
CREATE TRIGGER pack_edition_fixed BEFORE UPDATE ON pack_edition
BEGIN SELECT RAISE(ABORT, 'editions are fixed'); END;
--> statement-breakpoint
DROP TRIGGER IF EXISTS pack_edition_kept;
--> statement-breakpoint
CREATE TRIGGER pack_edition_kept BEFORE DELETE ON pack_edition
BEGIN SELECT RAISE(ABORT, 'editions are kept'); END;
--> statement-breakpoint
-- Nothing comes into force that two people did not agree to.
DROP TRIGGER IF EXISTS pack_force_approved;
--> statement-breakpoint
CREATE TRIGGER pack_force_approved BEFORE INSERT ON pack_force
WHEN EXISTS (
  SELECT 1 FROM pack_edition e JOIN pack p ON p.region_id = e.region_id AND (
    (p.pack_id = e.city_id AND p.version = e.city_version)
    OR (p.pack_id = e.province_id AND p.version = e.province_version)
  )
  WHERE e.region_id = NEW.region_id AND e.number IN (NEW.base_number, NEW.next_number)
    AND (p.approved_by IS NULL OR p.state IN ('proposed', 'rejected'))
) OR NOT EXISTS (
  SELECT 1 FROM pack_edition e WHERE e.region_id = NEW.region_id AND e.number = NEW.base_number
)
BEGIN SELECT RAISE(ABORT, 'a pack in force was approved by a second person'); END;
--> statement-breakpoint
DROP TRIGGER IF EXISTS pack_force_fixed;
--> statement-breakpoint
CREATE TRIGGER pack_force_fixed BEFORE UPDATE ON pack_force
BEGIN SELECT RAISE(ABORT, 'the history of packs is fixed'); END;
--> statement-breakpoint
DROP TRIGGER IF EXISTS pack_force_kept;
--> statement-breakpoint
CREATE TRIGGER pack_force_kept BEFORE DELETE ON pack_force
BEGIN SELECT RAISE(ABORT, 'the history of packs is kept'); END;
