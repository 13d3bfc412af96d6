/**
 * A program for the crash test: sends a message through the sandbox, and is killed when the sandbox has it but
 * nothing of that is noted yet. Its argument is the data directory; it prints the message's SID before that.
 */
import { channelWork } from '../../core/receipts/plan.ts';
import { Deliveries } from '../../delivery/channels/deliveries.ts';
import { Dispatcher } from '../../delivery/outbox.ts';
import type { Channel } from '../channel.ts';
import { ingestFor } from '../ingest.ts';
import { Registry } from '../registry.ts';
import { account, logger, openRig } from '../test-rig.ts';
import { sandboxModule } from './sandbox.ts';

const rig = await openRig(process.argv[2]);
const { core, bus, clock, library } = rig;
const host = { ingest: ingestFor(rig, 'sandbox'), clock, logger };
// A report that comes before the next attempt would make that needless.
const receiptDelay = 60 * 60 * 1000;
const sandbox = sandboxModule.create({ core, bus, library, account, numbers: 'any', receiptDelay }, host);
const deadly: Channel = {
  name: sandbox.name,
  idempotency: sandbox.idempotency,
  owns: (address) => sandbox.owns(address),
  send: async (request) => {
    const result = await sandbox.send(request);
    process.kill(process.pid, 'SIGKILL');
    return result;
  },
};
const conversation = await rig.converse({ address: '+12025550123', proxyAddress: '+12025550100' });
const message = await rig.say(conversation, 'hello');
process.stdout.write(message.sid, () => {
  const registry = new Registry([deadly]);
  const handler = new Deliveries({ core, library, registry, clock, logger, account, random: Math.random });
  const options = { core, bus, clock, logger, account, kind: channelWork, handler };
  new Dispatcher({ ...options, concurrency: 1, leaseMs: 60_000 }).start();
});
