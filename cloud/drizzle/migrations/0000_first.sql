CREATE TABLE "audit_entry" (
	"region_id" text COLLATE "C" NOT NULL,
	"seq" bigint NOT NULL,
	"at" bigint NOT NULL,
	"actor" text COLLATE "C" NOT NULL,
	"action" text COLLATE "C" NOT NULL,
	"subject" text COLLATE "C",
	"detail" text COLLATE "C" NOT NULL,
	"previous_hash" text COLLATE "C" NOT NULL,
	"hash" text COLLATE "C" NOT NULL,
	CONSTRAINT "audit_entry_region_id_seq_pk" PRIMARY KEY("region_id","seq")
);
--> statement-breakpoint
CREATE TABLE "audit_head" (
	"region_id" text COLLATE "C" NOT NULL,
	"seq" bigint NOT NULL,
	"hash" text COLLATE "C" NOT NULL,
	CONSTRAINT "audit_head_region_id_pk" PRIMARY KEY("region_id")
);
--> statement-breakpoint
CREATE TABLE "audit_root" (
	"region_id" text COLLATE "C" NOT NULL,
	"seq" bigint NOT NULL,
	"hash" text COLLATE "C" NOT NULL,
	"at" bigint NOT NULL,
	"key_id" text COLLATE "C" NOT NULL,
	"signature" text COLLATE "C" NOT NULL,
	CONSTRAINT "audit_root_region_id_seq_pk" PRIMARY KEY("region_id","seq")
);
--> statement-breakpoint
CREATE TABLE "area" (
	"region_id" text COLLATE "C" NOT NULL,
	"division" text COLLATE "C" NOT NULL,
	"from_on" text COLLATE "C" NOT NULL,
	"until_on" text COLLATE "C" NOT NULL,
	"level" text COLLATE "C" NOT NULL,
	"touched" text COLLATE "C",
	CONSTRAINT "area_region_id_division_from_on_pk" PRIMARY KEY("region_id","division","from_on")
);
--> statement-breakpoint
CREATE TABLE "elsewhere" (
	"region_id" text COLLATE "C" NOT NULL,
	"id_hash" "bytea" NOT NULL,
	"of_region" text COLLATE "C" NOT NULL,
	"colour" text COLLATE "C" NOT NULL,
	"since" bigint NOT NULL,
	"valid_until" bigint NOT NULL,
	CONSTRAINT "elsewhere_region_id_id_hash_of_region_pk" PRIMARY KEY("region_id","id_hash","of_region")
);
--> statement-breakpoint
CREATE TABLE "journey" (
	"region_id" text COLLATE "C" NOT NULL,
	"id_hash" "bytea" NOT NULL,
	"left_on" text COLLATE "C" NOT NULL,
	"division" text COLLATE "C" NOT NULL,
	"mode" text COLLATE "C" NOT NULL,
	CONSTRAINT "journey_region_id_id_hash_left_on_division_mode_pk" PRIMARY KEY("region_id","id_hash","left_on","division","mode")
);
--> statement-breakpoint
CREATE TABLE "list_entry" (
	"region_id" text COLLATE "C" NOT NULL,
	"id_hash" "bytea" NOT NULL,
	"kind" text COLLATE "C" NOT NULL,
	"since" text COLLATE "C" NOT NULL,
	CONSTRAINT "list_entry_region_id_id_hash_kind_since_pk" PRIMARY KEY("region_id","id_hash","kind","since")
);
--> statement-breakpoint
CREATE TABLE "gateway" (
	"region_id" text COLLATE "C" NOT NULL,
	"gateway_id" text COLLATE "C" NOT NULL,
	"station_id" text COLLATE "C" NOT NULL,
	"public_key" text COLLATE "C" NOT NULL,
	"key_id" text COLLATE "C" NOT NULL,
	"registered_at" bigint NOT NULL,
	"revoked_at" bigint,
	CONSTRAINT "gateway_region_id_gateway_id_pk" PRIMARY KEY("region_id","gateway_id")
);
--> statement-breakpoint
CREATE TABLE "nonce" (
	"region_id" text COLLATE "C" NOT NULL,
	"key_id" text COLLATE "C" NOT NULL,
	"nonce" text COLLATE "C" NOT NULL,
	"expires_at" bigint NOT NULL,
	CONSTRAINT "nonce_region_id_key_id_nonce_pk" PRIMARY KEY("region_id","key_id","nonce")
);
--> statement-breakpoint
CREATE TABLE "declaration" (
	"region_id" text COLLATE "C" NOT NULL,
	"holder_id" text COLLATE "C" NOT NULL,
	"declared_at" bigint NOT NULL,
	"body" text COLLATE "C" NOT NULL,
	CONSTRAINT "declaration_region_id_holder_id_declared_at_pk" PRIMARY KEY("region_id","holder_id","declared_at")
);
--> statement-breakpoint
CREATE TABLE "holder" (
	"region_id" text COLLATE "C" NOT NULL,
	"holder_id" text COLLATE "C" NOT NULL,
	"id_hash" "bytea" NOT NULL,
	"sealed" "bytea" NOT NULL,
	"token_hash" "bytea" NOT NULL,
	"created_at" bigint NOT NULL,
	CONSTRAINT "holder_region_id_holder_id_pk" PRIMARY KEY("region_id","holder_id")
);
--> statement-breakpoint
CREATE TABLE "keyed_request" (
	"region_id" text COLLATE "C" NOT NULL,
	"caller" text COLLATE "C" NOT NULL,
	"key" text COLLATE "C" NOT NULL,
	"hash" "bytea" NOT NULL,
	"status" bigint,
	"answer" "bytea",
	"claimed_at" bigint NOT NULL,
	"expires_at" bigint NOT NULL,
	CONSTRAINT "keyed_request_region_id_caller_key_pk" PRIMARY KEY("region_id","caller","key")
);
--> statement-breakpoint
CREATE TABLE "appeal" (
	"region_id" text COLLATE "C" NOT NULL,
	"appeal_id" text COLLATE "C" NOT NULL,
	"holder_id" text COLLATE "C" NOT NULL,
	"division" text COLLATE "C" NOT NULL,
	"against_kind" text COLLATE "C" NOT NULL,
	"against_id" text COLLATE "C" NOT NULL,
	"reason" text COLLATE "C" NOT NULL,
	"evidence_reference" text COLLATE "C",
	"evidence_sha256" text COLLATE "C",
	"state" text COLLATE "C" NOT NULL,
	"made_at" bigint NOT NULL,
	"decide_by" bigint NOT NULL,
	"escalated_at" bigint,
	"decided_at" bigint,
	"decided_by" text COLLATE "C",
	"disputed_one" text COLLATE "C",
	"disputed_other" text COLLATE "C",
	"due_at" bigint,
	CONSTRAINT "appeal_region_id_appeal_id_pk" PRIMARY KEY("region_id","appeal_id"),
	CONSTRAINT "appeal_judged_by_another" CHECK ((decided_by <> disputed_one) IS NOT FALSE AND (decided_by <> disputed_other) IS NOT FALSE),
	CONSTRAINT "appeal_judged_by_somebody" CHECK (state NOT IN ('upheld','rejected') OR (decided_by IS NOT NULL AND decided_at IS NOT NULL))
);
--> statement-breakpoint
CREATE TABLE "application_event" (
	"region_id" text COLLATE "C" NOT NULL,
	"application_id" text COLLATE "C" NOT NULL,
	"seq" bigint NOT NULL,
	"at" bigint NOT NULL,
	"event" text COLLATE "C" NOT NULL,
	"state" text COLLATE "C" NOT NULL,
	"by_kind" text COLLATE "C" NOT NULL,
	"by_name" text COLLATE "C",
	"detail" text COLLATE "C" NOT NULL,
	CONSTRAINT "application_event_region_id_application_id_seq_pk" PRIMARY KEY("region_id","application_id","seq")
);
--> statement-breakpoint
CREATE TABLE "application" (
	"region_id" text COLLATE "C" NOT NULL,
	"application_id" text COLLATE "C" NOT NULL,
	"holder_id" text COLLATE "C" NOT NULL,
	"community" text COLLATE "C" NOT NULL,
	"purpose" text COLLATE "C" NOT NULL,
	"may_call" bigint NOT NULL,
	"state" text COLLATE "C" NOT NULL,
	"since" bigint NOT NULL,
	"by_kind" text COLLATE "C" NOT NULL,
	"by_name" text COLLATE "C",
	"submitted_at" bigint NOT NULL,
	"decide_by" bigint,
	"escalated_at" bigint,
	"auto_issue_at" bigint,
	"silence_issues" bigint NOT NULL,
	"answer_by" bigint,
	"asks" bigint NOT NULL,
	"asked_for" text COLLATE "C" NOT NULL,
	"refused_for" text COLLATE "C",
	"due_at" bigint,
	CONSTRAINT "application_region_id_application_id_pk" PRIMARY KEY("region_id","application_id"),
	CONSTRAINT "application_state" CHECK (state IN ('submitted','comparing','queued','asked-for-more','video-requested','issued','auto-issued','refused','withdrawn')),
	CONSTRAINT "application_decided_by_staff" CHECK (state NOT IN ('issued','refused') OR (by_kind = 'staff' AND by_name IS NOT NULL)),
	CONSTRAINT "application_refused_for" CHECK (state <> 'refused' OR refused_for IS NOT NULL),
	CONSTRAINT "application_silence" CHECK (state <> 'auto-issued' OR (silence_issues = 1 AND escalated_at IS NOT NULL AND by_kind = 'system'))
);
--> statement-breakpoint
CREATE TABLE "holder_notice" (
	"region_id" text COLLATE "C" NOT NULL,
	"holder_id" text COLLATE "C" NOT NULL,
	"at" bigint NOT NULL,
	"override_id" text COLLATE "C" NOT NULL,
	CONSTRAINT "holder_notice_region_id_holder_id_at_override_id_pk" PRIMARY KEY("region_id","holder_id","at","override_id")
);
--> statement-breakpoint
CREATE TABLE "override_alarm" (
	"region_id" text COLLATE "C" NOT NULL,
	"alarm_id" text COLLATE "C" NOT NULL,
	"kind" text COLLATE "C" NOT NULL,
	"person_one" text COLLATE "C" NOT NULL,
	"person_other" text COLLATE "C",
	"count" bigint NOT NULL,
	"limit_count" bigint NOT NULL,
	"raised_at" bigint NOT NULL,
	"cleared_at" bigint,
	"cleared_by" text COLLATE "C",
	CONSTRAINT "override_alarm_region_id_alarm_id_pk" PRIMARY KEY("region_id","alarm_id"),
	CONSTRAINT "override_alarm_cleared_by_another" CHECK ((cleared_by <> person_one) IS NOT FALSE AND (cleared_by <> person_other) IS NOT FALSE),
	CONSTRAINT "override_alarm_cleared_by_somebody" CHECK ((cleared_at IS NULL) = (cleared_by IS NULL))
);
--> statement-breakpoint
CREATE TABLE "override_turn" (
	"region_id" text COLLATE "C" NOT NULL,
	"turns" bigint NOT NULL,
	CONSTRAINT "override_turn_region_id_pk" PRIMARY KEY("region_id")
);
--> statement-breakpoint
CREATE TABLE "colour_override" (
	"region_id" text COLLATE "C" NOT NULL,
	"override_id" text COLLATE "C" NOT NULL,
	"holder_id" text COLLATE "C" NOT NULL,
	"division" text COLLATE "C" NOT NULL,
	"colour" text COLLATE "C" NOT NULL,
	"reason" text COLLATE "C" NOT NULL,
	"evidence_kind" text COLLATE "C" NOT NULL,
	"evidence_reference" text COLLATE "C" NOT NULL,
	"evidence_sha256" text COLLATE "C" NOT NULL,
	"proposed_at" bigint NOT NULL,
	"proposed_by" text COLLATE "C" NOT NULL,
	"expires_at" bigint NOT NULL,
	"answered_at" bigint,
	"answered_by" text COLLATE "C",
	"approved" bigint NOT NULL,
	"lifted_at" bigint,
	"lifted_by" text COLLATE "C",
	CONSTRAINT "colour_override_region_id_override_id_pk" PRIMARY KEY("region_id","override_id"),
	CONSTRAINT "override_two_people" CHECK ((answered_by <> proposed_by) IS NOT FALSE),
	CONSTRAINT "override_approved_by_somebody" CHECK (approved = 0 OR (approved = 1 AND answered_by IS NOT NULL AND answered_at IS NOT NULL)),
	CONSTRAINT "override_at_most_14_days" CHECK (expires_at > proposed_at AND expires_at - proposed_at <= 1209600000),
	CONSTRAINT "override_reason" CHECK ((reason = 'test-positive' AND colour IN ('red') AND evidence_kind IN ('laboratory-report')) OR (reason = 'contact-found' AND colour IN ('red','yellow') AND evidence_kind IN ('epidemiological-report')) OR (reason = 'quarantine-ordered' AND colour IN ('red','yellow') AND evidence_kind IN ('quarantine-order')) OR (reason = 'quarantine-over' AND colour IN ('green','yellow') AND evidence_kind IN ('quarantine-release')) OR (reason = 'test-negative' AND colour IN ('green','yellow') AND evidence_kind IN ('laboratory-report')) OR (reason = 'record-in-error' AND colour IN ('green','yellow') AND evidence_kind IN ('correction-record','appeal-decision'))),
	CONSTRAINT "override_evidence" CHECK (length(evidence_sha256) = 64 AND length(evidence_reference) >= 4),
	CONSTRAINT "override_named" CHECK (length(proposed_by) > 0 AND (length(answered_by) > 0) IS NOT FALSE)
);
--> statement-breakpoint
CREATE TABLE "job_part" (
	"region_id" text COLLATE "C" NOT NULL,
	"job_id" text COLLATE "C" NOT NULL,
	"part" bigint NOT NULL,
	"cursor" text COLLATE "C" NOT NULL,
	"until_id" text COLLATE "C" NOT NULL,
	"done" bigint NOT NULL,
	"total" bigint NOT NULL,
	"tally" text COLLATE "C" NOT NULL,
	"finished_at" bigint,
	"lease_owner" text COLLATE "C",
	"lease_until" bigint NOT NULL,
	CONSTRAINT "job_part_region_id_job_id_part_pk" PRIMARY KEY("region_id","job_id","part")
);
--> statement-breakpoint
CREATE TABLE "job" (
	"region_id" text COLLATE "C" NOT NULL,
	"job_id" text COLLATE "C" NOT NULL,
	"kind" text COLLATE "C" NOT NULL,
	"input" text COLLATE "C" NOT NULL,
	"division" text COLLATE "C",
	"created_at" bigint NOT NULL,
	"halted_at" bigint,
	CONSTRAINT "job_region_id_job_id_pk" PRIMARY KEY("region_id","job_id")
);
--> statement-breakpoint
CREATE TABLE "lease" (
	"region_id" text COLLATE "C" NOT NULL,
	"name" text COLLATE "C" NOT NULL,
	"owner" text COLLATE "C" NOT NULL,
	"until_at" bigint NOT NULL,
	CONSTRAINT "lease_region_id_name_pk" PRIMARY KEY("region_id","name")
);
--> statement-breakpoint
CREATE TABLE "notice_target" (
	"region_id" text COLLATE "C" NOT NULL,
	"target_id" text COLLATE "C" NOT NULL,
	"recipient" text COLLATE "C" NOT NULL,
	"place" text COLLATE "C" NOT NULL,
	"channel" text COLLATE "C" NOT NULL,
	"sealed" "bytea" NOT NULL,
	"written_at" bigint NOT NULL,
	CONSTRAINT "notice_target_region_id_target_id_pk" PRIMARY KEY("region_id","target_id")
);
--> statement-breakpoint
CREATE TABLE "notice" (
	"region_id" text COLLATE "C" NOT NULL,
	"notice_id" text COLLATE "C" NOT NULL,
	"about" text COLLATE "C" NOT NULL,
	"recipient" text COLLATE "C" NOT NULL,
	"target_id" text COLLATE "C",
	"holder_id" text COLLATE "C",
	"division" text COLLATE "C" NOT NULL,
	"unit" text COLLATE "C",
	"at" bigint NOT NULL,
	"body" text COLLATE "C" NOT NULL,
	"state" text COLLATE "C" NOT NULL,
	"due_at" bigint NOT NULL,
	"attempts" bigint NOT NULL,
	"lease_owner" text COLLATE "C",
	"lease_until" bigint NOT NULL,
	"failure" text COLLATE "C",
	CONSTRAINT "notice_region_id_notice_id_pk" PRIMARY KEY("region_id","notice_id")
);
--> statement-breakpoint
CREATE TABLE "pack_edition" (
	"region_id" text COLLATE "C" NOT NULL,
	"number" bigint NOT NULL,
	"body" text COLLATE "C" NOT NULL,
	"city_id" text COLLATE "C" NOT NULL,
	"city_version" bigint NOT NULL,
	"province_id" text COLLATE "C" NOT NULL,
	"province_version" bigint NOT NULL,
	CONSTRAINT "pack_edition_region_id_number_pk" PRIMARY KEY("region_id","number")
);
--> statement-breakpoint
CREATE TABLE "pack_force" (
	"region_id" text COLLATE "C" NOT NULL,
	"seq" bigint NOT NULL,
	"change" text COLLATE "C" NOT NULL,
	"base_number" bigint NOT NULL,
	"next_number" bigint,
	"share" bigint NOT NULL,
	"pack_id" text COLLATE "C" NOT NULL,
	"pack_version" bigint NOT NULL,
	"by_person" text COLLATE "C" NOT NULL,
	"at" bigint NOT NULL,
	CONSTRAINT "pack_force_region_id_seq_pk" PRIMARY KEY("region_id","seq"),
	CONSTRAINT "pack_force_share" CHECK (share BETWEEN 0 AND 256),
	CONSTRAINT "pack_force_next" CHECK ((next_number IS NULL) = (share = 0))
);
--> statement-breakpoint
CREATE TABLE "pack" (
	"region_id" text COLLATE "C" NOT NULL,
	"pack_id" text COLLATE "C" NOT NULL,
	"version" bigint NOT NULL,
	"scope" text COLLATE "C" NOT NULL,
	"state" text COLLATE "C" NOT NULL,
	"body" text COLLATE "C" NOT NULL,
	"hash" text COLLATE "C" NOT NULL,
	"within_id" text COLLATE "C",
	"within_version" bigint,
	"proposed_by" text COLLATE "C" NOT NULL,
	"proposed_at" bigint NOT NULL,
	"approved_by" text COLLATE "C",
	"approved_at" bigint,
	"impact" text COLLATE "C",
	"impact_job" text COLLATE "C",
	"activated_at" bigint,
	CONSTRAINT "pack_region_id_pack_id_version_pk" PRIMARY KEY("region_id","pack_id","version"),
	CONSTRAINT "pack_scope" CHECK (scope IN ('city', 'province')),
	CONSTRAINT "pack_state" CHECK (state IN ('proposed', 'approved', 'active', 'retired', 'rejected')),
	CONSTRAINT "pack_two_people" CHECK (approved_by <> proposed_by),
	CONSTRAINT "pack_approved" CHECK (state IN ('proposed', 'rejected') OR (approved_by IS NOT NULL AND approved_at IS NOT NULL))
);
--> statement-breakpoint
CREATE TABLE "dead_letter" (
	"region_id" text COLLATE "C" NOT NULL,
	"gateway_id" text COLLATE "C" NOT NULL,
	"epoch" bigint NOT NULL,
	"seq" bigint NOT NULL,
	"hash" "bytea" NOT NULL,
	"reason" text COLLATE "C" NOT NULL,
	"payload" "bytea" NOT NULL,
	"received_at" bigint NOT NULL,
	CONSTRAINT "dead_letter_region_id_gateway_id_epoch_seq_hash_pk" PRIMARY KEY("region_id","gateway_id","epoch","seq","hash")
);
--> statement-breakpoint
CREATE TABLE "journal" (
	"region_id" text COLLATE "C" NOT NULL,
	"gateway_id" text COLLATE "C" NOT NULL,
	"epoch" bigint NOT NULL,
	"acked" bigint NOT NULL,
	CONSTRAINT "journal_region_id_gateway_id_epoch_pk" PRIMARY KEY("region_id","gateway_id","epoch")
);
--> statement-breakpoint
CREATE TABLE "passage" (
	"region_id" text COLLATE "C" NOT NULL,
	"gateway_id" text COLLATE "C" NOT NULL,
	"epoch" bigint NOT NULL,
	"seq" bigint NOT NULL,
	"hash" "bytea" NOT NULL,
	"payload" "bytea" NOT NULL,
	"received_at" bigint NOT NULL,
	CONSTRAINT "passage_region_id_gateway_id_epoch_seq_pk" PRIMARY KEY("region_id","gateway_id","epoch","seq")
);
--> statement-breakpoint
CREATE TABLE "contradiction" (
	"region_id" text COLLATE "C" NOT NULL,
	"holder_id" text COLLATE "C" NOT NULL,
	"declared_at" bigint NOT NULL,
	"list" text COLLATE "C" NOT NULL,
	"since" text COLLATE "C" NOT NULL,
	"declared" text COLLATE "C" NOT NULL,
	"division" text COLLATE "C" NOT NULL,
	"place" text COLLATE "C" NOT NULL,
	"found_at" bigint NOT NULL,
	CONSTRAINT "contradiction_region_id_holder_id_declared_at_list_pk" PRIMARY KEY("region_id","holder_id","declared_at","list")
);
--> statement-breakpoint
CREATE TABLE "fever_reading" (
	"region_id" text COLLATE "C" NOT NULL,
	"holder_id" text COLLATE "C" NOT NULL,
	"measured_at" bigint NOT NULL,
	"gateway_id" text COLLATE "C" NOT NULL,
	"epoch" bigint NOT NULL,
	"seq" bigint NOT NULL,
	"temperature_centi_c" bigint NOT NULL,
	CONSTRAINT "fever_reading_region_id_holder_id_measured_at_gateway_id_epoch_seq_pk" PRIMARY KEY("region_id","holder_id","measured_at","gateway_id","epoch","seq")
);
--> statement-breakpoint
CREATE TABLE "report" (
	"region_id" text COLLATE "C" NOT NULL,
	"holder_id" text COLLATE "C" NOT NULL,
	"day" text COLLATE "C" NOT NULL,
	"reported_at" bigint NOT NULL,
	"temperature_centi_c" bigint,
	"fever" bigint NOT NULL,
	"dry_cough" bigint NOT NULL,
	"fatigue" bigint NOT NULL,
	CONSTRAINT "report_region_id_holder_id_day_pk" PRIMARY KEY("region_id","holder_id","day")
);
--> statement-breakpoint
CREATE TABLE "score" (
	"region_id" text COLLATE "C" NOT NULL,
	"holder_id" text COLLATE "C" NOT NULL,
	"scored_at" bigint NOT NULL,
	"inputs" text COLLATE "C" NOT NULL,
	"inputs_hash" text COLLATE "C" NOT NULL,
	"pack_id" text COLLATE "C" NOT NULL,
	"pack_version" bigint NOT NULL,
	"colour" text COLLATE "C" NOT NULL,
	"next_colour" text COLLATE "C" NOT NULL,
	"valid_until" bigint NOT NULL,
	"verdict_hash" text COLLATE "C" NOT NULL,
	"overlaid" text COLLATE "C" NOT NULL,
	CONSTRAINT "score_region_id_holder_id_scored_at_pk" PRIMARY KEY("region_id","holder_id","scored_at")
);
--> statement-breakpoint
CREATE TABLE "pseudonym" (
	"region_id" text COLLATE "C" NOT NULL,
	"key" text COLLATE "C" NOT NULL,
	"sub" "bytea" NOT NULL,
	"epoch" bigint NOT NULL,
	"holder_id" text COLLATE "C" NOT NULL,
	CONSTRAINT "pseudonym_region_id_key_pk" PRIMARY KEY("region_id","key")
);
--> statement-breakpoint
CREATE TABLE "status" (
	"region_id" text COLLATE "C" NOT NULL,
	"holder_id" text COLLATE "C" NOT NULL,
	"colour" text COLLATE "C" NOT NULL,
	"next_colour" text COLLATE "C" NOT NULL,
	"valid_until" bigint NOT NULL,
	"ver" bigint NOT NULL,
	"inputs_hash" text COLLATE "C" NOT NULL,
	"pack_id" text COLLATE "C" NOT NULL,
	"pack_version" bigint NOT NULL,
	"matched" text COLLATE "C" NOT NULL,
	"division" text COLLATE "C" NOT NULL,
	"scored_at" bigint NOT NULL,
	"rescore_at" bigint NOT NULL,
	CONSTRAINT "status_region_id_holder_id_pk" PRIMARY KEY("region_id","holder_id")
);
--> statement-breakpoint
CREATE TABLE "change" (
	"region_id" text COLLATE "C" NOT NULL,
	"stream" text COLLATE "C" NOT NULL,
	"ver" bigint NOT NULL,
	"key" text COLLATE "C" NOT NULL,
	"colour" text COLLATE "C" NOT NULL,
	"next_colour" text COLLATE "C" NOT NULL,
	"valid_until" bigint NOT NULL,
	CONSTRAINT "change_region_id_stream_ver_pk" PRIMARY KEY("region_id","stream","ver")
);
--> statement-breakpoint
CREATE TABLE "document" (
	"region_id" text COLLATE "C" NOT NULL,
	"ver" bigint NOT NULL,
	"name" text COLLATE "C" NOT NULL,
	"body" text COLLATE "C" NOT NULL,
	CONSTRAINT "document_region_id_ver_pk" PRIMARY KEY("region_id","ver")
);
--> statement-breakpoint
CREATE TABLE "segment" (
	"region_id" text COLLATE "C" NOT NULL,
	"stream" text COLLATE "C" NOT NULL,
	"hash" text COLLATE "C" NOT NULL,
	"epoch" bigint NOT NULL,
	"level" text COLLATE "C" NOT NULL,
	"from_ver" bigint NOT NULL,
	"to_ver" bigint NOT NULL,
	"part" bigint NOT NULL,
	"parts" bigint NOT NULL,
	"bytes" "bytea" NOT NULL,
	"length" bigint NOT NULL,
	"replaced_at" bigint,
	CONSTRAINT "segment_region_id_stream_hash_pk" PRIMARY KEY("region_id","stream","hash")
);
--> statement-breakpoint
CREATE TABLE "stream" (
	"region_id" text COLLATE "C" NOT NULL,
	"stream" text COLLATE "C" NOT NULL,
	"epoch" bigint NOT NULL,
	"head" bigint NOT NULL,
	CONSTRAINT "stream_region_id_stream_pk" PRIMARY KEY("region_id","stream")
);
--> statement-breakpoint
CREATE INDEX "audit_by_subject" ON "audit_entry" USING btree ("region_id","subject","seq");--> statement-breakpoint
CREATE INDEX "area_touched" ON "area" USING btree ("region_id","touched");--> statement-breakpoint
CREATE INDEX "elsewhere_by_end" ON "elsewhere" USING btree ("region_id","valid_until");--> statement-breakpoint
CREATE INDEX "journey_by_day" ON "journey" USING btree ("region_id","left_on");--> statement-breakpoint
CREATE INDEX "journey_by_division" ON "journey" USING btree ("region_id","division","id_hash");--> statement-breakpoint
CREATE UNIQUE INDEX "gateway_by_key" ON "gateway" USING btree ("region_id","key_id");--> statement-breakpoint
CREATE INDEX "nonce_expiry" ON "nonce" USING btree ("region_id","expires_at");--> statement-breakpoint
CREATE UNIQUE INDEX "holder_by_id" ON "holder" USING btree ("region_id","id_hash");--> statement-breakpoint
CREATE UNIQUE INDEX "holder_by_token" ON "holder" USING btree ("region_id","token_hash");--> statement-breakpoint
CREATE INDEX "keyed_request_expiry" ON "keyed_request" USING btree ("region_id","expires_at");--> statement-breakpoint
CREATE UNIQUE INDEX "appeal_open" ON "appeal" USING btree ("region_id","holder_id","against_kind","against_id") WHERE state = 'open';--> statement-breakpoint
CREATE INDEX "appeal_by_holder" ON "appeal" USING btree ("region_id","holder_id","made_at");--> statement-breakpoint
CREATE INDEX "appeal_queue" ON "appeal" USING btree ("region_id","state","division","decide_by");--> statement-breakpoint
CREATE INDEX "appeal_due" ON "appeal" USING btree ("region_id","due_at");--> statement-breakpoint
CREATE UNIQUE INDEX "application_open" ON "application" USING btree ("region_id","holder_id") WHERE state IN ('submitted','comparing','queued','asked-for-more','video-requested');--> statement-breakpoint
CREATE INDEX "application_by_holder" ON "application" USING btree ("region_id","holder_id","submitted_at");--> statement-breakpoint
CREATE INDEX "application_queue" ON "application" USING btree ("region_id","state","community","decide_by");--> statement-breakpoint
CREATE INDEX "application_due" ON "application" USING btree ("region_id","due_at");--> statement-breakpoint
CREATE INDEX "override_alarm_by_time" ON "override_alarm" USING btree ("region_id","raised_at");--> statement-breakpoint
CREATE INDEX "override_by_holder" ON "colour_override" USING btree ("region_id","holder_id","expires_at");--> statement-breakpoint
CREATE INDEX "override_by_time" ON "colour_override" USING btree ("region_id","proposed_at");--> statement-breakpoint
CREATE INDEX "override_by_answer" ON "colour_override" USING btree ("region_id","answered_at");--> statement-breakpoint
CREATE INDEX "job_part_open" ON "job_part" USING btree ("region_id","finished_at","lease_until");--> statement-breakpoint
CREATE INDEX "job_by_age" ON "job" USING btree ("region_id","created_at");--> statement-breakpoint
CREATE INDEX "notice_target_by_place" ON "notice_target" USING btree ("region_id","recipient","place");--> statement-breakpoint
CREATE INDEX "notice_by_state" ON "notice" USING btree ("region_id","state","due_at","notice_id");--> statement-breakpoint
CREATE INDEX "notice_by_holder" ON "notice" USING btree ("region_id","holder_id","at","notice_id");--> statement-breakpoint
CREATE INDEX "notice_by_time" ON "notice" USING btree ("region_id","at");--> statement-breakpoint
CREATE INDEX "pack_by_age" ON "pack" USING btree ("region_id","proposed_at");--> statement-breakpoint
CREATE UNIQUE INDEX "pack_active" ON "pack" USING btree ("region_id","scope") WHERE state = 'active';--> statement-breakpoint
CREATE INDEX "dead_letter_by_time" ON "dead_letter" USING btree ("region_id","received_at");--> statement-breakpoint
CREATE INDEX "passage_by_time" ON "passage" USING btree ("region_id","received_at");--> statement-breakpoint
CREATE INDEX "contradiction_found" ON "contradiction" USING btree ("region_id","found_at","holder_id","declared_at");--> statement-breakpoint
CREATE INDEX "contradiction_by_place" ON "contradiction" USING btree ("region_id","place","found_at");--> statement-breakpoint
CREATE INDEX "fever_reading_by_time" ON "fever_reading" USING btree ("region_id","measured_at");--> statement-breakpoint
CREATE INDEX "report_by_day" ON "report" USING btree ("region_id","day");--> statement-breakpoint
CREATE UNIQUE INDEX "pseudonym_by_holder" ON "pseudonym" USING btree ("region_id","holder_id","epoch");--> statement-breakpoint
CREATE INDEX "status_due" ON "status" USING btree ("region_id","rescore_at");--> statement-breakpoint
CREATE INDEX "status_by_division" ON "status" USING btree ("region_id","division","holder_id");--> statement-breakpoint
CREATE INDEX "segment_by_version" ON "segment" USING btree ("region_id","stream","epoch","from_ver");