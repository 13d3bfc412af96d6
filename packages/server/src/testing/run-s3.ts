/// <reference path="./s3rver.d.ts" />
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import S3rver from '@20minutes/s3rver';
import type { S3Bucket } from '../media/s3/s3-client.ts';

export interface RunningS3 {
  bucket: S3Bucket;
  /** Names of the objects, and of what is kept with them. */
  stored(): string[];
  stop(): Promise<void>;
}

/** A server that speaks the S3 protocol, signatures included, on a free port, with a bucket. */
export async function runS3(): Promise<RunningS3> {
  const directory = mkdtempSync(join(tmpdir(), 'colloquy-s3-'));
  const server = new S3rver({
    port: 0,
    address: '127.0.0.1',
    silent: true,
    directory,
    configureBuckets: [{ name: 'media', configs: [] }],
  });
  const { port } = await server.run();
  return {
    bucket: {
      endpoint: `http://localhost:${port}`,
      region: 'us-east-1',
      bucket: 'media',
      prefix: 'colloquy/of today/',
      accessKeyId: 'S3RVER',
      secretAccessKey: 'S3RVER',
      pathStyle: true,
    },
    stored: () => readdirSync(directory, { recursive: true, encoding: 'utf8' }),
    stop: async () => {
      await server.close();
      rmSync(directory, { recursive: true });
    },
  };
}
