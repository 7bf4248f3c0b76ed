import { LIST_KINDS, type ListKind } from '@greengate/contracts/rules/facts';
import { type Command, Option } from 'commander';
import { type Api, openApi, withServer } from './api-client.ts';
import { checkFile, type FileCheck } from './import-check.ts';
import { canPreview, type Sent, sendFile } from './import-send.ts';
import { importText } from './import-text.ts';
import {
  areaUpload,
  elsewhereUpload,
  listUpload,
  travelUpload,
  type Upload,
} from './import-uploads.ts';
import { IMPORT_ENCODINGS, type ImportEncoding } from './imports/import-lines.ts';
import { count, JSON_FLAG, languageOption } from './options.ts';
import { type AddCommands, CommandError, type Language, type Shell, show } from './shell.ts';

interface ImportFlags {
  readonly kind?: ListKind;
  readonly server?: string;
  readonly tokenFile?: string;
  readonly dryRun?: boolean;
  readonly skipFaulty?: boolean;
  readonly fromRow: number;
  readonly encoding: ImportEncoding;
  readonly ignoreOtherColumns?: boolean;
  readonly language: Language;
  readonly json?: boolean;
}

/** `greengate lists|travel|areas|elsewhere import` */
export const addImportCommands: AddCommands = (program, shell) => {
  const lists = program.command('lists').description('the control lists');
  importCommand(lists, 'put the people in a file on a control list', shell, ({ kind }) =>
    listUpload(kind),
  ).addOption(
    new Option('--kind <kind>', 'the list, of rows that name none themselves').choices(LIST_KINDS),
  );
  const travel = program.command('travel').description('travel records of rail, air and road');
  importCommand(travel, 'bring in the travel records in a file', shell, () => travelUpload);
  const areas = program.command('areas').description('the risk of administrative divisions');
  importCommand(areas, 'set the risk of the divisions in a file', shell, () => areaUpload);
  const elsewhere = program.command('elsewhere').description('what other regions say of people');
  importCommand(
    elsewhere,
    "bring in other regions' colours from a file",
    shell,
    () => elsewhereUpload,
  );
};

function importCommand<Row>(
  noun: Command,
  description: string,
  shell: Shell,
  uploadOf: (flags: ImportFlags) => Upload<Row>,
): Command {
  const command = noun
    .command('import')
    .description(description)
    .argument('<file>', 'CSV with a header, a JSON array, or one JSON object a line');
  return withServer(command, false)
    .option('--dry-run', 'write nothing: check the file, and ask the server what would be new')
    .option('--skip-faulty', 'send the good rows of a file that has faulty ones')
    .option('--from-row <n>', 'go on where an import stopped', count, 1)
    .addOption(new Option('--encoding <name>', 'of CSV').choices(IMPORT_ENCODINGS).default('utf-8'))
    .option('--ignore-other-columns', 'leave out columns that have no meaning here')
    .addOption(languageOption())
    .option(...JSON_FLAG)
    .action((file: string, flags: ImportFlags) => importFile(shell, file, uploadOf(flags), flags));
}

async function importFile<Row>(
  shell: Shell,
  file: string,
  upload: Upload<Row>,
  flags: ImportFlags,
): Promise<void> {
  const { encoding, ignoreOtherColumns = false, json = false, dryRun = false, language } = flags;
  const api = apiOf(shell, flags);
  const options = { encoding, ignoreOtherColumns };
  const check = await checkFile(shell, file, upload, options, json);
  const sends =
    api !== undefined && maySend(check, flags) && (!dryRun || (await canPreview(api, upload)));
  const progress = shell.progress(dryRun ? 'ask' : 'send', check.rows, json);
  const common = { shell, file, upload, options, check, dryRun, progress };
  const sent = sends ? await sendFile({ ...common, api, fromRow: flags.fromRow }) : undefined;
  progress.stop();
  if (check.faulty > 0 || sent?.stopped !== undefined) shell.found();
  const text = importText({ check, dryRun, ...(sent === undefined ? {} : { sent }) }, language);
  show(shell, json, resultOf(file, dryRun, check, sent), text);
}

/** A dry run needs no server. */
function apiOf(shell: Shell, { server, tokenFile, dryRun }: ImportFlags): Api | undefined {
  if (server !== undefined && tokenFile !== undefined) return openApi(shell, { server, tokenFile });
  if (dryRun && server === undefined) return undefined;
  throw new CommandError('Give --server and --token-file, or --dry-run to check the file alone.');
}

/** What is left of a file that could not be read to its end is not known, so it is not sent in part. */
function maySend({ faulty, cutShort }: FileCheck, { skipFaulty = false }: ImportFlags): boolean {
  return faulty === 0 || (skipFaulty && !cutShort);
}

function resultOf(file: string, dryRun: boolean, check: FileCheck, sent: Sent | undefined): object {
  const { firstRows: _firstRows, ...found } = check;
  const { stopped } = sent ?? {};
  return {
    file,
    dryRun,
    ...found,
    sent: sent?.sent ?? 0,
    ...sent?.answers,
    ...(stopped === undefined
      ? {}
      : {
          stopped: {
            row: stopped.row,
            code: stopped.refusal.code,
            detail: stopped.refusal.detail,
          },
        }),
  };
}
