import { expect, test } from 'vitest';
import { runS3 } from '../../testing/run-s3.ts';
import { testMediaStore } from '../conformance.ts';
import { S3Client, S3Error } from './s3-client.ts';
import { S3Store } from './s3-store.ts';

testMediaStore('in a bucket', async () => {
  const { bucket, stored, stop } = await runS3();
  return {
    store: new S3Store(bucket),
    stored: async () => stored(),
    reopen: () => new S3Store(bucket),
    stop,
  };
});

test('Who signs with another key can do nothing, and learns why.', async () => {
  const { bucket, stored, stop } = await runS3();
  const store = new S3Store({ ...bucket, secretAccessKey: 'another' });
  const bytes = async function* () {
    yield Buffer.from('hello');
  };
  const put = store.put('ME1', bytes(), new AbortController().signal);
  await expect(put).rejects.toMatchObject({ name: 'S3Error', status: 403, code: 'SignatureDoesNotMatch' });
  await expect(store.open('ME1')).rejects.toBeInstanceOf(S3Error);
  expect(stored().filter((name) => name.includes('ME1'))).toEqual([]);
  await stop();
});

test('A bucket in the host name is asked under that name.', async () => {
  const client = new S3Client({
    endpoint: 'http://localhost:1',
    region: 'us-east-1',
    bucket: 'media',
    prefix: '',
    accessKeyId: 'x',
    secretAccessKey: 'y',
    pathStyle: false,
  });
  const signal = AbortSignal.abort();
  await expect(client.call({ method: 'GET', key: 'ME1', signal })).rejects.toMatchObject({ name: 'AbortError' });
  expect(client.urlOf('a b/ü+').href).toBe('http://media.localhost:1/a%20b/%C3%BC%2B');
});
