import fs, {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openDraft } from './draft.ts';

const asRoot = process.getuid?.() === 0;

/** Others may make names in it. */
let folder: string;
let directory: string;
let part: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'colloquy-draft-'));
  chmodSync(folder, 0o777);
  directory = join(folder, 'backup');
  part = `${directory}.part`;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('The directory of a backup', () => {
  test('is its owner’s alone from the beginning, whatever the mask, and gets its name in the end.', () => {
    const mask = process.umask(0);
    const draft = openDraft(join(folder, 'new', 'backup'));
    process.umask(mask);
    expect(statSync(draft.path).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, 'new')).mode & 0o777).toBe(0o700);
    draft.finish();
    expect(readdirSync(join(folder, 'new'))).toEqual(['backup']);
    expect(readdirSync(join(folder, 'new', 'backup'))).toEqual([]);
  });

  test.skipIf(process.platform !== 'linux')(
    'is on disk with all its names before it has its own, and then that, too.',
    () => {
      const below = join(folder, 'new', 'newer', 'backup');
      const draft = openDraft(below);
      mkdirSync(join(draft.path, 'media', 'ab'), { recursive: true });
      const done: string[] = [];
      const { fsyncSync, renameSync } = fs;
      fs.fsyncSync = (descriptor) => {
        done.push(relative(folder, readlinkSync(`/proc/self/fd/${descriptor}`)));
        fsyncSync(descriptor);
      };
      fs.renameSync = (from, to) => {
        done.push('renamed');
        renameSync(from, to);
      };
      syncBuiltinESMExports();
      try {
        draft.finish();
      } finally {
        Object.assign(fs, { fsyncSync, renameSync });
        syncBuiltinESMExports();
      }
      const part = 'new/newer/backup.part';
      expect(done).toEqual([`${part}/media/ab`, `${part}/media`, part, 'renamed', 'new/newer', 'new', '']);
    },
  );

  test.skipIf(process.platform === 'win32').each([
    ['fsyncSync', 'EINVAL', undefined],
    ['fsyncSync', 'ENOTSUP', undefined],
    ['openSync', 'EACCES', undefined],
    ['openSync', 'EPERM', undefined],
    ['fsyncSync', 'EIO', 'EIO'],
  ] as const)('gets its name where %s of a folder ends with %s, unless the disk failed.', (name, code, told) => {
    const draft = openDraft(directory);
    mkdirSync(join(draft.path, 'media'));
    const { [name]: real } = fs;
    fs[name] = () => {
      throw Object.assign(new Error(code), { code });
    };
    syncBuiltinESMExports();
    let said: string | undefined;
    try {
      draft.finish();
    } catch (error) {
      said = (error as Error).message;
    } finally {
      Object.assign(fs, { [name]: real });
      syncBuiltinESMExports();
    }
    expect(said).toBe(told);
    expect(readdirSync(folder)).toEqual([told ? 'backup.part' : 'backup']);
  });

  test('takes the place of one that was cut off.', () => {
    mkdirSync(join(part, 'tables'), { recursive: true, mode: 0o777 });
    writeFileSync(join(part, 'lock'), '');
    const draft = openDraft(directory);
    expect(readdirSync(draft.path)).toEqual(['lock']);
    expect(statSync(draft.path).mode & 0o777).toBe(0o700);
    draft.discard();
    expect(readdirSync(folder)).toEqual([]);
  });

  test('is named with what to do where it cannot be made.', () => {
    writeFileSync(directory, '');
    const below = join(directory, 'of-today');
    expect(() => openDraft(below)).toThrow(
      `${below} cannot be made: not a directory (ENOTDIR). Name a new directory where this user may write`,
    );
  });

  test('is left alone while another backup is being written to it.', () => {
    const draft = openDraft(directory);
    writeFileSync(join(part, 'manifest.json'), '{}');
    expect(() => openDraft(directory)).toThrow(`Another backup is being written to ${directory}: let it end`);
    draft.finish();
    expect(readdirSync(directory)).toEqual(['manifest.json']);
  });

  test('is none that somebody else has made, by whatever it is.', () => {
    const elsewhere = join(folder, 'elsewhere');
    mkdirSync(elsewhere);
    symlinkSync(elsewhere, part);
    expect(() => openDraft(directory)).toThrow(`${part} is in the way`);
    rmSync(part);
    writeFileSync(part, '');
    expect(() => openDraft(directory)).toThrow(`${part} is in the way`);
    rmSync(part);
    symlinkSync(join(folder, 'nowhere'), directory);
    expect(() => openDraft(directory)).toThrow(`${directory} is there already`);
    expect(readdirSync(elsewhere)).toEqual([]);
  });

  test.skipIf(!asRoot)('is none that another user has begun.', () => {
    mkdirSync(part);
    chownSync(part, 65_534, 65_534);
    expect(() => openDraft(directory)).toThrow(`${part} is in the way`);
    expect(readdirSync(folder)).toEqual(['backup.part']);
  });

  test('is no other that was put in its place, and stays away from what has its name.', () => {
    const draft = openDraft(directory);
    symlinkSync(folder, directory);
    expect(() => draft.finish()).toThrow(`Somebody else has made ${directory} meanwhile`);
    rmSync(directory);
    mkdirSync(join(directory, 'full'), { recursive: true });
    expect(() => draft.finish()).toThrow(`Somebody else has made ${directory} meanwhile`);
    rmSync(directory, { recursive: true });
    renameSync(part, join(folder, 'aside'));
    mkdirSync(part);
    expect(() => draft.finish()).toThrow('Somebody has put another directory in the place of');
    draft.discard();
    expect(readdirSync(folder)).toEqual(['aside', 'backup.part']);
  });
});
