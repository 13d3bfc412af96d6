import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { DiskStore } from '../media/disk/disk-store.ts';
import { openSqliteLoading } from '../storage/sqlite/loading.ts';
import { openSqliteSnapshots } from '../storage/sqlite/snapshots.ts';
import { type OpenRest, openRest } from '../testing/open-rest.ts';
import { plantWorld } from '../testing/world.ts';
import type { Manifest } from './manifest.ts';
import { restoreBackup } from './restore.ts';
import { verifyBackup } from './verify.ts';
import { writeBackup } from './write.ts';

/** What readers of lines take for the end of one, and JSON leaves as it is. */
const body = 'one\u2028two\u2029three\u0085four\rfive';
const tables = 'tables/messages.jsonl.gz';
const quiet = () => {};

let scratch: string;
let at: OpenRest;
let conversation: string;
let whole: string;
/** A copy of it, to be spoilt. */
let directory: string;

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'colloquy-hostile-'));
  at = await openRest({ publicUrl: null, databaseUrl: undefined });
  // Kept by the configuration of a real server; tests give them.
  writeFileSync(at.config.credentialsFile, '{}');
  const { url } = await at.server.listen();
  await plantWorld(at, true, { url, proxy: '+12025550100' });
  ({ sid: conversation } = await at.post('/v1/Conversations', {}));
  await at.post(`/v1/Conversations/${conversation}/Messages`, { Body: body });
  await at.server.idle();
  const { dataDir } = at.config;
  const snapshots = openSqliteSnapshots(join(dataDir, 'colloquy.db'));
  const media = new DiskStore(join(dataDir, 'media'));
  whole = join(scratch, 'whole');
  await writeBackup({ snapshots, database: 'sqlite', dataDir, media, secrets: true }, whole, quiet);
  await snapshots.close();
}, 60_000);
afterAll(async () => {
  await at.discard();
  rmSync(scratch, { recursive: true, force: true });
});
beforeEach(() => {
  directory = join(scratch, 'spoilt');
  cpSync(whole, directory, { recursive: true });
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** @returns what the restore was refused with; it has left nothing */
async function refusal(): Promise<string> {
  const dataDir = mkdtempSync(join(scratch, 'target-'));
  const verified = await verifyBackup(directory, quiet).catch((error: Error) => error);
  const error = await restore(dataDir).catch((reason: Error) => reason);
  if (!(error instanceof Error)) throw new Error('It was restored.');
  expect(error).toMatchObject({ name: 'OperateError', message: (verified as Error).message });
  expect(readdirSync(dataDir)).toEqual([]);
  return error.message.replace(`${directory}/`, '');
}

function restore(dataDir: string) {
  const open = (schema: number) => openSqliteLoading(dataDir, schema, 0);
  return restoreBackup(directory, { dataDir, media: new DiskStore(join(dataDir, 'media')), open }, quiet);
}

function manifest(): Manifest {
  return JSON.parse(readFileSync(join(directory, 'manifest.json'), 'utf8'));
}

function sumOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Puts other content into a file, and has the manifest say that this is it. */
function forge(name: string, bytes: Uint8Array): void {
  const path = join(directory, name);
  const [before, note] = [sumOf(readFileSync(path)), JSON.stringify(manifest())];
  writeFileSync(path, bytes);
  writeFileSync(join(directory, 'manifest.json'), note.replaceAll(before, sumOf(bytes)));
}

function linesOf(name: string): string {
  return gunzipSync(readFileSync(join(directory, name))).toString();
}

/** The name of the file of a message, below the directory. */
function aMedium(): string {
  const [folder = ''] = readdirSync(join(directory, 'media'));
  const [sid = ''] = readdirSync(join(directory, 'media', folder));
  return `media/${folder}/${sid}`;
}

test('A backup keeps texts with every character that could be taken for the end of a line.', async () => {
  const dataDir = mkdtempSync(join(scratch, 'restored-'));
  await restore(dataDir);
  const again = await openRest({ dataDir, databaseUrl: undefined });
  const { messages } = await again.get(`/v1/Conversations/${conversation}/Messages`);
  expect(messages.map((message: { body: string }) => message.body)).toEqual([body]);
  await again.discard();
});

describe('A backup is refused in a sentence, and nothing is changed,', { timeout: 60_000 }, () => {
  test('when a file of it is a pipe, a device or a link.', async () => {
    for (const name of ['manifest.json', tables, 'secrets/secrets.key', aMedium(), 'media.jsonl.gz']) {
      const path = join(directory, name);
      const kept = `${path}.kept`;
      renameSync(path, kept);
      const sentence = `${name} is no plain file: links, devices and pipes do not belong into a backup.`;
      execFileSync('mkfifo', [path]);
      expect(await refusal()).toBe(sentence);
      for (const target of ['/dev/zero', kept]) {
        rmSync(path);
        symlinkSync(target, path);
        expect(await refusal()).toBe(sentence);
      }
      rmSync(path);
      renameSync(kept, path);
    }
  });

  test('when a folder of it leads to somewhere else.', async () => {
    for (const [folder, name] of [
      ['tables', manifest().tables[0]?.file],
      ['secrets', manifest().secrets[0]?.file],
      ['media', aMedium()],
    ] as const) {
      renameSync(join(directory, folder), join(directory, 'kept'));
      symlinkSync('kept', join(directory, folder));
      expect(await refusal()).toContain(`${name} is no plain file`);
      rmSync(join(directory, folder));
      renameSync(join(directory, 'kept'), join(directory, folder));
    }
  });

  test('when a line in it does not end, as soon as it is longer than any row.', async () => {
    forge(tables, gzipSync(Buffer.alloc(80 * 1024 ** 2, ' ')));
    expect(await refusal()).toBe(`${tables} is damaged: it has a line of more than 67108864 bytes.`);
  });

  test('when there are more rows than it says, without waiting for the last of them.', async () => {
    const { rows = 0 } = manifest().tables.find(({ file }) => file === tables) ?? {};
    const [first, second] = linesOf(tables).split('\n');
    forge(tables, gzipSync(`${first}\n${`${second}\n`.repeat(100_000)}no row`));
    expect(await refusal()).toBe(`${tables} has more rows of messages, and should have ${rows}.`);
    forge(tables, gzipSync(`${first}\n${second}\n`));
    expect(await refusal()).toBe(`${tables} has 1 rows of messages, and should have ${rows}.`);
  });

  test('when its lines are not what is written there.', async () => {
    const text = linesOf(tables);
    const [columns = '', row = ''] = text.split('\n');
    for (const [line, why] of [
      ['{', 'it has a line that is no JSON'],
      ['', 'it has a line that is no JSON'],
      ['null', 'it names what is no column'],
      ['[1]', 'it has a line that is no row'],
      [row.replace(/"CH[^"]*"/, '{"a":1}'), 'it has a line that is no row'],
    ] as const) {
      forge(tables, gzipSync(`${columns}\n${line}\n`));
      expect(await refusal()).toBe(`${tables} is damaged: ${why}.`);
    }
    forge(tables, Buffer.from('not compressed'));
    expect(await refusal()).toBe(`${tables} is damaged: incorrect header check.`);
    forge(tables, gzipSync(text).subarray(0, -20));
    expect(await refusal()).toBe(`${tables} is damaged: unexpected end of file.`);
  });

  test('when what is to be short is long, or the list of files is.', async () => {
    forge('secrets/secrets.key', Buffer.alloc(64 * 1024 + 1, 'a'));
    expect(await refusal()).toBe('secrets/secrets.key is damaged: it has more than 65536 bytes.');
    forge('secrets/secrets.key', readFileSync(join(whole, 'secrets/secrets.key')));
    forge('media.jsonl.gz', gzipSync(linesOf('media.jsonl.gz').repeat(2)));
    expect(await refusal()).toMatch(/^media.jsonl.gz names \d+ files, and should name \d+\.$/);
    writeFileSync(join(directory, 'manifest.json'), ' '.repeat(1024 ** 2 + 1));
    expect(await refusal()).toBe('manifest.json is damaged: it has more than 1048576 bytes.');
  });
});

describe('What is restored is what was verified,', () => {
  test('by whatever name the list of files goes.', async () => {
    const listed = linesOf('media.jsonl.gz').trim().split('\n');
    renameSync(join(directory, 'media.jsonl.gz'), join(directory, 'list.gz'));
    writeFileSync(join(directory, 'media.jsonl.gz'), gzipSync('{"sid":"../../secrets/secrets.key"}\n'));
    const note = readFileSync(join(directory, 'manifest.json'), 'utf8');
    writeFileSync(join(directory, 'manifest.json'), note.replace('"media.jsonl.gz"', '"list.gz"'));
    const dataDir = mkdtempSync(join(scratch, 'listed-'));
    await restore(dataDir);
    const files = readdirSync(join(dataDir, 'media'), { recursive: true, withFileTypes: true });
    expect(files.filter((one) => one.isFile())).toHaveLength(listed.length);
  });

  test('also when it is exchanged in between.', async () => {
    for (const [name, bytes] of [
      ['secrets/secrets.key', Buffer.from('another key')],
      [tables, gzipSync(linesOf(tables).replace('three', 'seven'))],
      [aMedium(), readFileSync(join(directory, aMedium())).map((byte) => byte ^ 1)],
    ] as const) {
      const dataDir = mkdtempSync(join(scratch, 'exchanged-'));
      const before = readFileSync(join(directory, name));
      const open = (schema: number) => {
        writeFileSync(join(directory, name), bytes);
        return openSqliteLoading(dataDir, schema, 0);
      };
      const media = new DiskStore(join(dataDir, 'media'));
      await expect(restoreBackup(directory, { dataDir, media, open }, quiet), name).rejects.toThrow(/damaged/);
      expect(readdirSync(dataDir)).toEqual([]);
      writeFileSync(join(directory, name), before);
    }
  });
});
