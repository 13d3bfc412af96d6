import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'vitest';
import type { Finding } from '../doctor/check.ts';
import { examine } from '../doctor/examine.ts';
import { openSqliteSnapshots } from '../storage/sqlite/snapshots.ts';
import { openRest } from './open-rest.ts';
import { plantWorld, type World } from './world.ts';

const own = '+12025550100';

/** A database in which there is something of everything, for the doctor to look at copies of. */
export interface DamagedWorld {
  /** A text with the names of the world in the place of their `{Conversations}`. */
  fill(text: string): string;
  /** What the doctor says of a copy that somebody laid hands on. */
  findingsAfter(...statements: string[]): Promise<Finding[]>;
  /** The same in sentences. */
  afterDamage(...statements: string[]): Promise<string[]>;
  discard(): void;
}

export async function openDamagedWorld(): Promise<DamagedWorld> {
  const at = await openRest({ databaseUrl: undefined });
  const world: World = await plantWorld(at, true, { proxy: own });
  const inside = `/v1/Conversations/${world['Conversations']}`;
  for (const Body of ['one', 'two', 'three']) await at.post(`${inside}/Messages`, { Body });
  const { sid } = await at.post(`${inside}/Messages`, { Body: 'removed' });
  await at.remove(`${inside}/Messages/${sid}`);
  await at.server.idle();
  await at.server.close();
  const file = join(at.config.dataDir, 'colloquy.db');
  const fill = (text: string) => text.replace(/\{(\w+)\}/g, (hole, name: string) => world[name] ?? hole);
  const findingsAfter = async (...statements: string[]) => {
    const copy = `${file}.damaged`;
    rmSync(copy, { force: true });
    const source = new DatabaseSync(file);
    source.exec(`VACUUM INTO '${copy}'`);
    source.close();
    const database = new DatabaseSync(copy);
    for (const statement of statements) database.exec(fill(statement));
    database.close();
    const snapshots = openSqliteSnapshots(copy);
    const found: Finding[] = [];
    try {
      await examine(snapshots, {
        onFinding: (finding) => {
          found.push(finding);
          expect(finding.remedy).toMatch(/^[A-Z].*[.;]$/);
        },
      });
    } finally {
      await snapshots.close();
      rmSync(copy);
    }
    return found;
  };
  return {
    fill,
    findingsAfter,
    afterDamage: async (...statements) =>
      (await findingsAfter(...statements)).map(({ where, problem }) => `${where}: ${problem}`),
    discard: () => rmSync(at.config.dataDir, { recursive: true, force: true }),
  };
}
