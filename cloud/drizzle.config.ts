import { defineConfig } from 'drizzle-kit';

/** `npm run migrations --workspace cloud` writes the next migration, of both engines, after a change of a table. */
export default defineConfig({
  dialect: 'postgresql',
  schema: './src/store/tables/*.ts',
  out: './drizzle/migrations',
});
