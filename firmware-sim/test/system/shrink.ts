import type { Fault, Plan } from './faults.ts';

/**
 * Leaves out one fault after another as long as the run still fails, from the last to the first, until none can be
 * left out. `fails` plays a plan.
 */
export async function shrinkPlan(
  plan: Plan,
  fails: (plan: Plan) => Promise<boolean>,
): Promise<Plan> {
  let faults: readonly Fault[] = plan.faults;
  for (let shorter = true; shorter; ) {
    shorter = false;
    for (let at = faults.length - 1; at >= 0; at--) {
      const without = faults.filter((_, i) => i !== at);
      if (!(await fails({ ...plan, faults: without }))) continue;
      faults = without;
      shorter = true;
    }
  }
  return { ...plan, faults };
}
