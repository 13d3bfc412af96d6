import { testChannel } from '../conformance.ts';
import { account } from '../test-rig.ts';
import { sandboxModule } from './sandbox.ts';

const phone = '+12025550123';

testChannel(
  {
    name: 'sandbox',
    idempotency: 'provider',
    faults: ['permanent', 'temporary', 'throttle', 'credentials', 'answer-lost'],
  },
  ({ core, bus, library }, host) => {
    // Long, so that a repeated send comes before the report that would make it needless.
    const receiptDelay = 10 * 60 * 1000;
    const sandbox = sandboxModule.create({ core, bus, library, account, numbers: 'any', receiptDelay }, host);
    const kinds = {
      permanent: 'fail',
      temporary: 'temporary',
      throttle: 'throttle',
      credentials: 'credentials',
      'answer-lost': 'unknown',
    } as const;
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
      idle: () => sandbox.idle(),
    };
  },
);
