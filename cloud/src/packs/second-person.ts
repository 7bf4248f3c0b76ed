import { ProblemError } from '../problem.ts';

/**
 * That two decisions are of two people, each as `deciderOf` names them. A person may have an account and a token: of
 * one kind, two are two people. Refuses `second-person-needed`; `why` is for whoever did the first as well.
 */
export function demandAnother(person: string, first: string, why: string): void {
  if (person === first) throw new ProblemError('second-person-needed', why);
  if (person.split(':')[0] !== first.split(':')[0]) {
    throw new ProblemError('second-person-needed', 'Both by accounts, or both by tokens.');
  }
}
