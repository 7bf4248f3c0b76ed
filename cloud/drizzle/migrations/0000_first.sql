CREATE TABLE `area` (
	`region_id` text NOT NULL,
	`division` text NOT NULL,
	`from_on` text NOT NULL,
	`until_on` text NOT NULL,
	`level` text NOT NULL,
	PRIMARY KEY(`region_id`, `division`, `from_on`)
);
--> statement-breakpoint
CREATE TABLE `change` (
	`region_id` text NOT NULL,
	`stream` text NOT NULL,
	`ver` integer NOT NULL,
	`key` text NOT NULL,
	`colour` text NOT NULL,
	`next_colour` text NOT NULL,
	`valid_until` integer NOT NULL,
	PRIMARY KEY(`region_id`, `stream`, `ver`)
);
--> statement-breakpoint
CREATE TABLE `dead_letter` (
	`region_id` text NOT NULL,
	`gateway_id` text NOT NULL,
	`epoch` integer NOT NULL,
	`seq` integer NOT NULL,
	`hash` blob NOT NULL,
	`reason` text NOT NULL,
	`payload` blob NOT NULL,
	`received_at` integer NOT NULL,
	PRIMARY KEY(`region_id`, `gateway_id`, `epoch`, `seq`, `hash`)
);
--> statement-breakpoint
CREATE TABLE `declaration` (
	`region_id` text NOT NULL,
	`holder_id` text NOT NULL,
	`declared_at` integer NOT NULL,
	`body` text NOT NULL,
	PRIMARY KEY(`region_id`, `holder_id`, `declared_at`)
);
--> statement-breakpoint
CREATE TABLE `document` (
	`region_id` text NOT NULL,
	`ver` integer NOT NULL,
	`name` text NOT NULL,
	`body` text NOT NULL,
	PRIMARY KEY(`region_id`, `ver`)
);
--> statement-breakpoint
CREATE TABLE `gateway` (
	`region_id` text NOT NULL,
	`gateway_id` text NOT NULL,
	`station_id` text NOT NULL,
	`public_key` text NOT NULL,
	`key_id` text NOT NULL,
	`registered_at` integer NOT NULL,
	`revoked_at` integer,
	PRIMARY KEY(`region_id`, `gateway_id`)
);
--> statement-breakpoint
CREATE UNIQUE INDEX `gateway_by_key` ON `gateway` (`region_id`,`key_id`);--> statement-breakpoint
CREATE TABLE `holder` (
	`region_id` text NOT NULL,
	`holder_id` text NOT NULL,
	`id_hash` blob NOT NULL,
	`sealed` blob NOT NULL,
	`token_hash` blob NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`region_id`, `holder_id`)
);
--> statement-breakpoint
CREATE UNIQUE INDEX `holder_by_id` ON `holder` (`region_id`,`id_hash`);--> statement-breakpoint
CREATE UNIQUE INDEX `holder_by_token` ON `holder` (`region_id`,`token_hash`);--> statement-breakpoint
CREATE TABLE `journal` (
	`region_id` text NOT NULL,
	`gateway_id` text NOT NULL,
	`epoch` integer NOT NULL,
	`acked` integer NOT NULL,
	PRIMARY KEY(`region_id`, `gateway_id`, `epoch`)
);
--> statement-breakpoint
CREATE TABLE `list_entry` (
	`region_id` text NOT NULL,
	`id_hash` blob NOT NULL,
	`kind` text NOT NULL,
	`since` text NOT NULL,
	`ended_on` text,
	PRIMARY KEY(`region_id`, `id_hash`, `kind`)
);
--> statement-breakpoint
CREATE TABLE `nonce` (
	`region_id` text NOT NULL,
	`key_id` text NOT NULL,
	`nonce` text NOT NULL,
	`expires_at` integer NOT NULL,
	PRIMARY KEY(`region_id`, `key_id`, `nonce`)
);
--> statement-breakpoint
CREATE INDEX `nonce_expiry` ON `nonce` (`region_id`,`expires_at`);--> statement-breakpoint
CREATE TABLE `passage` (
	`region_id` text NOT NULL,
	`gateway_id` text NOT NULL,
	`epoch` integer NOT NULL,
	`seq` integer NOT NULL,
	`hash` blob NOT NULL,
	`payload` blob NOT NULL,
	`received_at` integer NOT NULL,
	PRIMARY KEY(`region_id`, `gateway_id`, `epoch`, `seq`)
);
--> statement-breakpoint
CREATE TABLE `pseudonym` (
	`region_id` text NOT NULL,
	`key` text NOT NULL,
	`sub` blob NOT NULL,
	`epoch` integer NOT NULL,
	`holder_id` text NOT NULL,
	PRIMARY KEY(`region_id`, `key`)
);
--> statement-breakpoint
CREATE UNIQUE INDEX `pseudonym_by_holder` ON `pseudonym` (`region_id`,`holder_id`,`epoch`);--> statement-breakpoint
CREATE TABLE `segment` (
	`region_id` text NOT NULL,
	`stream` text NOT NULL,
	`hash` text NOT NULL,
	`epoch` integer NOT NULL,
	`level` text NOT NULL,
	`from_ver` integer NOT NULL,
	`to_ver` integer NOT NULL,
	`bytes` blob NOT NULL,
	`length` integer NOT NULL,
	`replaced_at` integer,
	PRIMARY KEY(`region_id`, `stream`, `hash`)
);
--> statement-breakpoint
CREATE INDEX `segment_by_version` ON `segment` (`region_id`,`stream`,`epoch`,`from_ver`);--> statement-breakpoint
CREATE TABLE `status` (
	`region_id` text NOT NULL,
	`holder_id` text NOT NULL,
	`colour` text NOT NULL,
	`next_colour` text NOT NULL,
	`valid_until` integer NOT NULL,
	`ver` integer NOT NULL,
	`inputs_hash` text NOT NULL,
	`pack_id` text NOT NULL,
	`pack_version` integer NOT NULL,
	`matched` text NOT NULL,
	`division` text NOT NULL,
	`scored_at` integer NOT NULL,
	`rescore_at` integer NOT NULL,
	PRIMARY KEY(`region_id`, `holder_id`)
);
--> statement-breakpoint
CREATE INDEX `status_due` ON `status` (`region_id`,`rescore_at`);--> statement-breakpoint
CREATE INDEX `status_by_division` ON `status` (`region_id`,`division`);--> statement-breakpoint
CREATE TABLE `stream` (
	`region_id` text NOT NULL,
	`stream` text NOT NULL,
	`epoch` integer NOT NULL,
	`head` integer NOT NULL,
	PRIMARY KEY(`region_id`, `stream`)
);
