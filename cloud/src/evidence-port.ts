import type { Colour } from '@greengate/contracts/code/colour';
import type { RegionId } from '@greengate/contracts/ids';
import type { ListKind } from '@greengate/contracts/rules/facts';
import type { EpochMs } from '@greengate/contracts/time';
import type {
  areaRowSchema,
  Contradiction,
  journeySchema,
} from '@greengate/contracts/wire/evidence';
import type { Declaration } from '@greengate/contracts/wire/holder';
import type { DailyReport, ReportRow } from '@greengate/contracts/wire/report';
import type { z } from 'zod';
import type { Application, StandingOverride } from './issuing-port.ts';

/** Everything that is known of one holder and bears on their colour. Dates are YYYY-MM-DD. */
export interface Evidence {
  readonly holder: string;
  readonly declaredAt: EpochMs;
  readonly declaration: Declaration;
  /** The entries that stand, one a list: its first date that no release has ended, or the last release. */
  readonly lists: readonly { readonly kind: ListKind; readonly since: string }[];
  /** Of the declared division, past and future; both dates inclusive. */
  readonly areas: readonly RiskPeriod[];
  /** The newest daily report. */
  readonly report?: { readonly at: EpochMs } & DailyReport;
  /** The newest temperature that a daily report or a gate gave, whichever is later. */
  readonly temperature?: { readonly at: EpochMs; readonly centiC: number };
  /** Of those on a list only: the days since the first date there with a report, the newest first. */
  readonly reportedDays: readonly ReportedDay[];
  /** The newest. `level` is the highest risk of the division on the day. */
  readonly journeys: readonly { readonly level: AreaRisk['level']; readonly leftOn: string }[];
  /** One a region, the newest. */
  readonly elsewhere: readonly ElsewhereStatus[];
  /** Colours set by hand that two people stand behind and nobody lifted; those that have expired too. */
  readonly overrides: readonly StandingOverride[];
  /** The newest application that was not withdrawn. */
  readonly application: Pick<Application, 'state' | 'purpose'> | undefined;
  /** Journeys and statuses of other regions that were too many. */
  readonly leftOut: number;
}

export type RiskPeriod = Omit<AreaRisk, 'division'>;

export interface ReportedDay {
  readonly day: string;
  /** Whether any symptom was reported. */
  readonly symptoms: boolean;
  readonly temperatureCentiC: number | null;
}

/** What another region says of a person. */
export interface ElsewhereStatus {
  readonly region: RegionId;
  readonly colour: Colour;
  readonly since: EpochMs;
  /** Not in force from this instant on. */
  readonly validUntil: EpochMs;
}

export type Contradictions = readonly Omit<Contradiction, 'holder'>[];

/** Risk of one division over a run of days, both inclusive. */
export type AreaRisk = z.infer<typeof areaRowSchema>;

/** Somebody by the keyed hash of their number: a person may be listed before they register. */
interface Known {
  readonly idHash: Uint8Array;
}

export interface Listing extends Known {
  /** YYYY-MM-DD. */
  readonly since: string;
}

export type Journey = Known & Omit<z.infer<typeof journeySchema>, 'idNumber'>;

export type ElsewhereEntry = Known & ElsewhereStatus;

/** What an import did to the rows. Every row is one of the three. */
export interface Imported {
  readonly added: number;
  readonly unchanged: number;
  readonly changed: number;
  /** The holders whose evidence it added to; they are due from then on. */
  readonly touched: readonly string[];
}

export interface AreasImported extends Omit<Imported, 'touched'> {
  /** Holders who live there or travelled there: they become due slice by slice, by `touchAreas`. */
  readonly touched: number;
}

/**
 * Evidence that operators bring. What is known is a set: the order in which it comes changes nothing. Each import is
 * one transaction; a dry run is taken back when it has been counted.
 */
export interface EvidenceStore {
  /** Puts people on a list. `released` takes its people off every other list that they stood on by that date. */
  addListings(
    kind: ListKind,
    entries: readonly Listing[],
    options?: ImportOptions,
  ): Promise<Imported>;
  /** A later row for the same division and first day corrects the former. */
  addAreas(areas: readonly AreaRisk[], options?: ImportOptions): Promise<AreasImported>;
  /**
   * Makes the next slice of those due whom areas touch, at most about `count`, and answers them: empty when all are.
   * Where it stopped is kept with the areas, so another process or the next start goes on.
   */
  touchAreas(count: number): Promise<readonly string[]>;
  addJourneys(entries: readonly Journey[], options?: ImportOptions): Promise<Imported>;
  /** Of a region's statuses of a person the latest `since` counts; the same `since` again corrects it. */
  addElsewhere(entries: readonly ElsewhereEntry[], options?: ImportOptions): Promise<Imported>;
}

export interface ImportOptions {
  readonly dryRun: boolean;
}

export interface ReportStore {
  /** Replaces a report of the same day that was made before. The holder is due from then on. */
  addReport(holder: string, row: ReportRow): Promise<void>;
  /** The newest first, from before the day `before`. */
  reports(holder: string, before: string | undefined, count: number): Promise<readonly ReportRow[]>;
}

/** Where a page of contradictions begins. */
export type ContradictionMark = Pick<Contradiction, 'foundAt' | 'holder' | 'declaredAt'>;

export interface ContradictionStore {
  /**
   * In the order in which they were found, past `after`; of those that are handled in a division that begins with one
   * of `stems`, if there are any: the community of the holder's newest application, or else the declared division.
   */
  contradictions(
    after: ContradictionMark | undefined,
    count: number,
    stems?: readonly string[],
  ): Promise<readonly Contradiction[]>;
}

/**
 * Another region's platform, asked when a person declares (DOMAIN 4). What it answers is kept as evidence; without
 * one, what operators posted is all that is known.
 */
export interface Elsewhere {
  /** What other regions say of a holder now. A rejection, or no answer in time, leaves what is known as it is. */
  statusesOf(holder: string): Promise<readonly ElsewhereStatus[]>;
}
