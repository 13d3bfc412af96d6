import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { readMarker, writeMarker } from '../storage/moved-marker.ts';
import { type OpenRest, openRest } from '../testing/open-rest.ts';
import { findPostgres, type RunningPostgres, runPostgres } from '../testing/run-postgres.ts';
import { abandonMove } from './abandon.ts';
import { ChangeNotes } from './changes.ts';
import { moveTelling, notingIn } from './test-rig.ts';

const programs = findPostgres();

describe.skipIf(!programs)('A move from SQLite to PostgreSQL', () => {
  let postgres: RunningPostgres;
  let at: OpenRest;
  let dataDir: string;
  let url: string;
  let told: string[];
  beforeAll(async () => {
    postgres = await runPostgres(programs ?? '', { fsync: 'off' });
  }, 60_000);
  afterAll(() => postgres.discard());
  beforeEach(async () => {
    told = [];
    dataDir = mkdtempSync(join(tmpdir(), 'colloquy-abandon-'));
    at = await openRest({ dataDir, databaseUrl: undefined });
    url = await postgres.create();
  });
  afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

  const move = (onWord?: (text: string) => void) => moveTelling({ dataDir, url }, told, onWord);
  const noting = () => notingIn(dataDir);

  test('can be given up as long as no server can use the new database, and no longer.', async () => {
    await at.server.close();
    const dying = move((text) => {
      if (text.startsWith('Now restart')) throw new Error('stop here');
    });
    await expect(dying).rejects.toThrow('stop here');
    expect(noting()).not.toEqual([]);
    const notes = new ChangeNotes(join(dataDir, 'colloquy.db'));
    // As if it had been killed in its last step.
    writeMarker(dataDir, { id: notes.name(), to: url, date: new Date(0).toISOString() });
    notes.close();
    await expect(abandonMove(dataDir, undefined)).rejects.toThrow(/were moved to/);
    await expect(abandonMove(dataDir, await postgres.create())).rejects.toThrow(/were moved to/);
    expect(noting()).not.toEqual([]);
    await abandonMove(dataDir, url);
    expect(noting()).toEqual([]);
    at = await openRest({ dataDir, databaseUrl: undefined });
    await at.server.close();

    url = await postgres.create();
    await move();
    await expect(abandonMove(dataDir, url)).rejects.toThrow(/were moved to/);
    await expect(openRest({ dataDir, databaseUrl: undefined })).rejects.toThrow(/were moved to/);
  });

  test('is not given up by who looked before its last step began.', async () => {
    await at.server.close();
    const marker = { id: 'its id', to: url, date: new Date(0).toISOString() };
    const { remove } = ChangeNotes.prototype;
    const removing = vi.spyOn(ChangeNotes.prototype, 'remove').mockImplementation(function (this: ChangeNotes, ...how) {
      writeMarker(dataDir, marker);
      remove.apply(this, how);
    });
    try {
      await expect(abandonMove(dataDir, url)).rejects.toThrow(/is at its last step/);
    } finally {
      removing.mockRestore();
    }
    expect(readMarker(dataDir)).toEqual(marker);
  });

  test.each(['copying conversations', 'comparing accounts', 'preparing', 'following'])(
    'says so when it was given up while %s, and leaves the old database in use.',
    async (words) => {
      await at.post('/v1/Conversations', {});
      await at.server.close();
      let abandoned: Promise<void> | undefined;
      const moving = move((text) => {
        if (text.startsWith(words)) abandoned ??= abandonMove(dataDir, undefined);
      });
      await expect(moving).rejects.toThrow(/^The move was given up meanwhile \(--abandon\)/);
      await abandoned;
      expect(readMarker(dataDir)).toBeUndefined();
      expect(noting()).toEqual([]);
      at = await openRest({ dataDir, databaseUrl: undefined });
      await at.server.close();
    },
  );

  test('does not take the notes of another move for its own.', async () => {
    for (let n = 0; n < 3; n += 1) await at.post('/v1/Conversations', {});
    await at.server.close();
    const notes = new ChangeNotes(join(dataDir, 'colloquy.db'));
    let abandoned: Promise<void> | undefined;
    const moving = move((text) => {
      if (abandoned || !text.startsWith('comparing accounts')) return;
      abandoned = abandonMove(dataDir, undefined);
      notes.name();
      notes.begin();
    });
    await expect(moving).rejects.toThrow(/was given up meanwhile/);
    await abandoned;
    // It looked at none of them.
    expect(told.at(-1)).toMatch(/^comparing accounts/);
    expect(noting()).not.toEqual([]);
    notes.close();
  });

  test('ends without a marker when it was given up after its last look at what changed.', async () => {
    await at.server.close();
    const { hold } = ChangeNotes.prototype;
    let abandoned: Promise<void> | undefined;
    const holding = vi.spyOn(ChangeNotes.prototype, 'hold').mockImplementation(function (this: ChangeNotes, work) {
      if (told.at(-1)?.startsWith('following')) abandoned ??= abandonMove(dataDir, undefined);
      return hold.call(this, work) as never;
    });
    try {
      await expect(move()).rejects.toThrow(/was given up meanwhile/);
    } finally {
      holding.mockRestore();
    }
    await abandoned;
    expect(readMarker(dataDir)).toBeUndefined();
    at = await openRest({ dataDir, databaseUrl: undefined });
    await at.server.close();
  });
});
