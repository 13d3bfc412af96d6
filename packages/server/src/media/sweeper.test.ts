import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { memoryBus } from '../bus/memory/memory-bus.ts';
import { account, logger, openRig, type Rig } from '../channels/test-rig.ts';
import { abandonUpload, beginUpload, finishUpload } from '../core/media/actions.ts';
import { StorageUnavailable } from '../storage/connection.ts';
import { turnsWhile } from '../testing/turns.ts';
import { DiskStore } from './disk/disk-store.ts';
import { MediaLibrary, type NewMedia } from './library.ts';
import type { MediaStore } from './store.ts';
import { type MediaSweeper, startMediaSweeper } from './sweeper.ts';

let rig: Rig;
let sweeper: MediaSweeper | undefined;
afterEach(async () => {
  await sweeper?.stop();
  sweeper = undefined;
  await rig.close();
});

const actor = { kind: 'system', account } as const;
const never = new AbortController().signal;
const storeOf = ({ directory }: Rig) => new DiskStore(join(directory, 'media'));
const start = (store: MediaStore = storeOf(rig)) => {
  const { core, bus } = rig;
  sweeper = startMediaSweeper({ core, bus, store, account, logger });
  return sweeper;
};
const files = () => {
  const directory = join(rig.directory, 'media');
  if (!existsSync(directory)) return [];
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
};
const file = (bytes: NewMedia['bytes'] = Readable.from([Buffer.from('hello')])): NewMedia => ({
  service: rig.service,
  category: 'media',
  filename: null,
  contentType: 'text/plain',
  bytes,
  deceptive: 'refuse',
});
const hour = 60 * 60 * 1000;

test('A process that is killed while a file comes in leaves half a file, which goes once no upload can last so long.', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'colloquy-'));
  const program = fileURLToPath(new URL('./die-while-uploading.ts', import.meta.url));
  const child = spawn(process.execPath, ['--conditions=@colloquy/source', program, directory], { stdio: 'inherit' });
  expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);

  rig = await openRig(directory);
  expect(files()).toEqual([expect.stringMatching(/^ME[0-9a-f]{32}\.part$/)]);
  const { idle } = start();
  await idle();
  expect(files()).toHaveLength(1);
  rig.clock.advance(2 * hour);
  await idle();
  expect(files()).toEqual([]);
  expect(await rig.core.db.sql.selectFrom('media').selectAll().execute()).toEqual([]);
  expect(await rig.core.db.sql.selectFrom('media_sweeps').selectAll().execute()).toEqual([]);
});

test('Bytes that are whole but of which nobody was told go as well.', async () => {
  rig = await openRig();
  const { sid } = await rig.core.run(beginUpload, actor, {});
  await storeOf(rig).put(sid, Readable.from([Buffer.from('hello')]), never);
  await start().idle();
  expect(files()).toEqual([sid]);
  rig.clock.advance(2 * hour);
  await sweeper?.idle();
  expect(files()).toEqual([]);
  const finish = { sid, service: rig.service, category: 'media', filename: null, contentType: 'x/y', size: 5 } as const;
  await expect(rig.core.run(finishUpload, actor, finish)).rejects.toMatchObject({ code: 50507 });
});

test('What another server noted is removed in its time, whatever became of the news.', async () => {
  rig = await openRig();
  const deaf = memoryBus((error) => {
    throw error;
  });
  const store = storeOf(rig);
  sweeper = startMediaSweeper({ core: rig.core, bus: deaf, store, account, logger });
  await sweeper.idle();
  const { sid } = await rig.core.run(beginUpload, actor, {});
  await store.put(sid, Readable.from([Buffer.from('hello')]), never);
  // It hears of it by looking, every ten minutes, and again when the time has come.
  for (let passed = 0; passed < 2 * hour; passed += hour / 6) {
    expect(files()).toEqual([sid]);
    rig.clock.advance(hour / 6);
    await sweeper.idle();
  }
  expect(files()).toEqual([]);
});

test('An upload that takes too long is given up, and nothing of it stays.', async () => {
  rig = await openRig();
  const { idle } = start();
  const slow = async function* () {
    yield Buffer.alloc(8000);
    await turnsWhile(() => files().length === 0);
    rig.clock.advance(hour);
    yield Buffer.alloc(8000);
    await new Promise(() => {});
  };
  await expect(rig.library.add(actor, file(slow()), never)).rejects.toThrow();
  await idle();
  expect(files()).toEqual([]);
});

test('A store that cannot take a file is told from a file that cannot be taken.', async () => {
  rig = await openRig();
  const broken: MediaStore = {
    put: async () => Promise.reject(new Error('no space left')),
    open: async () => undefined,
    remove: async () => {},
  };
  const library = new MediaLibrary({ core: rig.core, store: broken, logger, urlFor: () => null });
  await expect(library.add(actor, file(), never)).rejects.toBeInstanceOf(StorageUnavailable);
  await start(broken).idle();
  expect(await rig.core.db.sql.selectFrom('media_sweeps').selectAll().execute()).toEqual([]);
});

test('What a store cannot remove now is tried again after a minute, and the rest is not forgotten.', async () => {
  rig = await openRig();
  for (let n = 0; n < 3; n += 1) await rig.library.add(actor, file(), never);
  const disk = storeOf(rig);
  let works = false;
  const sulky: MediaStore = {
    put: (...parameters) => disk.put(...parameters),
    open: (sid, range) => disk.open(sid, range),
    remove: async (sid) => (works ? disk.remove(sid) : Promise.reject(new Error('not now'))),
  };
  const { idle } = start(sulky);
  await idle();
  rig.clock.advance(5 * 60 * 1000);
  await idle();
  expect(files()).toHaveLength(3);
  works = true;
  rig.clock.advance(59_999);
  await idle();
  expect(files()).toHaveLength(3);
  rig.clock.advance(1);
  await idle();
  expect(files()).toEqual([]);
});

test('A file that the store cannot remove holds up no other.', async () => {
  rig = await openRig();
  for (let n = 0; n < 3; n += 1) await rig.library.add(actor, file(), never);
  let stuck: string | undefined;
  const disk = storeOf(rig);
  const { idle } = start({
    put: (...parameters) => disk.put(...parameters),
    open: (sid, range) => disk.open(sid, range),
    remove: async (sid) => {
      stuck ??= sid;
      if (sid === stuck) throw new Error('never');
      await disk.remove(sid);
    },
  });
  rig.clock.advance(5 * 60 * 1000);
  await idle();
  rig.clock.advance(60_000);
  await idle();
  expect(files()).toEqual([stuck]);
});

test('A thousand files that nobody sent go in one go.', async () => {
  rig = await openRig();
  const { core } = rig;
  const one = { service: rig.service, category: 'media', filename: null, contentType: 'x/y', size: 0 } as const;
  const removed = new Set<string>();
  const { idle } = start({
    put: async () => {},
    open: async () => undefined,
    remove: async (sid) => {
      removed.add(sid);
    },
  });
  const uploads = Array.from({ length: 1000 }, async () => {
    const { sid } = await core.run(beginUpload, actor, {});
    await core.run(finishUpload, actor, { sid, ...one });
  });
  await Promise.all(uploads);
  rig.clock.advance(5 * 60 * 1000);
  await idle();
  expect(removed.size).toBe(1000);
  expect(await core.db.sql.selectFrom('media').selectAll().execute()).toEqual([]);
});

test('On a disk that is full, where nothing can be written, the bytes that have to go still go.', async () => {
  rig = await openRig();
  const { core, bus } = rig;
  const { sid } = await core.run(beginUpload, actor, {});
  await storeOf(rig).put(sid, Readable.from([Buffer.from('hello')]), never);
  await core.run(abandonUpload, actor, { sid });
  expect(files()).toEqual([sid]);
  const run = () => Promise.reject(new StorageUnavailable('The disk is full.'));
  const full = Object.assign(Object.create(core), { run });
  sweeper = startMediaSweeper({ core: full, bus, store: storeOf(rig), account, logger });
  await sweeper.idle();
  expect(files()).toEqual([]);
});
