import { JSON_FLAG } from './options.ts';
import { type AddCommands, show } from './shell.ts';

/** `greengate openapi` */
export const addOpenapiCommand: AddCommands = (program, shell) => {
  program
    .command('openapi')
    .description('print the OpenAPI document of the cloud')
    .option(...JSON_FLAG)
    .action(async ({ json }: { json?: boolean }) => {
      // The one command that mounts the whole cloud: the others start in half the time without it.
      const { apiDocument } = await import('../api-document.ts');
      const document = apiDocument(shell.random);
      show(shell, json, document, JSON.stringify(document, null, 2));
    });
};
