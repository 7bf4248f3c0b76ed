import { defineConfig } from 'drizzle-kit';

/** `npm run migrations --workspace cloud` writes the next migration after a change of the schema. */
export default defineConfig({
  dialect: 'sqlite',
  schema: './src/store/schema.ts',
  out: './drizzle/migrations',
});
