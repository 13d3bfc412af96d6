import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { Overloaded } from '../../core/call-queue.ts';
import type { MediaLibrary } from '../../media/library.ts';
import { StorageUnavailable } from '../../storage/connection.ts';
import type { InboundMedia } from '../events.ts';
import { account, logger, openRig } from '../test-rig.ts';
import { storeInboundMedia } from './inbound.ts';

const file: InboundMedia = { kind: 'media', contentType: 'image/png', filename: 'a.png', source: 'somewhere' };
const fetch = async () => ({ bytes: Readable.from([Buffer.from('bytes')]), contentType: null });

async function storeWhere(failure: Error) {
  const rig = await openRig();
  try {
    const { core } = rig;
    const library = Object.create(rig.library, { add: { value: () => Promise.reject(failure) } }) as MediaLibrary;
    return await storeInboundMedia({ core, library, logger, account }, '+12025550123', [file], fetch);
  } finally {
    await rig.close();
  }
}

it('asks again for a file that breaks off on its way', async () => {
  expect(await storeWhere(new Error('socket hang up'))).toEqual({ stored: [], missing: [file] });
});

for (const failure of [new StorageUnavailable('The disk is full.'), new Overloaded('Too many calls are waiting.')]) {
  it(`does not take it for the file's fault that nothing can be written: ${failure.message}`, async () => {
    await expect(storeWhere(failure)).rejects.toBe(failure);
  });
}
