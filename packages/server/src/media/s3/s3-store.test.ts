import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
/// <reference path="./s3rver.d.ts" />
import S3rver from '@20minutes/s3rver';
import { testMediaStore } from '../conformance.ts';
import type { S3Bucket } from './s3-client.ts';
import { S3Store } from './s3-store.ts';

/** A server that speaks the S3 protocol, signatures included, on a free port. */
async function runS3(bucket: string) {
  const directory = mkdtempSync(join(tmpdir(), 'colloquy-s3-'));
  const server = new S3rver({
    port: 0,
    address: '127.0.0.1',
    silent: true,
    directory,
    configureBuckets: [{ name: bucket, configs: [] }],
  });
  const { port } = await server.run();
  return {
    directory,
    endpoint: `http://localhost:${port}`,
    stop: async () => {
      await server.close();
      rmSync(directory, { recursive: true });
    },
  };
}

testMediaStore('in a bucket', async () => {
  const server = await runS3('media');
  const bucket: S3Bucket = {
    endpoint: server.endpoint,
    region: 'us-east-1',
    bucket: 'media',
    prefix: 'colloquy/of today/',
    accessKeyId: 'S3RVER',
    secretAccessKey: 'S3RVER',
    pathStyle: true,
  };
  return {
    store: new S3Store(bucket),
    stored: async () => readdirSync(server.directory, { recursive: true, encoding: 'utf8' }),
    reopen: () => new S3Store(bucket),
    stop: server.stop,
  };
});
