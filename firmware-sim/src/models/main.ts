/** `npm run model -- fever|station`: what happens at a gate, reckoned from a seed. */
import { writeFileSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import { runFever } from './fever.ts';
import { feverChart } from './fever-chart.ts';
import { feverText } from './fever-table.ts';
import { peakText, runPeak } from './station-peak.ts';

/** The scene that curves and sweep are shown of: all the weather that a lane works in. */
const SCENE_SHOWN = 'a year, 16 to 32';

const program = new Command('npm run model --').description(
  'Models of people at a gate, by the figures of published studies, from a seed.',
);

program
  .command('fever')
  .description('Which fevers a forehead thermometer finds: a raw 37.3, and our site profile.')
  .option('--seed <n>', 'the same seed gives the same people', whole(0, 0xffff_ffff), 1)
  .option(
    '--people <n>',
    'with fever, and as many without, in each scene',
    whole(100, 1_000_000),
    20_000,
  )
  .option('--svg <file>', 'write the curves there')
  .option('--json', 'print the report as JSON')
  .action(
    ({ seed, people, svg, json }: { seed: number; people: number; svg?: string; json?: true }) => {
      const report = runFever(seed, people);
      if (svg !== undefined) writeFileSync(svg, `${feverChart(report, SCENE_SHOWN)}\n`);
      print(json ? JSON.stringify(report) : feverText(report, SCENE_SHOWN));
    },
  );

program
  .command('station')
  .description(
    'Who is through a metro station in time: with the checks of the Guangzhou study, and with our lanes.',
  )
  .option('--seed <n>', 'the same seed gives the same peaks', whole(0, 0xffff_ffff), 1)
  .option('--runs <n>', 'peaks to run', whole(1, 10_000), 50)
  .option('--json', 'print the report as JSON')
  .action(({ seed, runs, json }: { seed: number; runs: number; json?: true }) => {
    const report = runPeak(seed, runs);
    print(json ? JSON.stringify(report) : peakText(report));
  });

program.parse();

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function whole(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < min || value > max) {
      throw new InvalidArgumentError(`a whole number of ${min} to ${max}`);
    }
    return value;
  };
}
