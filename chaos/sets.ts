import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { findPostgres } from '../packages/server/src/testing/run-postgres.ts';
import { openCluster } from './cluster/cluster.ts';
import { type Installation, type InstallationOptions, openSingle } from './cluster/installation.ts';
import { findNats } from './cluster/nats.ts';

type Open = (options: InstallationOptions) => Promise<Installation>;

/** What can be set up, by the name that `--set` has for it. */
export const sets = {
  single: openSingle,
  postgres: (options) => openCluster({ ...options, nodes: 1, postgres: need('PostgreSQL', findPostgres()) }),
  cluster: (options) =>
    openCluster({
      ...options,
      nodes: 3,
      postgres: need('PostgreSQL', findPostgres()),
      nats: need('nats-server', findNats()),
    }),
  'cluster-without-bus': (options) =>
    openCluster({ ...options, nodes: 3, postgres: need('PostgreSQL', findPostgres()) }),
} satisfies Record<string, Open>;

export type SetName = keyof typeof sets;

/** Is there what a cluster takes? */
export function canOpenCluster(): boolean {
  return findPostgres() !== undefined && findNats() !== undefined;
}

/** `prlimit` sets a limit of a running process; Linux has it. */
export function canLimitFiles(): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, 'prlimit')));
}

function need(what: string, where: string | undefined): string {
  if (where === undefined) throw new Error(`This set needs ${what} to be installed.`);
  return where;
}
