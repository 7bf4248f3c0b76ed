import type { Upload } from './import-uploads.ts';
import type { ImportProblem } from './imports/import-problem.ts';
import { type ImportItem, type ImportOptions, importReader } from './imports/import-reader.ts';
import { importProblemsCountMax } from './limits.ts';
import { CommandError, type Progress, type Shell } from './shell.ts';

/** What a first reading of a file finds. */
export interface FileCheck {
  /** Rows that can be sent. */
  readonly rows: number;
  /** Rows that cannot. */
  readonly faulty: number;
  readonly problems: readonly ImportProblem[];
  /** How many more there are. */
  readonly problemsOmitted: number;
  /** Whether the rest of the file could not be read. */
  readonly cutShort: boolean;
  /** The first row of each wave; absent where there is none. */
  readonly firstRows: ReadonlyMap<number, number>;
}

/** Reads a whole file and sends nothing: so that nothing is sent of a file that has a fault at its end. */
export async function checkFile<Row>(
  shell: Shell,
  file: string,
  upload: Upload<Row>,
  options: ImportOptions,
  asJson: boolean,
): Promise<FileCheck> {
  const size = sizeOf(shell, file);
  const progress = shell.progress('check', size, asJson);
  const problems: ImportProblem[] = [];
  const firstRows = new Map<number, number>();
  let [rows, faulty, count, cutShort] = [0, 0, 0, false];
  for await (const item of itemsOf(shell, file, upload, options, progress)) {
    if ('value' in item) {
      rows += 1;
      const wave = upload.wave(item.value);
      if (!firstRows.has(wave)) firstRows.set(wave, item.row);
    } else {
      faulty += 1;
      count += item.problems.length;
      problems.push(...item.problems.slice(0, importProblemsCountMax - problems.length));
      cutShort ||= item.final;
    }
  }
  progress.stop();
  return { rows, faulty, problems, problemsOmitted: count - problems.length, cutShort, firstRows };
}

/** The rows and faults of a file as they are read. */
export async function* itemsOf<Row>(
  shell: Shell,
  file: string,
  upload: Upload<Row>,
  options: ImportOptions,
  progress?: Progress,
): AsyncGenerator<ImportItem<Row>> {
  const reader = importReader(upload.kind, options);
  let bytes = 0;
  for await (const chunk of shell.files.chunks(file)) {
    yield* reader.push(chunk);
    bytes += chunk.length;
    progress?.update(bytes);
  }
  yield* reader.end();
}

function sizeOf({ files }: Shell, file: string): number {
  if (!files.exists(file)) throw new CommandError(`${file} cannot be read.`);
  return files.sizeOf(file);
}
