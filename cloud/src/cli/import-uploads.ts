import type { ListKind } from '@greengate/contracts/rules/facts';
import {
  areaImport,
  elsewhereImport,
  type ImportKind,
  listImport,
  travelImport,
} from './imports/import-kinds.ts';

/** How the rows of one kind of file go to the cloud. */
export interface Upload<Row> {
  readonly kind: ImportKind<Row>;
  /** The route of a row; rows of one route go there together. */
  path(row: Row): string;
  body(rows: readonly Row[]): object;
  /** Rows of a later wave are sent when all of the earlier ones are taken. */
  wave(row: Row): 0 | 1;
  /** As /openapi.json names the route. */
  readonly route: string;
}

export function listUpload(kind: ListKind | undefined) {
  return upload({
    kind: listImport(kind),
    route: '/v1/lists/{kind}',
    path: (row) => `/v1/lists/${row.kind}`,
    body: (rows) => ({ entries: rows.map(({ idNumber, since }) => ({ idNumber, since })) }),
    // A release takes people off the lists that they stand on, so they have to stand there first.
    wave: ({ kind: own }) => (own === 'released' ? 1 : 0),
  });
}

export const travelUpload = upload({
  kind: travelImport,
  route: '/v1/journeys',
  path: () => '/v1/journeys',
  body: (entries) => ({ entries }),
  wave: () => 0,
});

export const areaUpload = upload({
  kind: areaImport,
  route: '/v1/areas',
  path: () => '/v1/areas',
  body: (areas) => ({ areas }),
  wave: () => 0,
});

export const elsewhereUpload = upload({
  kind: elsewhereImport,
  route: '/v1/elsewhere',
  path: () => '/v1/elsewhere',
  body: (entries) => ({ entries }),
  wave: () => 0,
});

function upload<Row>(one: Upload<Row>): Upload<Row> {
  return one;
}
