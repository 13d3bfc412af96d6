import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { MediaResource } from '@colloquy/protocol';
import { describeMedia } from '../../core/messages/media.ts';
import { mediaOfSandbox } from '../../core/sandbox/store.ts';
import { testChannel } from '../conformance.ts';
import type { NetworkFile } from '../media/conformance.ts';
import { account } from '../test-rig.ts';
import { Sandbox } from './sandbox.ts';

const phone = '+12025550123';

testChannel(
  {
    name: 'sandbox',
    idempotency: 'provider',
    media: true,
    faults: ['permanent', 'temporary', 'throttle', 'credentials', 'answer-lost'],
  },
  ({ core, bus, library }, host) => {
    // Long, so that a repeated send comes before the report that would make it needless.
    const receiptDelay = 10 * 60 * 1000;
    const sandbox = new Sandbox({ core, bus, library, account, numbers: 'any', receiptDelay }, host);
    const kinds = {
      permanent: 'fail',
      temporary: 'temporary',
      throttle: 'throttle',
      credentials: 'credentials',
      'answer-lost': 'unknown',
    } as const;
    const keptFor = new Map<string, Promise<MediaResource[]>>();
    const keep = (key: string, files: readonly NetworkFile[]) => {
      const add = async ({ bytes, ...file }: NetworkFile) => {
        const upload = { service: null, category: 'media', deceptive: 'refuse', ...file } as const;
        const media = { ...upload, bytes: Readable.from([bytes]) };
        return describeMedia(await library.add({ kind: 'system', account }, media, new AbortController().signal));
      };
      const kept = Promise.all(files.map(add));
      keptFor.set(key, kept);
      return kept;
    };
    return {
      channel: sandbox,
      sender: '+12025550100',
      recipient: phone,
      breakNext: async (fault, count) => {
        const kind = kinds[fault as keyof typeof kinds];
        await sandbox.addFault({ phone, kind, count });
      },
      repair: () => sandbox.clearFaults(phone),
      arrived: async () => {
        const messages = await sandbox.messages(phone, 0, 1000);
        return messages.filter((message) => message.direction === 'in').map((message) => message.body);
      },
      write: async (key, body) => {
        await sandbox.write({ phone, recipient: '+12025550100', body, key });
      },
      media: {
        arrived: async () => {
          const messages = await sandbox.messages(phone, 0, 1000);
          const files = messages.filter((message) => message.direction === 'in').flatMap(mediaOfSandbox);
          return Promise.all(
            files.map(async ({ sid, contentType, filename }) => ({
              contentType,
              filename,
              bytes: await buffer(await library.open(sid)),
            })),
          );
        },
        write: async (key, files, body = '') => {
          // A phone that sends the same again has the same files.
          const media = await (keptFor.get(key) ?? keep(key, files));
          await sandbox.write({ phone, recipient: '+12025550100', body, media, key });
        },
      },
      idle: () => sandbox.idle(),
    };
  },
);
