/**
 * A program for the crash test: sends a message through the sandbox, and is killed when the sandbox has it but
 * nothing of that is noted yet. Its argument is the data directory; it prints the message's SID before that.
 */
import type { Channel } from '../channel.ts';
import { ingestFor } from '../ingest.ts';
import { account, logger, openRig, startDeliveries } from '../test-rig.ts';
import { Sandbox } from './sandbox.ts';

const rig = await openRig(process.argv[2]);
const { core, bus, clock, library } = rig;
const host = { ingest: ingestFor(rig, 'sandbox'), clock, logger };
// A report that comes before the next attempt would make that needless.
const receiptDelay = 60 * 60 * 1000;
const sandbox = new Sandbox({ core, bus, library, account, numbers: 'any', receiptDelay }, host);
const deadly: Channel = {
  name: sandbox.name,
  idempotency: sandbox.idempotency,
  capabilities: sandbox.capabilities,
  owns: (address) => sandbox.owns(address),
  send: async (request) => {
    const result = await sandbox.send(request);
    process.kill(process.pid, 'SIGKILL');
    return result;
  },
};
const conversation = await rig.converse({ address: '+12025550123', proxyAddress: '+12025550100' });
const message = await rig.say(conversation, 'hello');
process.stdout.write(message.sid, () => startDeliveries(rig, deadly, Math.random, { concurrency: 1 }));
