import type { Installation } from '../cluster/installation.ts';
import type { LinkState } from '../cluster/link.ts';
import type { Way } from '../cluster/links.ts';
import type { ServerNode } from '../cluster/server-node.ts';

/** A fault that has begun. */
export interface Begun {
  /** In words, with the node that it meets. */
  what: string;
  /** Makes it good again; what was ended is up when it resolves. */
  end(): Promise<void>;
}

type Make = (at: Installation, node: ServerNode, form: number) => Promise<Begun>;

/**
 * How wrong clocks get, in milliseconds. Ahead not by more than a run can wait for: what a server on SQLite puts off while
 * its clock is ahead is done when that time has come. Those on PostgreSQL are to have its time all the same.
 */
const skews = [-600_000, -30_000, -2000, 2000, 45_000] as const;

/** By the name that `--faults` has for it. */
const makers = {
  kill: async (_at, node) => {
    await node.kill();
    return { what: `${node.name} killed with -9`, end: () => node.start() };
  },
  term: async (_at, node) => {
    const took = await node.terminate();
    return { what: `${node.name} told to end, which took ${Math.round(took)} ms`, end: () => node.start() };
  },
  pause: async (_at, node) => {
    node.pause();
    return { what: `${node.name} paused`, end: async () => node.resume() };
  },
  clock: async (_at, node, form) => {
    const by = skews[Math.floor(form * skews.length)] as number;
    node.skew(by);
    return { what: `the clock of ${node.name} wrong by ${by / 1000} s`, end: async () => node.skew(0) };
  },
  client: async (_at, node, form) => disturb(`clients to ${node.name}`, node.way, form),
  disk: async (_at, node) => {
    node.limitFiles(64 * 1024);
    return { what: `the disk of ${node.name} full`, end: async () => node.limitFiles('unlimited') };
  },
  database: async ({ database }, _node, form) => {
    const how = form < 0.5 ? 'fast' : 'immediate';
    await database?.stop(how);
    return { what: `PostgreSQL stopped (${how})`, end: async () => database?.start() };
  },
  bus: async ({ bus }) => {
    await bus?.stop('immediate');
    return { what: 'NATS killed', end: async () => bus?.start() };
  },
  'database-link': async ({ databaseLinks }, node, form) =>
    disturb(`${node.name} to PostgreSQL`, databaseLinks.get(node.name) as Way, form),
  'bus-link': async ({ busLinks }, node, form) => disturb(`${node.name} to NATS`, busLinks.get(node.name) as Way, form),
} satisfies Record<string, Make>;

export type Kind = keyof typeof makers;

export const kinds = Object.keys(makers) as Kind[];

/** What can be done to such an installation on this machine. */
export function possibleKinds(at: Pick<Installation, 'database' | 'bus'>, canLimitFiles: boolean): Kind[] {
  const cluster = ['database', 'database-link'] as const satisfies Kind[];
  const withBus = ['bus', 'bus-link'] as const satisfies Kind[];
  return kinds.filter((kind) => {
    if (kind === 'disk') return canLimitFiles && !at.database;
    if (cluster.some((one) => one === kind)) return at.database !== undefined;
    if (withBus.some((one) => one === kind)) return at.bus !== undefined;
    return true;
  });
}

export function begin(kind: Kind, at: Installation, node: ServerNode, form: number): Promise<Begun> {
  return (makers as Record<Kind, Make>)[kind](at, node, form);
}

/** Cuts a way, stalls it, makes it long, or makes it long and narrow. */
async function disturb(way: string, link: Pick<Way, 'become'>, form: number): Promise<Begun> {
  const [what, state] = (
    [
      ['cut', { flow: 'cut' }],
      ['stalled', { flow: 'stalled' }],
      ['200 ms long', { delay: 200 }],
      ['50 ms long and 64 kB/s wide', { delay: 50, rate: 64_000 }],
    ] as const satisfies [string, Partial<LinkState>][]
  )[Math.floor(form * 4)] as [string, Partial<LinkState>];
  await link.become(state);
  return { what: `the way from ${way} ${what}`, end: async () => link.become({}) };
}
