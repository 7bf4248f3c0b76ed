CREATE TABLE "account_credential" (
	"id" text PRIMARY KEY NOT NULL,
	"account_id" text NOT NULL,
	"provider_id" text NOT NULL,
	"user_id" text NOT NULL,
	"access_token" text,
	"refresh_token" text,
	"id_token" text,
	"access_token_expires_at" timestamp (3) with time zone,
	"refresh_token_expires_at" timestamp (3) with time zone,
	"scope" text,
	"password" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "account_attempt" (
	"id" text PRIMARY KEY NOT NULL,
	"key" text NOT NULL,
	"tries" integer NOT NULL,
	"until" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "account_session" (
	"id" text PRIMARY KEY NOT NULL,
	"token" text NOT NULL,
	"user_id" text NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	"ip_address" text,
	"user_agent" text,
	"second_factor" boolean NOT NULL,
	"started_at" timestamp (3) with time zone NOT NULL,
	"seen_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "account_staff_request" (
	"id" text PRIMARY KEY NOT NULL,
	"action" text NOT NULL,
	"subject" text NOT NULL,
	"body" text NOT NULL,
	"half_hash" text,
	"requested_by" text NOT NULL,
	"requested_at" timestamp (3) with time zone NOT NULL,
	"until" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "account_totp_use" (
	"id" text PRIMARY KEY NOT NULL,
	"key" text NOT NULL,
	"used_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "account_two_factor" (
	"id" text PRIMARY KEY NOT NULL,
	"secret" text NOT NULL,
	"backup_codes" text NOT NULL,
	"user_id" text NOT NULL,
	"verified" boolean,
	"failed_verification_count" integer,
	"locked_until" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "account_user" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"email" text NOT NULL,
	"email_verified" boolean NOT NULL,
	"image" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	"username" text,
	"two_factor_enabled" boolean,
	"role" text,
	"areas" text,
	"holder_id" text,
	"disabled_at" timestamp (3) with time zone,
	"invite_hash" text,
	"invite_until" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "account_verification" (
	"id" text PRIMARY KEY NOT NULL,
	"identifier" text NOT NULL,
	"value" text NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "account_credential" ADD CONSTRAINT "account_credential_user_id_account_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "account_user"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "account_session" ADD CONSTRAINT "account_session_user_id_account_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "account_user"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "account_two_factor" ADD CONSTRAINT "account_two_factor_user_id_account_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "account_user"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "account_credential_by_subject" ON "account_credential" USING btree ("provider_id","account_id");--> statement-breakpoint
CREATE INDEX "account_credential_by_user" ON "account_credential" USING btree ("user_id");--> statement-breakpoint
CREATE UNIQUE INDEX "account_attempt_by_key" ON "account_attempt" USING btree ("key");--> statement-breakpoint
CREATE INDEX "account_attempt_by_until" ON "account_attempt" USING btree ("until");--> statement-breakpoint
CREATE UNIQUE INDEX "account_session_by_token" ON "account_session" USING btree ("token");--> statement-breakpoint
CREATE INDEX "account_session_by_user" ON "account_session" USING btree ("user_id");--> statement-breakpoint
CREATE UNIQUE INDEX "account_totp_use_by_key" ON "account_totp_use" USING btree ("key");--> statement-breakpoint
CREATE INDEX "account_totp_use_by_at" ON "account_totp_use" USING btree ("used_at");--> statement-breakpoint
CREATE UNIQUE INDEX "account_two_factor_by_user" ON "account_two_factor" USING btree ("user_id");--> statement-breakpoint
CREATE UNIQUE INDEX "account_user_by_email" ON "account_user" USING btree ("email");--> statement-breakpoint
CREATE UNIQUE INDEX "account_user_by_username" ON "account_user" USING btree ("username");--> statement-breakpoint
CREATE INDEX "account_user_by_role" ON "account_user" USING btree ("role");--> statement-breakpoint
CREATE INDEX "account_verification_by_identifier" ON "account_verification" USING btree ("identifier");