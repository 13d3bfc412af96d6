/** A connection, by what it takes. */
export interface Weighed {
  /** Whose it is; empty where nobody has said so yet. */
  readonly user: string;
  /** Bytes. */
  readonly memory: number;
}

/** What all connections of a user may take together; bytes. It is some hundred times what those of a busy one do. */
const mostOfUser = 64 * 1024 * 1024;
/** What all connections may take; bytes. Beyond it, nobody may have more than an equal part. */
const most = 512 * 1024 * 1024;

interface Owner<S> {
  weight: number;
  connections: [connection: S, weight: number][];
}

/**
 * Each connection may have a few megabytes of requests that wait, and of answers that are not read. One user may have a
 * thousand connections, and not a thousand times that; neither may many users together.
 *
 * @returns those to end, the heaviest of whoever has too much; strangers stand for themselves
 */
export function tooHeavy<S extends Weighed>(connections: Iterable<S>, limits = { mostOfUser, most }): S[] {
  const owners = ownersOf(connections);
  const heavy: S[] = [];
  let total = 0;
  for (const owner of owners) total += owner.weight;

  /** Until the owner has no more than so much, or there is room for all. */
  const lighten = (owner: Owner<S>, to: number, isEnough: () => boolean) => {
    while (owner.weight > to && !isEnough()) {
      const [connection, weight] = owner.connections.pop() as [S, number];
      heavy.push(connection);
      owner.weight -= weight;
      total -= weight;
    }
  };
  for (const owner of owners) lighten(owner, limits.mostOfUser, () => false);
  if (total <= limits.most) return heavy;
  owners.sort((a, b) => b.weight - a.weight);
  for (const owner of owners) lighten(owner, limits.most / owners.length, () => total <= limits.most);
  return heavy;
}

/** @returns with the connections of each in the order of their weight */
function ownersOf<S extends Weighed>(connections: Iterable<S>): Owner<S>[] {
  const owners = new Map<string | S, Owner<S>>();
  for (const connection of connections) {
    const weight = connection.memory;
    if (weight === 0) continue;
    const name = connection.user || connection;
    const owner = owners.get(name) ?? { weight: 0, connections: [] };
    owner.weight += weight;
    owner.connections.push([connection, weight]);
    owners.set(name, owner);
  }
  for (const { connections } of owners.values()) connections.sort(([, a], [, b]) => a - b);
  return [...owners.values()];
}
