/**
 * A program for the crash test: sends a message, and is killed when WhatsApp has it but nothing of that is noted yet.
 * Its arguments are the data directory and where the simulator is; it prints the message's SID before that.
 */
import type { Channel } from '../channel.ts';
import { openRig, startDeliveries } from '../test-rig.ts';
import { openSenderHost } from '../test-sender-host.ts';
import { WhatsAppChannel } from './channel.ts';
import { ann, own } from './send-world.ts';
import { testConfig } from './webhook-world.ts';

const [directory, graphUrl = ''] = process.argv.slice(2);
const rig = await openRig(directory);
const host = openSenderHost({ clock: rig.clock, addresses: [own] });
const channel = new WhatsAppChannel(testConfig({ graphUrl }), host, 'whatsapp');
const deadly: Channel = {
  name: channel.name,
  idempotency: channel.idempotency,
  capabilities: channel.capabilities,
  owns: (address) => channel.owns(address),
  plan: (message) => channel.plan(message),
  send: async (request, signal) => {
    const result = await channel.send(request, signal);
    process.kill(process.pid, 'SIGKILL');
    return result;
  },
};
const conversation = await rig.converse({ address: `whatsapp:${ann}`, proxyAddress: own });
const message = await rig.say(conversation, 'hello');
process.stdout.write(message.sid, () => startDeliveries(rig, deadly, Math.random, { concurrency: 1 }));
