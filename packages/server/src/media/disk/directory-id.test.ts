import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { directoryIdFile, directoryIdOf } from './directory-id.ts';

let scratch: string;
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'colloquy-id-'));
});
afterEach(() => rmSync(scratch, { recursive: true }));

test('A directory has one id, whoever asks and however often, and another one has another; a copy has the same.', async () => {
  const media = join(scratch, 'data', 'media');
  const [id, ...others] = await Promise.all([directoryIdOf(media), directoryIdOf(media), directoryIdOf(media)]);
  expect(new Set([id, ...others, await directoryIdOf(media)])).toEqual(new Set([id]));
  expect(await directoryIdOf(join(scratch, 'other'))).not.toBe(id);
  cpSync(media, join(scratch, 'copy'), { recursive: true });
  expect(await directoryIdOf(join(scratch, 'copy'))).toBe(id);
});

test('Nobody but the owner can read it.', async () => {
  const media = join(scratch, 'media');
  await directoryIdOf(media);
  expect(statSync(media).mode & 0o777).toBe(0o700);
  expect(statSync(join(media, directoryIdFile)).mode & 0o777).toBe(0o600);
});

test('Who comes while another one writes it has what that one wrote.', async () => {
  const file = join(scratch, directoryIdFile);
  writeFileSync(file, '');
  const asked = directoryIdOf(scratch);
  const theirs = '00000000-0000-4000-8000-000000000000';
  writeFileSync(file, `${theirs}\n`);
  expect(await asked).toBe(theirs);
});

test('One that was never written to its end is made anew.', async () => {
  const file = join(scratch, directoryIdFile);
  writeFileSync(file, '0000');
  const id = await directoryIdOf(scratch, 0);
  expect(readFileSync(file, 'utf8')).toBe(`${id}\n`);
  expect(await directoryIdOf(scratch)).toBe(id);
});

test('What is no plain file there is refused, and not waited for.', async () => {
  const file = join(scratch, directoryIdFile);
  execFileSync('mkfifo', [file]);
  await expect(directoryIdOf(scratch)).rejects.toThrow('directory-id is no plain file.');
  rmSync(file);
  symlinkSync('/dev/zero', file);
  await expect(directoryIdOf(scratch)).rejects.toMatchObject({ code: 'ELOOP' });
});
