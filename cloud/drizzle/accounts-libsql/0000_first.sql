CREATE TABLE `account_credential` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`provider_id` text NOT NULL,
	`user_id` text NOT NULL,
	`access_token` text,
	`refresh_token` text,
	`id_token` text,
	`access_token_expires_at` integer,
	`refresh_token_expires_at` integer,
	`scope` text,
	`password` text,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `account_user`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `account_credential_by_subject` ON `account_credential` (`provider_id`,`account_id`);--> statement-breakpoint
CREATE INDEX `account_credential_by_user` ON `account_credential` (`user_id`);--> statement-breakpoint
CREATE TABLE `account_attempt` (
	`id` text PRIMARY KEY NOT NULL,
	`key` text NOT NULL,
	`tries` integer NOT NULL,
	`until` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `account_attempt_by_key` ON `account_attempt` (`key`);--> statement-breakpoint
CREATE INDEX `account_attempt_by_until` ON `account_attempt` (`until`);--> statement-breakpoint
CREATE TABLE `account_session` (
	`id` text PRIMARY KEY NOT NULL,
	`token` text NOT NULL,
	`user_id` text NOT NULL,
	`expires_at` integer NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`ip_address` text,
	`user_agent` text,
	`second_factor` integer NOT NULL,
	`started_at` integer NOT NULL,
	`seen_at` integer NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `account_user`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `account_session_by_token` ON `account_session` (`token`);--> statement-breakpoint
CREATE INDEX `account_session_by_user` ON `account_session` (`user_id`);--> statement-breakpoint
CREATE TABLE `account_staff_request` (
	`id` text PRIMARY KEY NOT NULL,
	`action` text NOT NULL,
	`subject` text NOT NULL,
	`body` text NOT NULL,
	`half_hash` text,
	`requested_by` text NOT NULL,
	`requested_at` integer NOT NULL,
	`until` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `account_totp_use` (
	`id` text PRIMARY KEY NOT NULL,
	`key` text NOT NULL,
	`used_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `account_totp_use_by_key` ON `account_totp_use` (`key`);--> statement-breakpoint
CREATE INDEX `account_totp_use_by_at` ON `account_totp_use` (`used_at`);--> statement-breakpoint
CREATE TABLE `account_two_factor` (
	`id` text PRIMARY KEY NOT NULL,
	`secret` text NOT NULL,
	`backup_codes` text NOT NULL,
	`user_id` text NOT NULL,
	`verified` integer,
	`failed_verification_count` integer,
	`locked_until` integer,
	FOREIGN KEY (`user_id`) REFERENCES `account_user`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `account_two_factor_by_user` ON `account_two_factor` (`user_id`);--> statement-breakpoint
CREATE TABLE `account_user` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`email` text NOT NULL,
	`email_verified` integer NOT NULL,
	`image` text,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`username` text,
	`two_factor_enabled` integer,
	`role` text,
	`areas` text,
	`holder_id` text,
	`disabled_at` integer,
	`invite_hash` text,
	`invite_until` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `account_user_by_email` ON `account_user` (`email`);--> statement-breakpoint
CREATE UNIQUE INDEX `account_user_by_username` ON `account_user` (`username`);--> statement-breakpoint
CREATE INDEX `account_user_by_role` ON `account_user` (`role`);--> statement-breakpoint
CREATE TABLE `account_verification` (
	`id` text PRIMARY KEY NOT NULL,
	`identifier` text NOT NULL,
	`value` text NOT NULL,
	`expires_at` integer NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `account_verification_by_identifier` ON `account_verification` (`identifier`);