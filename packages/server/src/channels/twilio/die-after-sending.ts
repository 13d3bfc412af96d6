/**
 * A program for the crash test: sends a message through Twilio, and is killed when Twilio has it but nothing of that is
 * noted yet. Its arguments are the data directory, where Twilio is, and where Twilio reports. It prints the message's SID
 * before that.
 */
import type { Channel } from '../channel.ts';
import { ingestFor } from '../ingest.ts';
import { openRig, startDeliveries } from '../test-rig.ts';
import { openSenderHost } from '../test-sender-host.ts';
import { TwilioChannel } from './channel.ts';
import { ann, configFor, own } from './twilio-world.ts';

const [, , directory, apiUrl = '', webhookUrl = ''] = process.argv;
const rig = await openRig(directory);
const host = openSenderHost({ clock: rig.clock, addresses: [own], webhookUrl, ingest: ingestFor(rig, 'twilio') });
const channel = new TwilioChannel(configFor(apiUrl), host, 'twilio');
const deadly: Channel = {
  name: channel.name,
  idempotency: channel.idempotency,
  capabilities: channel.capabilities,
  owns: (address) => channel.owns(address),
  send: async (request, signal) => {
    const result = await channel.send(request, signal);
    process.kill(process.pid, 'SIGKILL');
    return result;
  },
};
const conversation = await rig.converse({ address: ann, proxyAddress: own });
const message = await rig.say(conversation, 'hello');
process.stdout.write(message.sid, () => startDeliveries(rig, deadly, Math.random, { concurrency: 1 }));
