import { packProblemsCountMax } from '@greengate/contracts/limits';
import { packCheckMsMax } from '../limits.ts';
import type { PackChecked } from '../pack-port.ts';
import { ProblemError } from '../problem.ts';

/** What speaks against a pack, in the answer itself: the author has to know where to look. */
export function packRefused(checked: Pick<PackChecked, 'problems'> | undefined): ProblemError {
  if (!checked) {
    const detail = `Checking it took more than ${packCheckMsMax / 1000} seconds; simplify it.`;
    return new ProblemError('pack-refused', detail);
  }
  const { problems } = checked;
  const shown = problems.slice(0, packProblemsCountMax);
  return new ProblemError('pack-refused', `Found ${problems.length}; see problems.`, {
    problems: shown,
    omitted: problems.length - shown.length,
  });
}
