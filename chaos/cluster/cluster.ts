import { join } from 'node:path';
import { openPostgresSnapshots } from '../../packages/server/src/storage/postgres/snapshots.ts';
import { type RunningPostgres, runPostgres } from '../../packages/server/src/testing/run-postgres.ts';
import { type Installation, type InstallationOptions, makeCredentials, type Service } from './installation.ts';
import { Links, type Way } from './links.ts';
import { openNats } from './nats.ts';
import { ServerNode } from './server-node.ts';

export interface ClusterOptions extends InstallationOptions {
  nodes: number;
  /** Where the programs of PostgreSQL are. */
  postgres: string;
  /** Where NATS is; without, nodes look into the log. */
  nats?: string | undefined;
}

/** Several nodes on PostgreSQL, each with a way of its own to it and to NATS. */
export async function openCluster(options: ClusterOptions): Promise<Installation> {
  const { folder, onEnd } = options;
  const { credentials, environment } = makeCredentials();
  const postgres = await runPostgres(options.postgres);
  const direct = await postgres.create();
  const address = new URL(direct);
  const nats = options.nats === undefined ? undefined : await openNats(options.nats, folder);
  const links = new Links();
  const databaseLinks = new Map<string, Way>();
  const busLinks = new Map<string, Way>();
  const nodes: ServerNode[] = [];
  for (let number = 1; number <= options.nodes; number += 1) {
    const name = `node-${number}`;
    const toDatabase = await links.open(postgres.port);
    databaseLinks.set(name, toDatabase);
    address.port = String(toDatabase.port);
    const toBus = nats && (await links.open(nats.port));
    if (toBus) busLinks.set(name, toBus);
    const node = await ServerNode.create({
      name,
      folder,
      environment: {
        ...environment,
        // One for all: it has the files of messages.
        COLLOQUY_DATA_DIR: join(folder, 'data'),
        COLLOQUY_DATABASE_URL: address.href,
        ...(toBus && { COLLOQUY_NATS_URL: `nats://127.0.0.1:${toBus.port}` }),
      },
      onEnd: (how, since) => onEnd(name, how, since),
    });
    nodes.push(node);
  }
  // The first one makes the tables.
  for (const node of nodes) await node.start();
  const database = serviceOf(postgres);
  return {
    nodes,
    credentials,
    databaseLinks,
    busLinks,
    database,
    bus: nats,
    openSnapshots: () => openPostgresSnapshots(direct),
    close: async () => {
      await Promise.all(nodes.map((node) => node.close()));
      await Promise.all([...databaseLinks.values(), ...busLinks.values()].map((link) => link.close()));
      await links.close();
      await nats?.stop('immediate');
      await postgres.discard();
    },
  };
}

/** Two faults may stop it at the same time: it is up again when both are over. */
function serviceOf(postgres: RunningPostgres): Service {
  let stops = 0;
  let work: Promise<unknown> = Promise.resolve();
  const queue = (job: () => Promise<void>): Promise<void> => {
    const done = work.then(job);
    work = done.catch(() => {});
    return done;
  };
  return {
    start: () =>
      queue(async () => {
        stops -= 1;
        if (stops === 0) await postgres.start();
      }),
    stop: (how) =>
      queue(async () => {
        stops += 1;
        await postgres.stop(how === 'immediate' ? 'crash' : 'fast');
      }),
  };
}
