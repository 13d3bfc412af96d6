import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadConfig } from './config.ts';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'colloquy-config-'));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

const bucketOf = (...flags: string[]) => loadConfig(flags, {}, cwd).mediaBucket;
const keys = ['--s3-access-key-id', 'id', '--s3-secret-access-key', 'secret'];

test('Without a bucket media stay on disk.', () => {
  expect(bucketOf()).toBeUndefined();
});

test('A bucket of AWS takes its name, a region and a key.', () => {
  expect(bucketOf('--s3-bucket', 'media', '--s3-region', 'eu-central-1', ...keys)).toEqual({
    endpoint: 'https://s3.eu-central-1.amazonaws.com',
    region: 'eu-central-1',
    bucket: 'media',
    prefix: '',
    accessKeyId: 'id',
    secretAccessKey: 'secret',
    pathStyle: false,
  });
});

test('A bucket elsewhere is named in the path unless that is turned off.', () => {
  const elsewhere = [
    '--s3-bucket',
    'media',
    '--s3-endpoint',
    'http://localhost:9000/',
    '--s3-prefix',
    'chat/',
    ...keys,
  ];
  const expected = { endpoint: 'http://localhost:9000', region: 'us-east-1', prefix: 'chat/', pathStyle: true };
  expect(bucketOf(...elsewhere)).toMatchObject(expected);
  expect(bucketOf(...elsewhere, '--s3-path-style', 'off')).toMatchObject({ ...expected, pathStyle: false });
});

test.each([
  [['--s3-bucket', 'media'], 's3AccessKeyId'],
  [['--s3-bucket', 'media', '--s3-access-key-id', 'id'], 's3SecretAccessKey'],
  [['--s3-endpoint', 'http://localhost:9000'], 's3Endpoint given without s3Bucket'],
  [keys, 's3AccessKeyId, s3SecretAccessKey given without s3Bucket'],
  [['--s3-bucket', 'Media!', ...keys], '--s3-bucket'],
  [['--s3-bucket', 'media', '--s3-endpoint', 'localhost:9000', ...keys], '--s3-endpoint'],
])('Half a bucket is refused before anything starts: %j', (flags, mention) => {
  expect(() => bucketOf(...flags)).toThrow(mention);
});
