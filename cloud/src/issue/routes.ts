import type { CloudApp } from '../route.ts';
import { type AppealDesk, appealDesk } from './appeal-desk.ts';
import { type ApplicationDesk, applicationDesk } from './application-desk.ts';
import type { DeskDeps } from './desk.ts';
import { holderRoutes } from './holder-routes.ts';
import { officerRoutes } from './officer-routes.ts';
import { operatorRoutes } from './operator-routes.ts';
import { overrideDesk } from './override-desk.ts';

/** What time alone moves: applications that are late, or that silence issues; appeals that are late. */
export interface IssuingDue {
  /** Answers how many moved; 0 when nothing is due. */
  doDue(count: number): Promise<number>;
}

/** Applications, appeals and colours set by hand, for those who make them and those who decide. */
export function issueRoutes(app: CloudApp, deps: DeskDeps): IssuingDue {
  const applications: ApplicationDesk = applicationDesk(deps);
  const appeals: AppealDesk = appealDesk(deps);
  holderRoutes(app, deps, applications, appeals);
  officerRoutes(app, deps, applications, appeals);
  operatorRoutes(app, deps, overrideDesk(deps));
  return {
    doDue: async (count) => (await applications.doDue(count)) + (await appeals.doDue(count)),
  };
}
