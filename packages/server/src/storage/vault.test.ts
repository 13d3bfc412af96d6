import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Vault, vaultKeyFile } from './vault.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'colloquy-vault-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

test('What was sealed is opened again, also after a restart.', () => {
  const vault = new Vault(directory);
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (text, purpose) => {
      const sealed = vault.seal(text, purpose);
      expect(new Vault(directory).open(sealed, purpose)).toBe(text);
    }),
  );
});

test('A secret is not to be seen in what was sealed, and seals differently each time.', () => {
  const vault = new Vault(directory);
  const sealed = vault.seal('a very secret key', 'x');
  expect(sealed).not.toContain('secret');
  expect(Buffer.from(sealed.slice(3), 'base64url').toString('latin1')).not.toContain('secret');
  expect(vault.seal('a very secret key', 'x')).not.toBe(sealed);
});

test('Only the key it was sealed with, and the same purpose, open it.', () => {
  const vault = new Vault(directory);
  const sealed = vault.seal('text', 'this');
  expect(vault.open(sealed, 'that')).toBeUndefined();
  const at = sealed.length - 3;
  const damaged = `${sealed.slice(0, at)}${sealed[at] === 'A' ? 'B' : 'A'}${sealed.slice(at + 1)}`;
  expect(vault.open(damaged, 'this')).toBeUndefined();
  expect(vault.open('v1.', 'this')).toBeUndefined();
  rmSync(join(directory, vaultKeyFile));
  const other = new Vault(directory);
  expect(other.open(sealed, 'this')).toBeUndefined();
  other.seal('something else', 'this');
  expect(other.open(sealed, 'this')).toBeUndefined();
});

test('The key is the owner’s alone to read, and is not replaced.', () => {
  const file = join(directory, vaultKeyFile);
  new Vault(directory).seal('a', 'x');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const before = readFileSync(file, 'utf8');
  new Vault(directory).seal('b', 'x');
  expect(readFileSync(file, 'utf8')).toBe(before);
});
